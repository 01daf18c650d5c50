using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Members;

/// <summary>What somebody typed into the form of readings, as it was typed.</summary>
/// <param name="Series">Point and direction, e.g. <c>ZP001/consumption</c>.</param>
/// <param name="Kind"><c>register</c> or <c>consumption</c>.</param>
public sealed record ReadingEntry(string Series, string Kind, string Value, string Day, string Time, string? Replaces, bool IsConfirmed)
{
    /// <summary>Reads the form's fields; none is longer than 100 characters.</summary>
    internal static ReadingEntry Of(IFormCollection form)
    {
        return new ReadingEntry(Field("series"), Field("kind"), Field("value"), Field("day"), Field("time"), Field("replaces") is { Length: > 0 } replaced ? replaced : null, form["confirm"] == "yes");

        string Field(string name) => form[name].ToString().Trim() is { Length: <= 100 } text ? text : "";
    }

    /// <summary>The reading, by the same rules as over REST; findings say what is wrong.</summary>
    internal NewReading? Read(IReadOnlyDictionary<string, PointRow> points, Caller caller, long nowSeconds, FormFindings findings)
    {
        long? at = Instant(findings), wh = Energy(findings);
        if (findings.Any) return null;
        string[] series = Series.Split('/');
        var document = new Dictionary<string, object> { ["metering_point"] = series[0], ["timestamp"] = NodaTime.Instant.FromUnixTimeSeconds(at!.Value).ToString(), [Kind == "consumption" ? "consumption_kwh" : "register_kwh"] = wh!.Value / 1000m };
        if (series.Length > 1) document["direction"] = series[1];
        if (Replaces is { } replaced) document["replaces"] = replaced;
        return new ReadingForm(points, caller, nowSeconds, findings).Read(JsonSerializer.SerializeToElement(document), null);
    }

    /// <summary>Comma and point are both taken; both at once would be thousands, which nobody can tell from decimals.</summary>
    private long? Energy(FormFindings findings)
    {
        string text = Value.Replace(" ", "", StringComparison.Ordinal).Replace("\u00A0", "", StringComparison.Ordinal);
        char point = text.Contains(',', StringComparison.Ordinal) ? ',' : '.';
        var outcome = text.Contains('e', StringComparison.OrdinalIgnoreCase) ? NumberOutcome.NoNumber : FixedPoint.Parse(text, 3, point, out long scaled) is var parsed && parsed == NumberOutcome.Good && scaled < 0 ? NumberOutcome.NoNumber : parsed;
        if (outcome == NumberOutcome.Good && FixedPoint.Parse(text, 3, point, out long wh) == NumberOutcome.Good) return wh;
        findings.Add("value", outcome switch { NumberOutcome.TooFine => "CMH-1607", NumberOutcome.TooLarge => "CMH-1608", _ => "CMH-1625" }, $"'{Value}' is no number of kWh.");
        return null;
    }

    private long? Instant(FormFindings findings)
    {
        if (LocalDatePattern.Iso.Parse(Day) is not { Success: true } day || LocalTimePattern.CreateWithInvariantCulture("HH':'mm").Parse(Time.Length > 5 ? Time[..5] : Time) is not { Success: true } time || day.Value.Year is < 2000 or >= 2200)
        {
            findings.Add("day", "CMH-1609", string.Create(CultureInfo.InvariantCulture, $"'{Day} {Time}' is no day with a time."));
            return null;
        }

        var mapping = MarketDay.Zone.MapLocal(day.Value.At(time.Value));
        if (mapping.Count > 0) return mapping.First().ToInstant().ToUnixTimeSeconds(); // the hour that comes twice: its first time
        findings.Add("time", "CMH-1706", "The clock skips this time on the change day.");
        return null;
    }
}
