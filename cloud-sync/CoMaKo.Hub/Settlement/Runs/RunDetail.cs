using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>What a run says beside its figures, as JSON in a fixed order: open slots, findings, balancing.</summary>
internal static class RunDetail
{
    /// <summary>More pieces of open slots than this say nothing new.</summary>
    private const int MostPieces = 1000;

    public static string ToJson(SettledPeriod settled)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            WriteOpen(json, settled.Result.OpenSlots);
            WriteFindings(json, settled.Result.Findings);
            if (settled.Balancing is { } balancing) WriteBalancing(json, balancing);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>Consecutive slots that are open for the same reason are one piece.</summary>
    private static void WriteOpen(Utf8JsonWriter json, IReadOnlyList<OpenSlot> open)
    {
        json.WriteStartArray("open");
        int pieces = 0;
        for (int i = 0; i < open.Count && pieces < MostPieces; pieces++)
        {
            int end = i + 1;
            while (end < open.Count && open[end] with { Slot = open[i].Slot } == open[i] && open[end].Slot == open[end - 1].Slot.Next) end++;
            json.WriteStartObject();
            json.WriteString("from", open[i].Slot.Start.ToString());
            json.WriteString("to", open[end - 1].Slot.End.ToString());
            json.WriteString("reason", open[i].Reason == OpenReason.Missing ? "missing" : "terms");
            if (open[i].MissingSeries > 0) json.WriteNumber("missing_series", open[i].MissingSeries);
            if (open[i].FirstPoint is { } point) json.WriteString("first_point", point);
            json.WriteEndObject();
            i = end;
        }

        json.WriteEndArray();
    }

    private static void WriteFindings(Utf8JsonWriter json, IReadOnlyList<TermsFinding> findings)
    {
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("from", NodaTime.Text.LocalDatePattern.Iso.Format(finding.From));
            json.WriteString("to", NodaTime.Text.LocalDatePattern.Iso.Format(finding.To));
            if (finding.Point is { } point) json.WriteString("point", point);
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBalancing(Utf8JsonWriter json, BalancingFigures balancing)
    {
        json.WriteStartObject("balancing");
        json.WriteNumber("deviation_kwh", Decimals.Kwh(balancing.DeviationWh));
        json.WriteNumber("absolute_deviation_kwh", Decimals.Kwh(balancing.AbsoluteWh));
        json.WriteNumber("cost_eur", Money.Eur(balancing.Cost.Cents));
        json.WriteBoolean("is_provisional", balancing.Cost.IsProvisional);
        json.WriteNumber("open_slots", balancing.Cost.OpenSlots.Count);
        Write(json, "consumption", balancing.Consumption);
        Write(json, "generation", balancing.Generation);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ForecastErrors? errors)
    {
        if (errors is null) return;
        json.WriteStartObject(name);
        json.WriteNumber("slots", errors.Slots);
        json.WriteNumber("mae_wh", decimal.Round(errors.Mae, 3));
        json.WriteNumber("bias_wh", decimal.Round(errors.Bias, 3));
        if (errors.Nmae is { } nmae) json.WriteNumber("nmae", decimal.Round(nmae, 4));
        json.WriteEndObject();
    }
}
