using System.Globalization;
using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>Figures of one metering point over the month; a direction that the point does not have, or without any value, is absent.</summary>
internal sealed record StatementPointDocument(string Point, Kwh? UsageKwh, Kwh? AllocatedKwh, Kwh? GridKwh, Kwh? GeneratedKwh, Kwh? SharedKwh, Kwh? SurplusKwh, Kwh SubstitutedKwh);

/// <summary>One line. Above zero: owed to the cooperative.</summary>
/// <param name="Days">How many days it covers.</param>
/// <param name="RatePercent">Of tax lines, which have neither energy nor price.</param>
internal sealed record StatementLineDocument(LineKind Kind, string Point, string From, string To, int Days, Kwh? Kwh, CtPerKwh? PriceCtPerKwh, decimal? RatePercent, Eur AmountEur);

/// <summary>Tax of one side, treatment and rate, of the month as it stands.</summary>
internal sealed record StatementTaxDocument(string Side, TaxTreatment Treatment, decimal RatePercent, Eur NetEur, Eur TaxEur);

/// <summary>A statement as it is kept, shown and checked. It never changes; payments are told apart from it.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="BeforeEur">Of a correction: what was stated for this month before.</param>
/// <param name="MonthEur">What the month comes to with this statement.</param>
internal sealed record StatementDocument(
    string Format, string Number, bool IsInvoice, string BalanceGroup, string Participant, string? Name, string Month, string From, string To, string Run, RunKind Kind, string MadeAt,
    IReadOnlyList<StatementPointDocument> Points, IReadOnlyList<StatementLineDocument> Lines, IReadOnlyList<StatementTaxDocument> Tax, Eur AmountEur, Eur? BeforeEur, Eur MonthEur,
    string RunInputSha256, string RunResultSha256);

/// <summary>A statement in a list.</summary>
/// <param name="Payment">State of today.</param>
internal sealed record StatementHeadDocument(
    string Number, string BalanceGroup, string Month, string Run, string Participant, string? Name, string MadeAt, Eur AmountEur, PaymentState Payment, Eur PaidEur, string? DueOn)
{
    public static StatementHeadDocument Of(StatementHead head) => new(
        head.Number, head.Group, head.Run.Month.Text(), head.Run.ToString(), head.Participant, head.Title, RunDocument.Iso(head.MadeUs), new Eur(head.Cents), head.Payment, new Eur(head.PaidCents),
        head.DueDay is { } day ? LocalDatePattern.Iso.Format(CoMaKo.Settlement.Curves.MarketDay.Date(day)) : null);
}

/// <summary>A statement as JSON and CSV; equal statements give equal bytes on every engine.</summary>
internal static class StatementText
{
    public const string Format = "comako.statement.1";

    private static readonly JsonSerializerOptions Json = Options();

    private static readonly string[] Columns = ["number", "kind", "metering_point", "from", "to", "days", "kwh", "price_ct_per_kwh", "rate_percent", "amount_eur"];

    /// <summary>The canonical form, which <c>comako-hub verify</c> builds again from evidence and compares byte by byte.</summary>
    public static byte[] ToJson(Statement statement) => JsonSerializer.SerializeToUtf8Bytes(ToDocument(statement), Json);

    public static StatementDocument ToDocument(Statement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var head = statement.Head;
        return new StatementDocument(
            Format, head.Number, false, head.Group, head.Participant, head.Title, head.Run.Month.Text(), Day(head.Run.Month.First()), Day(head.Run.Month.End()), head.Run.ToString(),
            head.IsCorrection ? RunKind.Delta : RunKind.Final, RunDocument.Iso(head.MadeUs), [.. statement.Points.Select(PointOf)], [.. statement.Lines.Select(LineOf)],
            [.. statement.Taxes.Select(tax => new StatementTaxDocument(tax.IsCredit ? "credit" : "charge", tax.Treatment, tax.RateBasisPoints * 0.01m, new Eur(tax.NetCents), new Eur(tax.TaxCents)))],
            new Eur(head.Cents), head.IsCorrection ? new Eur(statement.BeforeCents) : null, new Eur(statement.BeforeCents + head.Cents), statement.InputHash, statement.ResultHash);
    }

