using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Ingest;

/// <summary>What the hub knows of a gateway.</summary>
/// <param name="Notes">Things about it that nobody has looked at yet.</param>
/// <param name="Status">Its last report; absent before the first.</param>
/// <param name="StatusUs">When that report came, Unix µs.</param>
public sealed record GatewayInfo(
    long GatewayId, string Name, string? BuildingName, string? SoftwareVersion, long LastContactUs, long? Epoch, long AckedSequence,
    GatewayStatus? Status, long? StatusUs, long ParkedRecords, long Notes)
{
    /// <summary>What people call it.</summary>
    public string Building => BuildingName is { Length: > 0 } name ? name : Name;

    /// <summary>Records that wait in the gateway, as far as its last report knew; absent if it never reported.</summary>
    public long? Waiting => Status is null ? null : Math.Max(0, Status.NextSequence - 1 - AckedSequence);
}

/// <summary>A record kept aside.</summary>
public sealed record ParkedRecord(long ParkedId, string Gateway, long Sequence, string Code, string Detail, long ParkedUs);

/// <summary>Something that the operator should know about a gateway.</summary>
public sealed record GatewayNote(long NoteId, string Gateway, string Code, string Text, long AtUs);

/// <summary>A batch in the log.</summary>
internal sealed record LoggedBatch(long BatchId, string Gateway, long Epoch, long FromSequence, long ToSequence, byte[] ChainBefore, byte[] ChainAfter, byte[] Records);

/// <summary>Reads what ingest keeps.</summary>
internal sealed class GatewayReader(HubDatabase database)
{
    private const string Select = """
        SELECT g.gateway_id AS GatewayId, g.name AS Name, g.building_name AS BuildingName, g.software_version AS SoftwareVersion, g.last_contact_us AS LastContactUs,
          e.epoch AS Epoch, coalesce(e.acked_sequence, 0) AS AckedSequence, g.status AS Status, g.status_us AS StatusUs,
          (SELECT count(*) FROM ing_parked p WHERE p.gateway_id = g.gateway_id) AS ParkedRecords,
          (SELECT count(*) FROM ing_note n WHERE n.gateway_id = g.gateway_id AND n.seen_us IS NULL) AS Notes
        FROM ing_gateway g LEFT JOIN ing_epoch e ON e.gateway_id = g.gateway_id AND e.epoch = g.current_epoch
        """;

    /// <summary>Gateways by name, after a name.</summary>
    public async Task<IReadOnlyList<GatewayInfo>> ListAsync(string after, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<GatewayRow>($"{Select} WHERE g.name > @after ORDER BY g.name LIMIT @limit", new { after, limit });
        return [.. rows.Select(row => row.ToInfo())];
    }

    /// <summary>One gateway; absent if the hub does not know it.</summary>
    public async Task<GatewayInfo?> FindAsync(string name)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QuerySingleOrDefaultAsync<GatewayRow>($"{Select} WHERE g.name = @name", new { name }))?.ToInfo();
    }

    /// <summary>The name of a gateway's number.</summary>
    public async Task<string> NameAsync(long gatewayId)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleAsync<string>("SELECT name FROM ing_gateway WHERE gateway_id = @gatewayId", new { gatewayId });
    }

    /// <summary>Parked records, newest first.</summary>
    /// <param name="withSeen">Also those that somebody has seen.</param>
    public async Task<IReadOnlyList<ParkedRecord>> ParkedAsync(int limit, bool withSeen = true)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<ParkedRecord>($"""
            SELECT p.parked_id AS ParkedId, g.name AS Gateway, p.sequence AS Sequence, p.reason AS Code, p.detail AS Detail, p.parked_us AS ParkedUs
            FROM ing_parked p JOIN ing_gateway g ON g.gateway_id = p.gateway_id {(withSeen ? "" : "WHERE p.seen_us IS NULL")} ORDER BY p.parked_id DESC LIMIT @limit
            """, new { limit })];
    }

    /// <summary>Notes, newest first.</summary>
    /// <param name="withSeen">Also those that somebody has seen.</param>
    public async Task<IReadOnlyList<GatewayNote>> NotesAsync(int limit, bool withSeen = true)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<GatewayNote>($"""
            SELECT n.note_id AS NoteId, g.name AS Gateway, n.code AS Code, n.text AS Text, n.at_us AS AtUs
            FROM ing_note n JOIN ing_gateway g ON g.gateway_id = n.gateway_id {(withSeen ? "" : "WHERE n.seen_us IS NULL")} ORDER BY n.note_id DESC LIMIT @limit
            """, new { limit })];
    }

    /// <summary>A batch of the log.</summary>
    public async Task<LoggedBatch?> BatchAsync(long batchId)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<LoggedBatch>("""
            SELECT b.batch_id AS BatchId, g.name AS Gateway, b.epoch AS Epoch, b.from_sequence AS FromSequence, b.to_sequence AS ToSequence,
              b.chain_before AS ChainBefore, b.chain_after AS ChainAfter, b.records AS Records
            FROM ing_batch b JOIN ing_gateway g ON g.gateway_id = b.gateway_id WHERE b.batch_id = @batchId
            """, new { batchId });
    }

    private sealed class GatewayRow
    {
        public long GatewayId { get; init; }

        public string Name { get; init; } = "";

        public string? BuildingName { get; init; }

        public string? SoftwareVersion { get; init; }

        public long LastContactUs { get; init; }

        public long? Epoch { get; init; }

        public long AckedSequence { get; init; }

        public byte[]? Status { get; init; }

        public long? StatusUs { get; init; }

        public long ParkedRecords { get; init; }

        public long Notes { get; init; }

        public GatewayInfo ToInfo() => new(
            GatewayId, Name, BuildingName, SoftwareVersion, LastContactUs, Epoch, AckedSequence, Status is null ? null : GatewayStatus.Parser.ParseFrom(Status), StatusUs, ParkedRecords, Notes);
    }
}
