using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    private const string SegmentColumns = """
        SELECT r.name, s.segment, s.is_end, s.at_unix_us, s.total_wh, s.reason, s.server_id, s.obis, s.ct_factor_micro, s.resolution_mwh, s.role
        FROM register r JOIN segment s ON s.register = r.id
        """;

    private const string TotalColumns = """
        SELECT r.name, t.segment, t.slot_end, t.total_wh, t.quality, t.border_offset_ms, t.sequence
        FROM register r JOIN total t ON t.register = r.id
        """;

    /// <inheritdoc/>
    /// <remarks>A register whose newest segment is closed and no longer held whole is left out: it begins anew.</remarks>
    public ValueTask<IReadOnlyList<RegisterState>> LoadRegistersAsync(CancellationToken cancellationToken) => ReadAsync(LoadRegisters, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> LastSegmentAsync(CancellationToken cancellationToken) =>
        ReadAsync(c => c.Scalar<long>("SELECT MAX(last_segment) FROM register"), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> LoadStateAsync(string key, CancellationToken cancellationToken) =>
        ReadAsync(c => c.Scalar<string>("SELECT value FROM state WHERE key = $1", key), cancellationToken);

    /// <summary>Totals of a register whose slot ends after <paramref name="after"/> and at or before <paramref name="until"/>, by slot end, with their sequence.</summary>
    public ValueTask<IReadOnlyList<(RegisterTotal Total, long Sequence)>> TotalsAsync(RegisterId register, Instant after, Instant until, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<(RegisterTotal, long)>>(
            c => c.Query(
                TotalColumns + " WHERE r.name = $1 AND t.slot_end > $2 AND t.slot_end <= $3 ORDER BY t.slot_end, t.sequence", r => (Total(r), r.GetInt64(6)),
                register.Value, after.ToUnixTimeSeconds(), until.ToUnixTimeSeconds()),
            cancellationToken);

    /// <summary>When each held register was first opened, as far as its segments are still held.</summary>
    public ValueTask<IReadOnlyDictionary<RegisterId, Instant>> KnownSinceAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyDictionary<RegisterId, Instant>>(
            c => c.Query("SELECT r.name, MIN(s.at_unix_us) FROM register r JOIN segment s ON s.register = r.id GROUP BY r.id", r => (new RegisterId(r.GetString(0)), FromMicroseconds(r.GetInt64(1))))
                .ToDictionary(known => known.Item1, known => known.Item2),
            cancellationToken);

    private static IReadOnlyList<RegisterState> LoadRegisters(StoreConnection connection)
    {
        var states = new List<RegisterState>();
        foreach (var (id, segment, closed) in connection.Query(
            "SELECT id, last_segment, last_closed FROM register WHERE last_segment > 0 ORDER BY name", r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2) == 1)))
        {
            var borders = connection.Query(SegmentColumns + " WHERE r.id = $1 AND s.segment = $2 ORDER BY s.sequence", Segment, id, segment);
            var end = borders.Find(b => b.IsEnd);
            if (borders.Find(b => !b.IsEnd) is not { } begin || (closed && end is null)) continue;
            var last = connection.Query(TotalColumns + " WHERE r.id = $1 AND t.segment = $2 ORDER BY t.sequence DESC LIMIT 1", Total, id, segment);
            states.Add(new RegisterState(begin, end, last is [var total] ? total : null));
        }

        return states;
    }

    private static RegisterSegment Segment(SqliteDataReader r) => new(
        new RegisterId(r.GetString(0)), r.GetInt64(1), r.GetInt64(2) == 1, FromMicroseconds(r.GetInt64(3)), new Energy(r.GetInt64(4)), (SegmentReason)r.GetInt32(5),
        r.GetString(6), ObisCode.Parse(r.GetString(7)).GetValueOrThrow(), r.GetInt64(8), r.GetInt64(9), (SettlementRole)r.GetInt32(10));

    private static RegisterTotal Total(SqliteDataReader r) => new(
        new RegisterId(r.GetString(0)), r.GetInt64(1), r.GetInt64(2), new Energy(r.GetInt64(3)), (Quality)r.GetInt32(4), r.GetInt32(5));
}
