using System.Text.Json;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering.Consumption;

/// <summary>Reads quarter hours from a body, element by element or line by line.</summary>
internal static class ConsumptionReader
{
    /// <summary>Rows of one file or array.</summary>
    public const int MostRows = 500_000;

    private static readonly JsonSerializerOptions Elements = new() { MaxDepth = 8 };
    private static readonly LocalDateTimePattern[] Local = [LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm"), LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd' 'HH':'mm"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss"), LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd' 'HH':'mm':'ss"),
        LocalDateTimePattern.CreateWithInvariantCulture("dd'.'MM'.'uuuu' 'HH':'mm")];

    /// <summary>An array of <c>{"metering_point","direction","start","kwh"}</c>.</summary>
    /// <exception cref="JsonException">The body is no array of JSON values.</exception>
    public static async Task ReadJsonAsync(Stream body, ConsumptionTable table, FormFindings findings, CancellationToken cancellationToken)
    {
        int row = 0;
        await foreach (var element in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(body, Elements, cancellationToken))
        {
            if (++row > MostRows)
            {
                findings.Add(row, "", "CMH-1626", TooMany);
                return;
            }

            if (JsonForm.Open(element, findings, row) is not { } form) continue;
            int before = findings.Count;
            string? point = form.Text("metering_point", isRequired: true);
            var direction = form.Word<EnergyDirection>("direction");
            var start = form.Time("start", isRequired: true);
            long? wh = form.Energy("kwh", ConsumptionTable.MostWh, isRequired: true);
            form.Close();
            if (findings.Count == before) table.Add(row, point, direction, start!.Value.ToUnixTimeSeconds(), wh!.Value);
        }
    }

    /// <summary>Columns <c>metering_point</c>, <c>kwh</c>, <c>start</c> or <c>day</c> and <c>slot</c> (from 1), and perhaps <c>direction</c>.</summary>
    /// <param name="zone">For times without offset; absent: they are mistakes.</param>
    public static async Task ReadCsvAsync(Stream body, CsvForm csv, DateTimeZone? zone, ConsumptionTable table, FormFindings findings, CancellationToken cancellationToken)
    {
        if (await CsvFile.OpenAsync(body, csv, ["metering_point", "kwh"], ["direction", "start", "day", "slot"], findings, cancellationToken) is not { } file) return;
        if (file.Has("start") == (file.Has("day") && file.Has("slot"))) findings.Add(1, "start", "CMH-1622", "The file has a column start, or the columns day and slot.");
        if (findings.Any) return;
        for (int rows = 0; await file.ReadAsync(cancellationToken);)
        {
            if (++rows > MostRows)
            {
                file.Add("", "CMH-1626", TooMany);
                return;
            }

            AddRow(file, zone, table, findings);
        }
    }

    private static void AddRow(CsvFile file, DateTimeZone? zone, ConsumptionTable table, FormFindings findings)
    {
        int before = findings.Count;
        var direction = DirectionOf(file);
        long? start = file.Has("start") ? StartOf(file, zone) : StartOfSlot(file);
        long? wh = file.Number("kwh", 3, 0, ConsumptionTable.MostWh);
        if (findings.Count == before) table.Add(file.Line + 1, file.Cell("metering_point"), direction, start!.Value, wh!.Value);
    }

    private static EnergyDirection? DirectionOf(CsvFile file)
    {
        var cell = file.Cell("direction");
        if (cell.IsEmpty) return null;
        if (cell is "consumption") return EnergyDirection.Consumption;
        if (cell is "generation") return EnergyDirection.Generation;
        file.Add("direction", "CMH-1606", "One of consumption, generation is expected.");
        return null;
    }

    private static long? StartOf(CsvFile file, DateTimeZone? zone)
    {
        string text = file.Cell("start").ToString();
        if (JsonForm.ParseInstant(text) is { } instant) return instant.ToUnixTimeSeconds();
        foreach (var pattern in Local)
        {
            if (pattern.Parse(text) is not { Success: true } local) continue;
            if (zone is null)
            {
                file.Add("start", "CMH-1609", "The time has no offset. Add one (2026-06-01T12:00:00+02:00), or say zone=Europe/Berlin.");
                return null;
            }

            var mapping = zone.MapLocal(local.Value);
            if (mapping.Count == 1) return mapping.Single().ToInstant().ToUnixTimeSeconds();
            file.Add("start", "CMH-1706", mapping.Count == 0 ? "The clock skips this time on the change day." : "The clock shows this time twice on the change day: give its offset, or day and slot.");
            return null;
        }

        file.Add("start", "CMH-1609", "An instant with offset is expected, e.g. 2026-06-01T12:00:00Z.");
        return null;
    }

    private static long? StartOfSlot(CsvFile file)
    {
        if (LocalDatePattern.Iso.Parse(file.Cell("day").ToString()) is not { Success: true } date || date.Value.Year is < 2000 or >= 2200)
        {
            file.Add("day", "CMH-1609", "A day is expected, e.g. 2026-06-01.");
            return null;
        }

        var slots = MarketDay.Slots(MarketDay.Number(date.Value));
        return file.Number("slot", 0, 1, slots.Count) is { } slot ? slots[(int)slot - 1].StartUnixSeconds : null;
    }

    private static readonly string TooMany = FormattableString.Invariant($"More than {MostRows} rows. Send them in parts.");
}
