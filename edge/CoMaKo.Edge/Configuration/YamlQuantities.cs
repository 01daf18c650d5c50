using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>Numbers with their unit, as people write them in the building file: <c>4.2 kW</c>, <c>10 kWh</c>, <c>60 %</c>, <c>31.5 ct</c>, <c>30 s</c>. All absent if the key is.</summary>
internal static partial class YamlQuantities
{
    /// <summary>A power of <paramref name="min"/> to <paramref name="max"/> watts.</summary>
    public static Power? Power(this YamlMap map, string key, decimal min, decimal max) => Number(map, key, PowerPattern(), "a power such as 11 kW or 500 W") is { } found
        ? Quantities.Power.FromWatts(Inside(map, key, found.Number * (found.Unit == "kW" ? 1000 : 1), min, max, "W"))
        : null;

    /// <summary>An energy of <paramref name="min"/> to <paramref name="max"/> watt hours.</summary>
    public static Energy? Energy(this YamlMap map, string key, decimal min, decimal max) => Number(map, key, EnergyPattern(), "an energy such as 10 kWh") is { } found
        ? new Energy(decimal.ToInt64(Inside(map, key, found.Number * (found.Unit == "kWh" ? 1000 : 1), min, max, "Wh")))
        : null;

    /// <summary>Percent, 0 to 100.</summary>
    public static decimal? Percent(this YamlMap map, string key, decimal min = 0, decimal max = 100) => Number(map, key, PercentPattern(), "a share such as 60 %") is { } found
        ? Inside(map, key, found.Number, min, max, "%")
        : null;

    /// <summary>EUR/kWh; written in ct (per kWh) or EUR.</summary>
    public static decimal? Price(this YamlMap map, string key, decimal min = -5, decimal max = 5) => Number(map, key, PricePattern(), "a price such as 31.5 ct") is { } found
        ? Inside(map, key, found.Unit == "ct" ? found.Number / 100 : found.Number, min, max, "EUR/kWh")
        : null;

    /// <summary>A span of time of <paramref name="min"/> to <paramref name="max"/> seconds.</summary>
    public static Duration? Time(this YamlMap map, string key, decimal min, decimal max) => Number(map, key, TimePattern(), "a time such as 200 ms, 30 s or 5 min") is { } found
        ? Duration.FromMilliseconds((double)Inside(map, key, found.Number * (found.Unit switch { "ms" => 0.001m, "min" => 60, _ => 1 }), min, max, "s") * 1000)
        : null;

    private static (decimal Number, string Unit)? Number(YamlMap map, string key, Regex pattern, string form)
    {
        if (map.OptionalText(key, pattern, form) is not { Length: > 0 } text) return null;
        var match = pattern.Match(text);
        return (decimal.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture), match.Groups[2].Value);
    }

    private static decimal Inside(YamlMap map, string key, decimal value, decimal min, decimal max, string unit)
    {
        if (value < min || value > max) map.Report("CME-1207", key, FormattableString.Invariant($"{value:0.####} {unit} is outside {min:0.####} to {max:0.####} {unit}."));
        return Math.Clamp(value, min, max);
    }

    [GeneratedRegex(@"\A([0-9]{1,7}(?:\.[0-9]{1,3})?) ?(k?W)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PowerPattern();

    [GeneratedRegex(@"\A([0-9]{1,7}(?:\.[0-9]{1,3})?) ?(k?Wh)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EnergyPattern();

    [GeneratedRegex(@"\A([0-9]{1,3}(?:\.[0-9]{1,2})?) ?(%)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PercentPattern();

    [GeneratedRegex(@"\A(-?[0-9]{1,4}(?:\.[0-9]{1,6})?) ?(ct|EUR)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PricePattern();

    [GeneratedRegex(@"\A([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(ms|s|min)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TimePattern();
}