    /// <summary>One row per line.</summary>
    /// <param name="isGerman">Semicolon and decimal comma, otherwise comma and point.</param>
    public static byte[] ToCsv(Statement statement, bool isGerman)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var table = new CsvTable(isGerman).Row(Columns);
        foreach (var line in statement.Lines.Select(LineOf))
            table.Row(statement.Head.Number, WordOf(line.Kind), line.Point, line.From, line.To, line.Days, line.Kwh, line.PriceCtPerKwh, line.RatePercent, line.AmountEur);
        return table.ToBytes();
    }

    /// <summary>One row per statement.</summary>
    public static byte[] ToCsv(IEnumerable<StatementHead> heads, bool isGerman)
    {
        var table = new CsvTable(isGerman).Row("number", "balance_group", "month", "run", "participant", "name", "made_at", "amount_eur", "payment", "paid_eur", "due_on");
        foreach (var head in heads.Select(StatementHeadDocument.Of))
            table.Row(head.Number, head.BalanceGroup, head.Month, head.Run, head.Participant, head.Name, head.MadeAt, head.AmountEur, WordOf(head.Payment), head.PaidEur, head.DueOn);
        return table.ToBytes();
    }

    public static string WordOf<T>(T member) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString());

    private static StatementPointDocument PointOf(RunPoint point)
    {
        bool consumes = point.Directions.HasFlag(PointDirections.Consumption) && point.ConsumptionSlots > 0, generates = point.Directions.HasFlag(PointDirections.Generation) && point.GenerationSlots > 0;
        var total = point.Total;
        return new StatementPointDocument(
            point.Point, If(consumes, total.Used), If(consumes, total.Allocated), If(consumes, total.Grid), If(generates, total.Generated), If(generates, total.Credited), If(generates, total.Surplus),
            new Kwh(point.SubstitutedWh));

        static Kwh? If(bool isThere, long wh) => isThere ? new Kwh(wh) : null;
    }

    private static StatementLineDocument LineOf(SettlementLine line)
    {
        bool isTax = line.Kind >= LineKind.Tax;
        return new StatementLineDocument(
            line.Kind, line.Point, Day(line.From), Day(line.To), Period.DaysBetween(line.From, line.To), isTax ? null : new Kwh(line.Wh),
            isTax || line.Kind == LineKind.Deviation ? null : new CtPerKwh(line.Price), isTax ? line.Price * 0.01m : null, new Eur(line.Cents));
    }

    private static string Day(LocalDate day) => LocalDatePattern.Iso.Format(day);

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions();
        HubHost.Configure(options);
        return options;
    }
}

/// <summary>CSV for people's spreadsheets: numbers in the reader's form, cells that would be formulas neutralised.</summary>
internal sealed class CsvTable(bool isGerman)
{
    private readonly StringBuilder text = new();
    private readonly char separator = isGerman ? ';' : ',';

    public CsvTable Row(params ReadOnlySpan<object?> cells)
    {
        for (int i = 0; i < cells.Length; i++) text.Append(i == 0 ? "" : separator.ToString()).Append(Cell(cells[i]));
        text.Append('\n');
        return this;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(text.ToString());

    private string Cell(object? cell) => cell switch
    {
        null => "",
        string words => Quoted(words is ['-' or '=' or '+' or '@', ..] ? "'" + words : words),
        int number => number.ToString(CultureInfo.InvariantCulture),
        _ => Number(Convert.ToString(cell, CultureInfo.InvariantCulture) ?? ""),
    };

    private string Number(string number) => isGerman ? number.Replace('.', ',') : number;

    private string Quoted(string words) => words.AsSpan().IndexOfAny(separator, '"', '\n') < 0 && !words.Contains('\r') ? words : $"\"{words.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
