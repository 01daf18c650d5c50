using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Checks settings of a tariff: all findings at once.</summary>
public static class TariffRules
{
    /// <summary>ct/kWh beyond which a figure is a mistake in the unit.</summary>
    private const decimal MostCents = 500;

    /// <param name="path">Where the tariff stands in its file, e.g. <c>tariff</c>; keys below it are those of the building file.</param>
    public static IReadOnlyList<Finding> Check(TariffSettings settings, string path)
    {
        var findings = new List<Finding>();
        switch (settings.Energy)
        {
            case FixedEnergyPrice price:
                Cents(price.Cents, "energy.price");
                for (int i = 0; i < price.Windows.Length; i++) Cents(price.Windows[i].Cents, At("energy.windows", i));
                break;
            case SpotEnergyPrice price:
                Cents(price.MarkupCents, "energy.markup");
                break;
        }

        Cents(settings.Levies, "levies");
        if (settings.VatPercent is < 0 or > 100) Add("vat", "is not within 0 to 100.");
        Cents(settings.Export switch { FixedExportPrice price => price.Cents, SpotExportPrice price => price.FeeCents, _ => 0 }, "export");
        if (settings.Cooperative is { } cooperative)
        {
            Cents(cooperative.ImportCents, "cooperative.import");
            Cents(cooperative.ExportCents, "cooperative.export");
            if (cooperative.ExportCents > cooperative.ImportCents) Add("cooperative.export", "is more than import: energy inside the cooperative would be paid twice.");
        }

        GridFee(settings.GridFee);
        return findings;

        void Add(string key, string text) => findings.Add(new(PlanningCodes.WrongTariff, $"{path}.{key}", null, text));

        void Cents(decimal value, string key)
        {
            if (Math.Abs(value) > MostCents) Add(key, $"is {value.ToString(CultureInfo.InvariantCulture)} ct/kWh. Prices are in cents, at most {MostCents} of them.");
        }

        void GridFee(GridFee fee)
        {
            Cents(fee.Standard, "gridFee.standard");
            Cents(fee.High ?? 0, "gridFee.high");
            Cents(fee.Low ?? 0, "gridFee.low");
            if (fee.High < fee.Standard) Add("gridFee.high", "is less than the standard level.");
            if (fee.Low > fee.Standard) Add("gridFee.low", "is more than the standard level.");
            for (int i = 0; i < fee.Windows.Length; i++) Window(fee, fee.Windows[i], At("gridFee.windows", i));
        }

        void Window(GridFee fee, GridFeeWindow window, string key)
        {
            if (window.Level == GridFeeLevel.High && fee.High is null) Add(key, "uses the high level, which has no price.");
            if (window.Level == GridFeeLevel.Low && fee.Low is null) Add(key, "uses the low level, which has no price.");
            if (window.Quarters.IsDefaultOrEmpty || window.Quarters.Any(quarter => quarter is < 1 or > 4)) Add(key, "counts in no quarter of the year: give one or more of 1 to 4.");
        }

        static string At(string key, int i) => $"{key}[{i.ToString(CultureInfo.InvariantCulture)}]";
    }
}
