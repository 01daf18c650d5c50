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
internal sealed class StatementTrace(RunInputs inputs)
{
    /// <summary>The slots of a day of a point as a run settled them.</summary>
    public async Task<IReadOnlyList<TracedSlot>> DayAsync(long runId, RunBasis basis, string point, LocalDate day)
    {
        ArgumentNullException.ThrowIfNull(basis);
        int number = MarketDay.Number(day);
        var own = new List<RunInput>();
        await foreach (var input in inputs.ReadAsync(runId, number, number + 1, point)) own.Add(input);
        var seen = new SlotCollector(point);
        var terms = basis.ToTerms().Group;
        var reading = new DayReading(terms, inputs.RowsAsync(runId, number, number + 1), basis.IsConfirmed, null);
        await Task.Run(() => SettlementRun.Settle(terms, day, day.PlusDays(1), reading.Days(day, day.PlusDays(1)), seen));
        return [.. MarketDay.Slots(number).Select((slot, i) => Slot(slot, i, own, seen))];
    }

    private static TracedSlot Slot(QuarterHour slot, int index, List<RunInput> own, SlotCollector seen)
    {
        var consumption = own.Find(each => each.Row.Direction == EnergyDirection.Consumption);
        var generation = own.Find(each => each.Row.Direction == EnergyDirection.Generation);
        var shown = consumption ?? generation;
        var settled = seen.Slots.GetValueOrDefault(slot.StartUnixSeconds);
        byte source = shown?.Source[index] ?? 0;
        return new TracedSlot(
            slot, settled.Used, settled.Generated, settled.Shared, ValueOf(consumption, index), settled.Allocated, ValueOf(generation, index), settled.Credited,
            seen.Slots.ContainsKey(slot.StartUnixSeconds), source == 0 ? null : (CurveSource)source, shown is null ? ValueStatus.Absent : (ValueStatus)shown.Row.Status.Span[index]);
    }

    private static long? ValueOf(RunInput? input, int slot) =>
        input is null ? null : System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(input.Row.Wh.Span[(slot * sizeof(int))..]) is var wh && wh >= 0 ? wh : null;

    /// <summary>Keeps what concerns one point, and the sums of the group.</summary>
    private sealed class SlotCollector(string point) : ISlotObserver
    {
        private int consumer = -1;
        private int producer = -1;

        public Dictionary<long, (long Used, long Generated, long Shared, long Allocated, long Credited)> Slots { get; } = [];

        public void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers) => (consumer, producer) = (IndexOf(consumers), IndexOf(producers));

        public void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited) =>
            Slots[slot.StartUnixSeconds] = (Sum(consumption), Sum(generation), Sum(allocated), consumer < 0 ? 0 : allocated[consumer], producer < 0 ? 0 : credited[producer]);

        private static long Sum(ReadOnlySpan<long> values)
        {
            long sum = 0;
            foreach (long value in values) sum += value;
            return sum;
        }

        private int IndexOf(IReadOnlyList<string> ids)
        {
            for (int i = 0; i < ids.Count; i++)
                if (ids[i] == point) return i;
            return -1;
        }
    }
}
