using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A settlement with everything that a run stores of it.</summary>
/// <param name="Result">Its lines are all lines: shared energy, fees, surplus, deviation, tax.</param>
/// <param name="InputHash">Over settlement, balancing and taxes.</param>
/// <param name="Inputs">By series and day.</param>
/// <param name="Basis">The terms that it was made from.</param>
/// <param name="Price">Internal price in 1/10 000 ct per kWh; absent if none or several hold.</param>
/// <param name="Balancing">Absent if no forecast was stored.</param>
/// <param name="Slots">The group as a whole, slot by slot.</param>
internal sealed record SettledPeriod(SettlementResult Result, string InputHash, string ResultHash, IReadOnlyList<InputRange> Inputs, RunBasis Basis, long? Price, Balancing.BalancingFigures? Balancing, GroupSlots Slots)
{
    /// <summary>What each quarter hour brought whom; absent if nobody collected it.</summary>
    public SlotShares? Shares { get; init; }
}
