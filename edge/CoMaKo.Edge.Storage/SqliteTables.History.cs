using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace CoMaKo.Edge.Storage;

internal sealed partial class SqliteTables
{
    private const string SegmentColumns = """
        SELECT r.name, s.segment, s.is_end, s.at_unix_us, s.total_wh, s.reason, s.server_id, s.obis, s.ct_factor_micro, s.resolution_mwh, s.role
        FROM register r JOIN segment s ON s.register = r.id
        """;

    private const string TotalColumns = """
        SELECT r.name, t.segment, t.slot_end, t.total_wh, t.quality, t.border_offset_ms, t.sequence
        FROM register r JOIN total t ON t.register = r.id
        """;

    public IReadOnlyList<RegisterState> Registers()
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

    public long LastSegment() => connection.Scalar<long>("SELECT MAX(last_segment) FROM register");

    public IReadOnlyList<(RegisterTotal Total, long Sequence)> Totals(RegisterId register, long after, long until) => connection.Query(
        TotalColumns + " WHERE r.name = $1 AND t.slot_end > $2 AND t.slot_end <= $3 ORDER BY t.slot_end, t.sequence", r => (Total(r), r.GetInt64(6)), register.Value, after, until);

    public IReadOnlyDictionary<RegisterId, Instant> KnownSince() => connection.Query(
        "SELECT r.name, MIN(s.at_unix_us) FROM register r JOIN segment s ON s.register = r.id GROUP BY r.id", r => (new RegisterId(r.GetString(0)), StoreTime.At(r.GetInt64(1))))
        .ToDictionary(known => known.Item1, known => known.Item2);

    private static RegisterSegment Segment(SqliteDataReader r) => new(
        new RegisterId(r.GetString(0)), r.GetInt64(1), r.GetInt64(2) == 1, StoreTime.At(r.GetInt64(3)), new Energy(r.GetInt64(4)), (SegmentReason)r.GetInt32(5),
        r.GetString(6), ObisCode.Parse(r.GetString(7)).GetValueOrThrow(), r.GetInt64(8), r.GetInt64(9), (SettlementRole)r.GetInt32(10));

    private static RegisterTotal Total(SqliteDataReader r) => new(
        new RegisterId(r.GetString(0)), r.GetInt64(1), r.GetInt64(2), new Energy(r.GetInt64(3)), (Quality)r.GetInt32(4), r.GetInt32(5));
}
