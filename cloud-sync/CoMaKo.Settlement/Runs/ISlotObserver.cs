using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Runs;

/// <summary>Sees each settled slot, for traces, charts and tests. Spans are valid during the call only.</summary>
public interface ISlotObserver
{
    /// <summary>Before the slots of a day: who takes part, in the order of the values that follow.</summary>
    void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers);

    /// <summary>One settled slot; all values in Wh.</summary>
    void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited);
}
