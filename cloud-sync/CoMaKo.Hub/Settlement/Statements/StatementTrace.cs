using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Tracing;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>One quarter hour of a metering point as it was settled; all in Wh.</summary>
/// <param name="GroupUsed">What the whole group used.</param>
/// <param name="GroupGenerated">What it generated.</param>
/// <param name="GroupShared">What of that its members used.</param>
/// <param name="Used">The point's own; absent: no value, or it does not consume.</param>
/// <param name="Allocated">What of it came from neighbours.</param>
/// <param name="Generated">The point's own.</param>
/// <param name="Credited">What of it neighbours used.</param>
/// <param name="IsSettled">Otherwise it is open and nothing was made of it.</param>
public sealed record TracedSlot(
    QuarterHour Slot, long GroupUsed, long GroupGenerated, long GroupShared, long? Used, long Allocated, long? Generated, long Credited, bool IsSettled,
    CurveSource? Source, ValueStatus Status);

/// <summary>From a statement's line down to the quarter hours behind it, in the versions that counted.</summary>
internal sealed class StatementTrace(RunInputs inputs, RunReader runs)
{
    /// <summary>The slots of a day of a point as a run settled them.</summary>
    public async Task<IReadOnlyList<TracedSlot>> DayAsync(long runId, RunBasis basis, string point, LocalDate day)
    {
        ArgumentNullException.ThrowIfNull(basis);
        int number = MarketDay.Number(day);
        var own = new List<RunInput>();
        await foreach (var input in inputs.ReadAsync(runId, number, number + 1, point)) own.Add(input);
        var (_, kept) = await runs.SumsAsync(runId, day, day.PlusDays(1));
        var (group, shares) = kept is null ? await SettleAgainAsync(runId, basis, point, day) : (kept, await runs.SharesAsync(runId, point, number));
        return [.. MarketDay.Slots(number).Select((slot, i) => Slot(slot, i, own, group.Days[0][i], shares?[i] ?? default))];
    }

    /// <summary>Of a run that did not keep its slots.</summary>
    private async Task<(GroupSlots Group, SlotShare?[]? Own)> SettleAgainAsync(long runId, RunBasis basis, string point, LocalDate day)
    {
        int number = MarketDay.Number(day);
        var (group, shares) = (new GroupSlots(day, day.PlusDays(1)), new SlotShares());
        var terms = basis.ToTerms().Group;
        var reading = new DayReading(terms, inputs.RowsAsync(runId, number, number + 1), basis.IsConfirmed, null);
        await Task.Run(() => SettlementRun.Settle(terms, day, day.PlusDays(1), reading.Days(day, day.PlusDays(1)), group, shares));
        return (group, shares.Of(point, number) is { } packed ? SlotShares.Unpack(packed, group.Days[0].Count) : null);
    }

    private static TracedSlot Slot(QuarterHour slot, int index, List<RunInput> own, GroupEnergy group, SlotShare share)
    {
        var consumption = own.Find(each => each.Row.Direction == EnergyDirection.Consumption);
        var generation = own.Find(each => each.Row.Direction == EnergyDirection.Generation);
        var shown = consumption ?? generation;
        byte source = shown?.Source[index] ?? 0;
        // What neighbours got of each other is as much used as generated.
        return new TracedSlot(
            slot, group.Neighbours + group.Grid, group.Neighbours + group.Away, group.Neighbours, ValueOf(consumption, index), share.Allocated, ValueOf(generation, index), share.Credited,
            !group.IsOpen, source == 0 ? null : (CurveSource)source, shown is null ? ValueStatus.Absent : (ValueStatus)shown.Row.Status.Span[index]);
    }

    private static long? ValueOf(RunInput? input, int slot) =>
        input is null ? null : System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(input.Row.Wh.Span[(slot * sizeof(int))..]) is var wh && wh >= 0 ? wh : null;
}
