using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>Reads <c>tariff</c> and <c>wishes</c> of the building file. What cannot be meant is found by <see cref="TariffRules"/> and <see cref="WishRules"/>.</summary>
internal static partial class TariffSection
{
    private static readonly Dictionary<string, GridFeeLevel> Levels = new(StringComparer.Ordinal)
    {
        ["high"] = GridFeeLevel.High, ["standard"] = GridFeeLevel.Standard, ["low"] = GridFeeLevel.Low,
    };

    private static readonly string[] DayWords = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <returns>Absent without the key.</returns>
    public static TariffSettings? Tariff(YamlMap? map)
    {
        if (map is null) return null;
        var tariff = new TariffSettings
        {
            Energy = Energy(map.Map("energy")),
            Levies = Cents(map, "levies") ?? 0,
            GridFee = Fee(map.OptionalMap("gridFee")),
            VatPercent = map.Percent("vat") ?? 19,
            Export = Export(map.Map("export")),
            Cooperative = Cooperative(map.OptionalMap("cooperative")),
        };
        Report(map, TariffRules.Check(tariff, ""));
        return tariff;
    }

    /// <param name="control">Holds the permission to charge from the grid and the reserve, which are limits too.</param>
    public static OwnerWishes Wishes(YamlMap? map, ControlConfiguration control)
    {
        var wishes = new OwnerWishes { MayChargeFromGrid = control.GridCharging, ReservePercent = control.Reserve?.Percent };
        if (map is null) return wishes;
        var charging = map.OptionalMap("gridCharge");
        wishes = wishes with
        {
            MayDischargeToGrid = map.Flag("dischargeToGrid"),
            GridChargeMaxCents = charging is null ? null : Cents(charging, "atMost"),
            GridChargeMaxPercent = charging?.Percent("upTo"),
            Targets = [.. map.OptionalMaps("targets").Select(t => Target(t, control.SoC.WindowMax))],
        };
        if (charging is not null && !control.GridCharging)
            map.Report(PlanningCodes.WrongWish, "gridCharge", "Nothing may be charged from the grid: set 'gridCharging: true' under 'control', or remove this key.");
        Report(map, WishRules.Check(wishes, control.SoC.WindowMin, control.SoC.WindowMax, ""));
        return wishes;
    }

    private static EnergyPrice Energy(YamlMap map)
    {
        bool isSpot = map.Flag("spot");
        var (price, markup) = (Cents(map, "price"), Cents(map, "markup"));
        var windows = map.OptionalMaps("windows");
        OneKind(map, isSpot, "markup", "price", "windows");
        return isSpot
            ? new SpotEnergyPrice(markup ?? 0)
            : new FixedEnergyPrice(price ?? 0) { Windows = [.. windows.Select(w => new PriceWindow(Window(w), NeededCents(w, "price")))] };
    }

    private static ExportPrice Export(YamlMap map)
    {
        bool isSpot = map.Flag("spot"), isZero = map.Flag("zeroWhenNegative");
        var (price, fee) = (Cents(map, "price"), Cents(map, "fee"));
        OneKind(map, isSpot, "fee", "price", "zeroWhenNegative");
        return isSpot ? new SpotExportPrice(fee ?? 0) : new FixedExportPrice(price ?? 0, isZero);
    }

    /// <summary>A price is fixed or that of the day before; keys of the other kind would silently mean nothing.</summary>
    private static void OneKind(YamlMap map, bool isSpot, string ofSpot, string price, string ofFixed)
    {
        if (!isSpot && !map.Has(price)) map.Report("CME-1205", price, $"Give a '{price}', or 'spot: true' for the day-ahead price.");
        foreach (string key in isSpot ? [price, ofFixed] : (string[])[ofSpot])
            if (map.Has(key)) map.Report("CME-1204", key, isSpot ? $"'{key}' belongs to a fixed price, and this is the day-ahead price." : $"'{key}' belongs to the day-ahead price ('spot: true').");
    }

    private static GridFee Fee(YamlMap? map) => map is null
        ? new(0)
        : new(NeededCents(map, "standard"), Cents(map, "high"), Cents(map, "low"))
        {
            Windows = [.. map.OptionalMaps("windows").Select(w => new GridFeeWindow(Window(w), w.Word("level", Levels), Quarters(w)))],
        };

    private static ImmutableArray<int> Quarters(YamlMap map) => map.Has("quarters") ? [.. map.OptionalIntegers("quarters", 1, 4).Select(q => (int)q)] : [1, 2, 3, 4];

    private static CooperativePrice? Cooperative(YamlMap? map)
    {
        var usual = new CooperativePrice();
        return map is null ? null : new(Cents(map, "import") ?? usual.ImportCents, Cents(map, "export") ?? usual.ExportCents, map.Flag("gridFee"));
    }

    private static LocalWindow Window(YamlMap map) => new(Time(map, "from", BorderPattern(), "a quarter hour such as 06:00 or 16:45"), Time(map, "until", BorderPattern(), "a quarter hour such as 06:00 or 24:00"));

    /// <param name="most">Stands in for a missing figure, so that one mistake is one finding.</param>
    private static ChargeTarget Target(YamlMap map, decimal most)
    {
        if (!map.Has("soc")) map.Report("CME-1205", "soc", "The key 'soc' is missing.");
        var days = map.OptionalTexts("days", DayPattern(), string.Join(", ", DayWords));
        return new(
            Time(map, "by", TimePattern(), "a time such as 07:00"), map.Percent("soc") ?? most, [.. days.Select(d => (IsoDayOfWeek)(Array.IndexOf(DayWords, d) + 1)).Distinct().Order()]);
    }

    private static decimal NeededCents(YamlMap map, string key)
    {
        if (!map.Has(key)) map.Report("CME-1205", key, $"The key '{key}' is missing.");
        return Cents(map, key) ?? 0;
    }

    private static decimal? Cents(YamlMap map, string key) => map.Price(key) * 100;

    /// <summary>24:00 is the midnight at which a window ends.</summary>
    private static LocalTime Time(YamlMap map, string key, Regex pattern, string form)
    {
        string text = map.Text(key, pattern, form);
        return text.Length == 0 ? LocalTime.Midnight : new(int.Parse(text.AsSpan(0, 2), CultureInfo.InvariantCulture) % 24, int.Parse(text.AsSpan(3), CultureInfo.InvariantCulture));
    }

    private static void Report(YamlMap map, IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings) map.Report(finding.Code, finding.Path.TrimStart('.'), finding.Text);
    }

    [GeneratedRegex(@"\A(?:(?:[01][0-9]|2[0-3]):(?:00|15|30|45)|24:00)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex BorderPattern();

    [GeneratedRegex(@"\A(?:[01][0-9]|2[0-3]):[0-5][0-9]\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"\A(?:mon|tue|wed|thu|fri|sat|sun)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DayPattern();
}
