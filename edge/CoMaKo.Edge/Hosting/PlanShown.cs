using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Hosting;

/// <summary>A plan in the words of the pages.</summary>
/// <param name="Slots">From the running one at <see cref="PlanHead.MadeAt"/> on; nothing measured in them.</param>
internal sealed record PlanShown(PlanHead Head, IReadOnlyList<PlanSlot> Slots)
{
    public static PlanShown Of(RollingPlan plan, PlanBattery battery, string driver, BandWidths widths) => new(
        new(plan.IssuedAt, plan.Until, driver, Round(plan.ExpectedCost, 4), null), [.. plan.Slots.Select(s => Slot(s, battery, widths))]);

    /// <summary>A reason with the values that its sentence needs.</summary>
    public static Reason Of(PlanReason reason, PlanBattery battery)
    {
        var values = new List<ReasonValue>();
        Add("power", ReasonUnit.Watts, reason.Power * 1000);
        Add("now", ReasonUnit.EurPerKwh, reason.Now);
        Add("later", ReasonUnit.EurPerKwh, reason.Later);
        Add("value", ReasonUnit.EurPerKwh, reason.Value);
        Add("import", ReasonUnit.EurPerKwh, reason.Import);
        Add("export", ReasonUnit.EurPerKwh, reason.Export);
        Add("charge", ReasonUnit.Percent, reason.Stored is { } stored ? battery.Percent(stored) : null);
        Add("limit", ReasonUnit.Watts, reason.Limit * 1000);
        Add("at", ReasonUnit.UnixSeconds, reason.At?.ToUnixTimeSeconds());
        return new(Code(reason.Case), values);

        void Add(string name, ReasonUnit unit, double? number)
        {
            if (number is { } known) values.Add(new(name, unit, Round(known, 5)));
        }
    }

    /// <summary>The case in lower case with hyphens.</summary>
    public static string Code(ReasonCase reason) => string.Concat(reason.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static PlanSlot Slot(RollingSlot slot, PlanBattery battery, BandWidths widths) => new(QuarterHour.Containing(slot.Start))
    {
        ImportPrice = Round(slot.ImportPrice, 5), ExportPrice = Round(slot.ExportPrice, 5), IsPriceExpected = slot.Source == PriceSource.Expected,
        Planned = new(
            new(Kilowatts(slot.Law.Min), Kilowatts(slot.Law.Max)), Kilowatts(slot.Expected), Round(battery.Percent(slot.Stored), 1), Shown(slot.Load, widths.Load), Shown(slot.Pv, widths.Pv),
            Round(slot.Value, 5), Kilowatts(slot.Curtailed), Of(slot.Reason, battery)),
    };

    private static Band Shown(PowerBand band, double width)
    {
        var stretched = new PowerQuantiles(band.Low, band.Median, band.High).Stretched(width);
        return new(Kilowatts(stretched.Low), Kilowatts(stretched.Median), Kilowatts(stretched.High));
    }

    private static Power Kilowatts(double power) => Power.FromWatts(Round(power * 1000, 0));

    private static decimal Round(double value, int decimals) => Math.Round((decimal)value, decimals);
}
