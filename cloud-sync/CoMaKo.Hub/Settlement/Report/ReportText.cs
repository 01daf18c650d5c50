using System.Globalization;
using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>A report as JSON and as CSV; equal reports give equal bytes.</summary>
internal static class ReportText
{
    private static readonly string[] Columns =
    [
        "balance_group", "from", "to", "state", "run", "metering_point", "usage_kwh", "allocated_kwh", "grid_kwh", "cost_eur", "generated_kwh", "shared_kwh", "surplus_kwh", "credit_eur",
    ];

    public static byte[] ToJson(GroupReport report)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("balance_group", report.Group);
            json.WriteString("period", $"{Text(report.From)} to {Text(report.To)}");
            json.WriteString("state", WordOf(report.State));
            if (report.Run is { } run) json.WriteString("run", run.ToString());
            json.WriteString("computed_at", Instant.FromUnixTimeTicks(report.ComputedUs * 10).ToString());
            Write(json, "total_consumed_kwh", report.Used);
            Write(json, "total_generated_kwh", report.Generated);
            if (report.Price is { } price) json.WriteNumber("internal_price_ct_per_kwh", Decimals.CentPerKwh(price));
            Write(json, "allocated_kwh", report.Allocated);
            Write(json, "surplus_kwh", report.Surplus);
            json.WriteNumber("completeness", report.Completeness);
            json.WriteNumber("open_slots", report.OpenSlots);
            json.WriteStartObject("settlement");
            foreach (var point in report.Shown) Write(json, point);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    /// <summary>One row per point.</summary>
    /// <param name="isGerman">Fields apart by semicolon and a decimal comma, otherwise comma and point.</param>
    public static byte[] ToCsv(GroupReport report, bool isGerman)
    {
        char separator = isGerman ? ';' : ',';
        var text = new StringBuilder().AppendJoin(separator, Columns).Append('\n');
        string head = string.Join(separator, CsvText.Neutral(report.Group), Text(report.From), Text(report.To), WordOf(report.State), report.Run?.ToString());
        foreach (var point in report.Shown)
        {
            text.Append(head).Append(separator).Append(CsvText.Neutral(point.Point));
            foreach (long? wh in (ReadOnlySpan<long?>)[point.Used, point.Allocated, point.Grid]) Add(wh is { } value ? Decimals.Kwh(value) : null);
            Add(point.CostCents is { } cost ? Money.Eur(cost) : null);
            foreach (long? wh in (ReadOnlySpan<long?>)[point.Generated, point.Shared, point.Surplus]) Add(wh is { } value ? Decimals.Kwh(value) : null);
            Add(point.CreditCents is { } credit ? Money.Eur(credit) : null);
            text.Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());

        void Add(decimal? value)
        {
            string number = value?.ToString(CultureInfo.InvariantCulture) ?? "";
            text.Append(separator).Append(isGerman ? number.Replace('.', ',') : number);
        }
    }

    private static void Write(Utf8JsonWriter json, ReportPoint point)
    {
        json.WriteStartObject(point.Point);
        Write(json, "usage_kwh", point.Used);
        Write(json, "allocated_kwh", point.Allocated);
        Write(json, "grid_kwh", point.Grid);
        if (point.CostCents is { } cost) json.WriteNumber("cost_eur", Money.Eur(cost));
        Write(json, "generated_kwh", point.Generated);
        Write(json, "shared_kwh", point.Shared);
        Write(json, "surplus_kwh", point.Surplus);
        if (point.CreditCents is { } credit) json.WriteNumber("credit_eur", Money.Eur(credit));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long? wh)
    {
        if (wh is { } value) json.WriteNumber(name, Decimals.Kwh(value));
    }

    /// <summary>A spreadsheet takes a cell that begins so for a formula. No id holds a separator or a quote.</summary>
    private static string WordOf(ReportState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    private static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);
}
