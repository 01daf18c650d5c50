using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// Gateways, epochs and notes inside a writing transaction. Writing the gateway's row is the lock under which everything of a gateway happens, so
/// that its epochs are serial too.
/// </summary>
internal static class GatewayRows
{
    /// <summary>The gateway's number; its row is made at the first contact. Holds the gateway's lock from here on.</summary>
    public static async ValueTask<long> TouchAsync(HubTransaction tx, GatewayId gateway, long nowUs)
    {
        // An upsert alone would use up a number at each contact.
        if (await tx.Prepare("UPDATE ing_gateway SET last_contact_us = $1 WHERE name = $2 RETURNING gateway_id").Bind(nowUs).Bind(gateway.Value).NumberAsync() is { } known) return known;
        return (await tx.Prepare("""
            INSERT INTO ing_gateway (name, first_contact_us, last_contact_us) VALUES ($1, $2, $2) ON CONFLICT (name) DO UPDATE SET last_contact_us = excluded.last_contact_us RETURNING gateway_id
            """).Bind(gateway.Value).Bind(nowUs).NumberAsync())!.Value;
    }

    /// <summary>
    /// Locks the gateway's row and reads the epoch; no row if no Hello made it. Two statements: one alone that waited for the lock would still see
    /// the mark as it was before the wait.
    /// </summary>
    /// <param name="epochs">Gets the epoch with the next statement that is waited for.</param>
    public static void Lock(HubTransaction tx, GatewayId gateway, ulong epoch, long nowUs, List<EpochRow> epochs)
    {
        tx.Prepare("UPDATE ing_gateway SET last_contact_us = $1 WHERE name = $2").Bind(nowUs).Bind(gateway.Value).Later();
        Read(tx, gateway, epoch).Later(epochs, row => Of(row, epoch));
    }

    /// <summary>The epoch; absent if no Hello made it.</summary>
    public static ValueTask<EpochRow?> FindAsync(HubTransaction tx, GatewayId gateway, ulong epoch) => Read(tx, gateway, epoch).FirstAsync(row => Of(row, epoch));

    /// <summary>Makes an epoch with base and mark before the first record that the gateway holds.</summary>
    public static void Create(HubTransaction tx, long gatewayId, HelloRequest hello, long nowUs)
    {
        long mark = hello.FirstHeldSequence - 1;
        var chain = hello.ChainBeforeFirstHeld.Span;
        tx.Prepare("INSERT INTO ing_epoch (gateway_id, epoch, created_us, base_sequence, base_chain, acked_sequence, acked_chain) VALUES ($1, $2, $3, $4, $5, $4, $5)")
            .Bind(gatewayId).Bind((long)hello.Epoch).Bind(nowUs).Bind(mark).Bind(chain).Later();
        tx.Prepare("UPDATE ing_gateway SET current_epoch = $1 WHERE gateway_id = $2").Bind((long)hello.Epoch).Bind(gatewayId).Later();
    }

    /// <summary>Notes what a gateway says of itself.</summary>
    public static void Describe(HubTransaction tx, long gatewayId, string softwareVersion, string buildingName, string? timeZone) =>
        tx.Prepare("UPDATE ing_gateway SET software_version = $1, building_name = $2, time_zone = coalesce($3, time_zone) WHERE gateway_id = $4")
            .Bind(softwareVersion).Bind(buildingName).Bind(timeZone).Bind(gatewayId).Later();

    /// <summary>Moves the mark of an epoch from where it was read.</summary>
    /// <param name="moved">Gets one entry with the next statement that is waited for, unless the mark stands elsewhere.</param>
    public static void MoveMark(HubTransaction tx, EpochRow epoch, long sequence, ReadOnlySpan<byte> chain, List<long> moved) =>
        tx.Prepare("UPDATE ing_epoch SET acked_sequence = $1, acked_chain = $2 WHERE gateway_id = $3 AND epoch = $4 AND acked_sequence = $5 AND acked_chain = $6 RETURNING acked_sequence")
            .Bind(sequence).Bind(chain).Bind(epoch.GatewayId).Bind(epoch.Epoch).Bind(epoch.AckedSequence).Bind(epoch.AckedChain).Later(moved, row => row.Int64(0));

    /// <summary>Tells the operator, once per gateway, code and subject.</summary>
    public static void Note(HubTransaction tx, long gatewayId, string code, string subject, string text, long nowUs) =>
        tx.Prepare("INSERT INTO ing_note (gateway_id, code, subject, text, at_us) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .Bind(gatewayId).Bind(code).Bind(subject).Bind(text).Bind(nowUs).Later();

    private static HubStatement Read(HubTransaction tx, GatewayId gateway, ulong epoch)
    {
        string nextBatch = tx.Engine == HubEngine.Postgres ? "nextval('ing_batch_number')" : "(SELECT coalesce(max(batch_id), 0) + 1 FROM ing_batch)";
        return tx.Prepare($"""
            SELECT e.gateway_id, e.created_us, e.base_sequence, e.base_chain, e.acked_sequence, e.acked_chain, c.epoch, c.created_us,
              CASE WHEN EXISTS (SELECT 1 FROM ing_parked p WHERE p.gateway_id = g.gateway_id) THEN 1 ELSE 0 END, {nextBatch}
            FROM ing_gateway g
            JOIN ing_epoch e ON e.gateway_id = g.gateway_id AND e.epoch = $1
            JOIN ing_epoch c ON c.gateway_id = g.gateway_id AND c.epoch = g.current_epoch
            WHERE g.name = $2
            """).Bind((long)epoch).Bind(gateway.Value);
    }

    private static EpochRow Of(IHubRow row, ulong epoch) => new(
        row.Int64(0), (long)epoch, row.Int64(1), row.Int64(2), row.Blob(3), row.Int64(4), row.Blob(5), row.Int64(6), row.Int64(7), row.Int64(8) == 1, row.Int64(9));
}
