using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Ingest;

/// <summary>Records of a gateway that are kept aside, as far as one batch meets them. The same bytes again are a no-op, parked ones too.</summary>
internal sealed class ParkedRows(HubTransaction tx, EpochRow epoch, VerifiedBatch batch, long nowUs)
{
    private readonly Dictionary<string, bool> hasBytes = new(StringComparer.Ordinal);
    private readonly List<long> inserted = [];

    /// <summary>Records that were parked by this batch, after what was to run later has run.</summary>
    public int Count => inserted.Count;

    /// <summary>Reads which records of the batch are parked already.</summary>
    public async ValueTask ReadAsync(long from)
    {
        if (!epoch.HasParked) return;
        var hashes = new List<byte[]>();
        for (long sequence = from; sequence <= batch.To; sequence++) hashes.Add(batch.HashAt(sequence).ToArray());
        var found = new List<(byte[] Hash, bool HasBytes)>();
        const string Select = "SELECT record_sha256, CASE WHEN record IS NULL THEN 0 ELSE 1 END FROM ing_parked WHERE gateway_id = $1 AND record_sha256";
        if (tx is PostgresTransaction server) server.Prepare($"{Select} = ANY ($2)").Bind(epoch.GatewayId).Bind(hashes.ToArray()).Later(found, Read);
        else foreach (byte[] hash in hashes) tx.Prepare($"{Select} = $2").Bind(epoch.GatewayId).Bind(hash).Later(found, Read);
        await tx.SendAsync();
        foreach (var (hash, bytes) in found) hasBytes[Convert.ToHexString(hash)] = bytes;

        static (byte[] Hash, bool HasBytes) Read(IHubRow row) => (row.Blob(0), row.Int64(1) == 1);
    }

    /// <summary>Whether a record with bytes is parked already. Bytes that come after their damaged copy free it.</summary>
    public bool Holds(long sequence)
    {
        if (hasBytes.Count == 0 || !hasBytes.TryGetValue(KeyOf(sequence), out bool parkedWhole)) return false;
        if (parkedWhole) return true;
        hasBytes.Remove(KeyOf(sequence));
        tx.Prepare("DELETE FROM ing_parked WHERE gateway_id = $1 AND record_sha256 = $2 AND record IS NULL").Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Later();
        return false;
    }

    /// <summary>Keeps a record aside.</summary>
    public void Add(long sequence, ParkReason reason)
    {
        bool isDamaged = batch.IsDamaged(sequence);
        tx.Prepare("""
            INSERT INTO ing_parked (gateway_id, record_sha256, epoch, sequence, reason, detail, parked_us, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT DO NOTHING RETURNING sequence
            """)
            .Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Bind(epoch.Epoch).Bind(sequence).Bind(reason.Code).Bind(reason.Text).Bind(nowUs)
            .Bind(isDamaged ? null : batch.BytesAt(sequence).ToArray()).Later(inserted, row => row.Int64(0));
        hasBytes.TryAdd(KeyOf(sequence), !isDamaged);
        if (reason.Code == ParkReason.ForeignRegister) GatewayRows.Note(tx, epoch.GatewayId, reason.Code, "", reason.Text, nowUs);
    }

    private string KeyOf(long sequence) => Convert.ToHexString(batch.HashAt(sequence));
}
