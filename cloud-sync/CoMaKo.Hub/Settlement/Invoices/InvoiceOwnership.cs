using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>A document is its participant's own.</summary>
internal sealed class InvoiceOwnership(HubDatabase database) : IOwnership
{
    public Owned Subject => Owned.Invoice;

    public async ValueTask<bool> OwnsAsync(string participant, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_invoice WHERE number = @id AND participant = @participant", new { id, participant }) > 0;
    }
}
