using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Tracing;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>A register's total at a border of a slot, and the batch that brought it.</summary>
/// <param name="Record">Absent: the log does not hold it.</param>
public sealed record TotalProof(string Register, int Factor, long SlotEnd, long Wh, Quality Quality, RecordProof? Record);

/// <summary>Where a record lies in its gateway's chain.</summary>
/// <param name="IsProved">The log's bytes re-hash, and lead to what the hub acknowledged.</param>
public sealed record RecordProof(string Gateway, string Epoch, long Sequence, long BatchFrom, long BatchTo, string Sha256, string ChainAfter, bool IsProved);

/// <summary>Where a settled slot's value came from.</summary>
/// <param name="Version">Of the effective day.</param>
/// <param name="Curve">The curve version that gave it; absent if there is no value or the version cannot be told.</param>
/// <param name="Totals">Of the registers that form the point's curve; empty where none does.</param>
public sealed record SlotOrigin(QuarterHour Slot, EnergyDirection Direction, long? Wh, ValueStatus Status, CurveSource? Source, int Version, string InputHash, CurveOrigin? Curve, IReadOnlyList<TotalProof> Totals);

/// <summary>Goes from a settled slot to its source, and where that is a gateway to the totals and their place in the chain.</summary>
internal sealed class SlotOrigins(HubDatabase database, RunInputs inputs, LoadCurves registers)
{
    /// <summary>The slot in the version that counted in a run; absent if the run had no such series on that day.</summary>
    public async Task<SlotOrigin?> OfAsync(long runId, string point, EnergyDirection direction, QuarterHour slot)
    {
        int day = MarketDay.Containing(slot.StartUnixSeconds);
        RunInput? input = null;
        await foreach (var each in inputs.ReadAsync(runId, day, day + 1, point))
            if (each.Row.Direction == direction) input = each;
        if (input is null) return null;
        int index = (int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / QuarterHour.Seconds);
        int wh = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(input.Row.Wh.Span[(index * sizeof(int))..]);
        CurveSource? source = input.Source[index] == 0 ? null : (CurveSource)input.Source[index];
        await using var reader = await database.OpenReaderAsync();
        var curve = (await CurveOrigins.OfAsync(reader, input))?.Where(each => each.Curve.Source == source).MaxBy(each => each.Curve.Version);
        return new SlotOrigin(
            slot, direction, wh < 0 ? null : wh, (ValueStatus)input.Row.Status.Span[index], source, input.Row.Version, input.InputHash, curve,
            source == CurveSource.Gateway ? await TotalsAsync(input.Row.SeriesId, day, slot) : []);
    }

    private async Task<IReadOnlyList<TotalProof>> TotalsAsync(long seriesId, int day, QuarterHour slot)
    {
        await using var reader = await database.OpenReaderAsync();
        var proofs = new List<TotalProof>();
        var (totals, batches) = (new TotalOrigins(database), new BatchProof(database));
        foreach (var part in (await Assignments.OfSeriesAsync(reader, seriesId)).Where(part => part.HoldsOn(day)))
        {
            if (await registers.FindAsync(part.Register) is not { } register) continue;
            foreach (var total in await totals.OfAsync(register, slot))
            {
                var record = await batches.OfAsync(total.BatchId, new RegisterId(register.Name), total.Segment, total.SlotEnd);
                proofs.Add(new TotalProof(register.Name, part.Factor, total.SlotEnd, total.Wh, total.Quality, record is null ? null : new RecordProof(
                    record.Gateway, record.Epoch, record.Sequence, record.BatchFrom, record.BatchTo, record.RecordSha256, record.ChainAfter, record.IsRehashed && record.LeadsToMark)));
            }
        }

        return proofs;
    }
}
