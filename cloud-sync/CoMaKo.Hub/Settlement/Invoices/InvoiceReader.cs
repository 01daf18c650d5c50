using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>A document in a list.</summary>
/// <param name="Cents">With tax, as the document states it.</param>
/// <param name="CancelledBy">Number of the document that took it back; absent while it stands.</param>
/// <param name="Cancels">Of a cancellation: what it took back.</param>
public sealed record InvoiceHead(long InvoiceId, string Number, InvoiceKind Kind, InvoiceKind Subject, string Group, YearMonth Month, string Participant, string Statement, long Cents, long IssuedUs, string? Cancels, string? CancelledBy, string Sha256);

/// <summary>Which documents a list shows; absent members do not narrow it.</summary>
/// <param name="Participant">Whose; a member sees its own only.</param>
public sealed record InvoiceFilter(string? Participant = null, string? Group = null, YearMonth? Month = null, InvoiceKind? Kind = null, string? Statement = null);

/// <summary>Reads documents.</summary>
internal sealed class InvoiceReader(HubDatabase database)
{
    private const string Head = """
        SELECT i.invoice_id AS InvoiceId, i.number AS Number, i.kind AS Kind, i.side AS Side, i.balance_group AS BalanceGroup, i.month AS Month, i.participant AS Participant, s.number AS Statement, i.cents AS Cents,
          i.issued_us AS IssuedUs, o.number AS Cancels, c.number AS CancelledBy, i.sha256 AS Sha256
        FROM mkt_invoice i JOIN mkt_statement s ON s.statement_id = i.statement_id LEFT JOIN mkt_invoice o ON o.invoice_id = i.cancels LEFT JOIN mkt_invoice c ON c.cancels = i.invoice_id
        """;

    /// <summary>Newest first.</summary>
    /// <param name="before">Number of the row after which the page begins; absent: from the newest on.</param>
    public async Task<IReadOnlyList<InvoiceHead>> ListAsync(InvoiceFilter filter, long? before, int limit)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var reader = await database.OpenReaderAsync();
        string where = string.Concat(
            filter.Participant is null ? "" : " AND i.participant = @participant", filter.Group is null ? "" : " AND i.balance_group = @group", filter.Month is null ? "" : " AND i.month = @month",
            filter.Kind is null ? "" : " AND i.kind = @kind", filter.Statement is null ? "" : " AND s.number = @statement", before is null ? "" : " AND i.invoice_id < @before");
        return [.. (await reader.QueryAsync<Row>($"{Head} WHERE 1 = 1{where} ORDER BY i.invoice_id DESC LIMIT @limit", new
        {
            participant = filter.Participant, group = filter.Group, month = filter.Month?.Number(), kind = (long?)filter.Kind, statement = filter.Statement, before, limit,
        })).Select(row => row.ToHead())];
    }

    /// <summary>A document as it is kept; absent if there is none of that number.</summary>
    public async Task<(InvoiceHead Head, InvoiceContent Content)?> FindAsync(string number)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await reader.QueryFirstOrDefaultAsync<Row>($"{Head} WHERE i.number = @number", new { number }) is not { } row) return null;
        return (row.ToHead(), InvoiceContent.Parse(await reader.ExecuteScalarAsync<byte[]>("SELECT content FROM mkt_invoice WHERE number = @number", new { number }) ?? []));
    }

    /// <summary>What keeps statements from becoming invoices, as of the last look.</summary>
    public async Task<IReadOnlyList<(InvoiceGap Gap, long SinceUs)>> GapsAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<(string Participant, string Code, string Field, long Since)>("SELECT participant, code, field, since_us FROM mkt_invoice_gap ORDER BY participant, code, field"))
            .Select(row => (new InvoiceGap(row.Participant, row.Code, row.Field), row.Since))];
    }

    private sealed class Row
    {
        public long InvoiceId { get; init; }

        public string Number { get; init; } = "";

        public long Kind { get; init; }

        public long Side { get; init; }

        public string BalanceGroup { get; init; } = "";

        public long Month { get; init; }

        public string Participant { get; init; } = "";

        public string Statement { get; init; } = "";

        public long Cents { get; init; }

        public long IssuedUs { get; init; }

        public string? Cancels { get; init; }

        public string? CancelledBy { get; init; }

        public string Sha256 { get; init; } = "";

        public InvoiceHead ToHead() => new(InvoiceId, Number, (InvoiceKind)Kind, (InvoiceKind)Side, BalanceGroup, RunMonth.Of(Month), Participant, Statement, Cents, IssuedUs, Cancels, CancelledBy, Sha256);
    }
}
