using System.Text.Json;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>Reads forecasts: an array of <c>{"metering_point","direction","day","model","kwh":[…]}</c>. All findings at once.</summary>
internal static class ForecastForm
{
    private const int MostItems = 1000;
    private const int MostText = 64;
    private const int MostFindings = 100;

    public static (IReadOnlyList<DayForecast> Forecasts, IReadOnlyList<Finding> Findings) Read(JsonElement root)
    {
        var forecasts = new List<DayForecast>();
        var findings = new List<Finding>();
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() is 0 or > MostItems)
            return ([], [new Finding("CMH-2333", "body", null, FormattableString.Invariant($"The body is an array of 1 to {MostItems} forecasts."))]);
        int row = 0;
        foreach (var item in root.EnumerateArray())
        {
            row++;
            if (findings.Count >= MostFindings) break;
            string point = Text(item, "metering_point"), model = Text(item, "model");
            var direction = Text(item, "direction") switch { "consumption" => EnergyDirection.Consumption, "generation" => EnergyDirection.Generation, _ => default };
            if (point.Length == 0) findings.Add(new Finding("CMH-2334", "metering_point", row, "Needs the id of a metering point."));
            if (model.Length == 0) findings.Add(new Finding("CMH-2334", "model", row, "Needs a name of the model, at most 64 characters."));
            if (direction == default) findings.Add(new Finding("CMH-2334", "direction", row, "consumption or generation."));
            if (LocalDatePattern.Iso.Parse(Text(item, "day")) is not { Success: true, Value: { Year: >= 2015 and < 2200 } day })
            {
                findings.Add(new Finding("CMH-2335", "day", row, "A Berlin day such as 2026-10-01."));
                continue;
            }

            if (ReadValues(item, day, row, findings) is { } wh && direction != default) forecasts.Add(new DayForecast(point, direction, day, model, wh));
        }

        foreach (var twice in forecasts.GroupBy(each => (each.Point, each.Direction, each.Day, each.Model)).Where(same => same.Skip(1).Any()))
            findings.Add(new Finding("CMH-2336", "metering_point", null, $"{twice.Key.Point} is there twice for the same day and model."));
        return findings.Count > 0 ? ([], findings) : (forecasts, []);
    }

    private static int[]? ReadValues(JsonElement item, LocalDate day, int row, List<Finding> findings)
    {
        int slots = MarketDay.Slots(MarketDay.Number(day)).Count;
        if (item.TryGetProperty("kwh", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() == slots)
        {
            int[] wh = new int[slots];
            bool isGood = true;
            int i = 0;
            foreach (var value in values.EnumerateArray())
            {
                isGood &= value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal kwh) && kwh is >= 0 and <= 1_000_000 && decimal.Truncate(kwh * 1000) == kwh * 1000;
                if (isGood) wh[i++] = (int)(value.GetDecimal() * 1000);
            }

            if (isGood) return wh;
        }

        findings.Add(new Finding("CMH-2335", "kwh", row, FormattableString.Invariant($"An array of {slots} numbers from 0 to 1000000 with at most three decimals: that day has so many quarter hours.")));
        return null;
    }

    private static string Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= MostText } text ? text : "";
}
