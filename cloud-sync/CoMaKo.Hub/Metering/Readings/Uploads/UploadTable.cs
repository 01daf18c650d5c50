using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering.Readings.Uploads;

/// <summary>A file of readings as it was read.</summary>
/// <param name="Head">Names of its columns.</param>
/// <param name="Rows">Lines with values.</param>
/// <param name="Readings">Those without findings.</param>
internal sealed record UploadContent(IReadOnlyList<string> Head, int Rows, IReadOnlyList<NewReading> Readings);

/// <summary>Reads a file of readings row by row, by the same rules as over REST. Codes beside those: CMH-1622 column, 1623 row, 1624 characters, 1625 number, 1626 too many rows, 1609 and 1706 time.</summary>
internal static class UploadTable
{
    /// <summary>Rows of one file.</summary>
    public const int MostRows = 10_000;

    private static readonly LocalDateTimePattern[] Local = [.. ((string[])["uuuu'-'MM'-'dd' 'HH':'mm", "uuuu'-'MM'-'dd' 'HH':'mm':'ss", "uuuu'-'MM'-'dd'T'HH':'mm", "uuuu'-'MM'-'dd'T'HH':'mm':'ss", "dd'.'MM'.'uuuu' 'HH':'mm", "d'.'M'.'uuuu' 'H':'mm", "uuuu'-'MM'-'dd", "dd'.'MM'.'uuuu", "d'.'M'.'uuuu"]).Select(LocalDateTimePattern.CreateWithInvariantCulture)];

    /// <summary>Reads a time: with offset, or as Berlin's clock shows it; a day alone is its begin.</summary>
    /// <returns>Absent if it is none; an instant that the clock skips is absent too.</returns>
    public static Instant? ParseTime(string text)
    {
        if (JsonForm.ParseInstant(text) is { } instant) return instant;
        foreach (var pattern in Local)
            if (pattern.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } local } && MarketDay.Zone.MapLocal(local) is { Count: > 0 } mapping) return mapping.First().ToInstant();
        return null;
    }

    /// <summary>Reads all rows.</summary>
    /// <param name="points">The member's own.</param>
    /// <param name="progress">Told the rows that were read, now and then.</param>
    public static async Task<UploadContent> ReadAsync(
        byte[] content, UploadMapping mapping, IReadOnlyDictionary<string, PointRow> points, Caller caller, long nowSeconds, FormFindings findings, Func<int, Task>? progress = null)
    {
        var form = new ReadingForm(points, caller, nowSeconds, findings);
        var readings = new List<NewReading>();
        string[] head = [];
        int rows = 0;
        try
        {
            using var text = new StreamReader(new MemoryStream(content), mapping.Encoding, detectEncodingFromByteOrderMarks: true);
            var csv = new CsvReader(text, mapping.Separator);
            if (await csv.ReadAsync(CancellationToken.None)) head = [.. Enumerable.Range(0, csv.Count).Select(i => csv[i].Trim().TrimStart('\uFEFF').ToString())];
            foreach (var (column, name) in ((int, string)[])[(mapping.Time, "time"), (mapping.Value, "value")])
                if (column < 0 || column >= head.Length) findings.Add(1, name, "CMH-1622", "Say which column this is.");
            if (findings.Any) return new UploadContent(head, 0, []);
            while (await csv.ReadAsync(CancellationToken.None))
            {
                if (++rows > MostRows)
                {
                    findings.Add(csv.Line, "", "CMH-1626", FormattableString.Invariant($"More than {MostRows} rows. Send them in parts."));
                    break;
                }

                if (csv.Count != head.Length) findings.Add(csv.Line, "", "CMH-1623", FormattableString.Invariant($"The row has {csv.Count} cells, the header {head.Length}."));
                else if (Read(csv, mapping, points, form, findings) is { } reading) readings.Add(reading);
                if (progress is not null && rows % 500 == 0) await progress(rows);
            }

            if (csv.Fault is { } fault) findings.Add(csv.Line, "", "CMH-1623", fault);
        }
        catch (DecoderFallbackException)
        {
            findings.Add("", "CMH-1624", "The file has bytes that are no UTF-8. Choose Windows-1252, or save it as UTF-8.");
        }

        return new UploadContent(head, rows, readings);
    }

    private static NewReading? Read(CsvReader csv, UploadMapping mapping, IReadOnlyDictionary<string, PointRow> points, ReadingForm form, FormFindings findings)
    {
        int line = csv.Line, before = findings.Count;
        string Cell(int column) => column >= 0 && column < csv.Count ? csv[column].Trim().ToString() : "";
        var at = ParseTime(Cell(mapping.Time));
        if (at is null) findings.Add(line, "time", "CMH-1609", $"'{Cell(mapping.Time)}' is no time.");
        string number = Cell(mapping.Value);
        long wh = 0;
        var outcome = number.Contains('e', StringComparison.OrdinalIgnoreCase) ? NumberOutcome.NoNumber : FixedPoint.Parse(number, 3, mapping.Decimal, out wh);
        if (outcome != NumberOutcome.Good || wh < 0) findings.Add(line, "value", outcome == NumberOutcome.TooFine ? "CMH-1607" : "CMH-1625", $"'{number}' is no number of kWh.");
        string point = mapping.Point >= 0 ? Cell(mapping.Point) : points.Count == 1 ? points.Keys.First() : "";
        if (findings.Count > before) return null;
        var document = new Dictionary<string, object> { ["metering_point"] = point, ["timestamp"] = Instant.FromUnixTimeSeconds(at!.Value.ToUnixTimeSeconds()).ToString(), [mapping.IsConsumption ? "consumption_kwh" : "register_kwh"] = wh / 1000m };
        if (DirectionOf(Cell(mapping.Direction)) is { } direction) document["direction"] = direction;
        return form.Read(JsonSerializer.SerializeToElement(document), line);
    }

    private static string? DirectionOf(string text) => text.ToLowerInvariant() switch { "" => null, "consumption" or "verbrauch" or "bezug" => nameof(EnergyDirection.Consumption).ToLowerInvariant(), "generation" or "erzeugung" or "einspeisung" => nameof(EnergyDirection.Generation).ToLowerInvariant(), _ => text };
}
