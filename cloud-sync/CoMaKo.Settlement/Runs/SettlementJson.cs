using System.Security.Cryptography;
using System.Text.Json;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// The canonical form of a settlement: JSON in UTF-8 without spaces, members in a fixed order, whole numbers only (Wh, cents, Unix seconds),
/// absent sums left out. Equal inputs give equal bytes on every machine; the hub stores their hash.
/// </summary>
public static class SettlementJson
{
    private const int FlushAbove = 1 << 16;

    /// <summary>Writes the canonical form.</summary>
    public static void Write(SettlementResult result, Stream target)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("format", "comako.settlement.1");
        json.WriteString("group", result.Group);
        json.WriteString("from", Text(result.From));
        json.WriteString("to", Text(result.To));
        json.WriteString("input_sha256", result.InputHash);
        json.WriteNumber("expected_slots", result.ExpectedSlots);
        json.WriteNumber("settled_slots", result.SettledSlots);
        WriteFigures(json, "total", result.Total);
        json.WriteStartArray("points");
        foreach (var point in result.Points) WritePoint(json, point);
        json.WriteEndArray();
        json.WriteStartArray("lines");
        foreach (var line in result.Lines) WriteLine(json, line);
        json.WriteEndArray();
        WriteOpenSlots(json, result);
        WriteBatteries(json, result);
        WriteFindings(json, result);
        json.WriteEndObject();
    }

    /// <summary>The canonical form as bytes.</summary>
    public static byte[] ToBytes(SettlementResult result)
    {
        using var memory = new MemoryStream();
        Write(result, memory);
        return memory.ToArray();
    }

    /// <summary>SHA-256 of the canonical form, lower-case hex.</summary>
    public static string Hash(SettlementResult result)
    {
        using var sha = SHA256.Create();
        using (var hashing = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write)) Write(result, hashing);
        return Convert.ToHexStringLower(sha.Hash!);
    }

    private static void WritePoint(Utf8JsonWriter json, PointResult point)
    {
        json.WriteStartObject();
        json.WriteString("point", point.Point);
        if (point.Directions.HasFlag(PointDirections.Consumption)) WriteDirection(json, "consumption", point.Consumption, ("used_wh", point.Total.Used), ("allocated_wh", point.Total.Allocated), ("grid_wh", point.Total.Grid));
        if (point.Directions.HasFlag(PointDirections.Generation)) WriteDirection(json, "generation", point.Generation, ("generated_wh", point.Total.Generated), ("shared_wh", point.Total.Credited), ("surplus_wh", point.Total.Surplus));
        json.WriteStartArray("days");
        foreach (var day in point.Days.Span) WriteFigures(json, null, day);
        json.WriteEndArray();
        json.WriteEndObject();
        if (json.BytesPending > FlushAbove) json.Flush();
    }

    private static void WriteDirection(Utf8JsonWriter json, string name, Coverage coverage, params ReadOnlySpan<(string Name, long Wh)> sums)
    {
        json.WriteStartObject(name);
        json.WriteNumber("expected_slots", coverage.Expected);
        json.WriteNumber("present_slots", coverage.Present);
        json.WriteNumber("billable_slots", coverage.Billable);
        json.WriteNumber("substituted_wh", coverage.SubstitutedWh);
        if (coverage.Present > 0)
            foreach (var (key, wh) in sums) json.WriteNumber(key, wh);
        json.WriteEndObject();
    }

    /// <summary>Used, generated, allocated, credited, grid, surplus.</summary>
    private static void WriteFigures(Utf8JsonWriter json, string? name, EnergyFigures figures)
    {
        if (name is null) json.WriteStartArray();
        else json.WriteStartArray(name);
        json.WriteNumberValue(figures.Used);
        json.WriteNumberValue(figures.Generated);
        json.WriteNumberValue(figures.Allocated);
        json.WriteNumberValue(figures.Credited);
        json.WriteNumberValue(figures.Grid);
        json.WriteNumberValue(figures.Surplus);
        json.WriteEndArray();
    }

    private static void WriteLine(Utf8JsonWriter json, SettlementLine line)
    {
        json.WriteStartObject();
        json.WriteNumber("kind", (int)line.Kind);
        json.WriteString("point", line.Point);
        json.WriteString("from", Text(line.From));
        json.WriteString("to", Text(line.To));
        json.WriteNumber("wh", line.Wh);
        json.WriteNumber("price", line.Price);
        json.WriteNumber("cents", line.Cents);
        json.WriteEndObject();
        if (json.BytesPending > FlushAbove) json.Flush();
    }

    private static void WriteOpenSlots(Utf8JsonWriter json, SettlementResult result)
    {
        json.WriteStartArray("open_slots");
        foreach (var open in result.OpenSlots)
        {
            json.WriteStartObject();
            json.WriteNumber("start", open.Slot.StartUnixSeconds);
            json.WriteNumber("reason", (int)open.Reason);
            json.WriteNumber("missing_series", open.MissingSeries);
            if (open.FirstPoint is { } point) json.WriteString("first_point", point);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBatteries(Utf8JsonWriter json, SettlementResult result)
    {
        json.WriteStartArray("batteries");
        foreach (var battery in result.Batteries)
        {
            json.WriteStartObject();
            json.WriteString("point", battery.Point);
            json.WriteNumber("own_wh", battery.OwnWh);
            json.WriteNumber("grid_wh", battery.GridWh);
            json.WriteNumber("own_discharged_wh", battery.OwnDischargedWh);
            json.WriteNumber("grid_discharged_wh", battery.GridDischargedWh);
            json.WriteNumber("unknown_discharged_wh", battery.UnknownDischargedWh);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFindings(Utf8JsonWriter json, SettlementResult result)
    {
        json.WriteStartArray("findings");
        foreach (var finding in result.Findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("from", Text(finding.From));
            json.WriteString("to", Text(finding.To));
            if (finding.Point is { } point) json.WriteString("point", point);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Text(NodaTime.LocalDate day) => NodaTime.Text.LocalDatePattern.Iso.Format(day);
}
