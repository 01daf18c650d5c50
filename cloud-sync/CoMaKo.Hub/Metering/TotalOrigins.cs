using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A stored total and the batch that brought it.</summary>
internal sealed record TotalOrigin(long SlotEnd, long Segment, long Wh, Quality Quality, long BorderOffsetMs, long BatchId);

/// <summary>From a slot back to the totals at its two borders.</summary>
internal sealed class TotalOrigins(HubDatabase database)
{
    /// <summary>Totals at the begin and at the end of a slot, of all segments.</summary>
    public async Task<IReadOnlyList<TotalOrigin>> OfAsync(RegisterInfo register, QuarterHour slot)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(long SlotEnd, long Segment, long Wh, long Quality, long BorderOffsetMs, long BatchId)>("""
            SELECT slot_end, segment_us, total_wh, quality, border_offset_ms, batch_id FROM met_total
            WHERE gateway_id = @GatewayId AND register_id = @RegisterId AND slot_end IN (@StartUnixSeconds, @EndUnixSeconds) ORDER BY slot_end, segment_us
            """, new { register.GatewayId, register.RegisterId, slot.StartUnixSeconds, slot.EndUnixSeconds });
        return [.. rows.Select(row => new TotalOrigin(row.SlotEnd, row.Segment, row.Wh, (Quality)row.Quality, row.BorderOffsetMs, row.BatchId))];
    }
}
