using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Quarter hours as the buffer holds them.</summary>
public interface IIntervalSource
{
    /// <summary>Every register that has a total in the slots, or had one before, with the slots in the order asked for.</summary>
    /// <param name="slots">Consecutive, at most 100 (a local day has 92, 96 or 100).</param>
    ValueTask<IReadOnlyList<RegisterDay>> ReadAsync(IReadOnlyList<QuarterHour> slots, CancellationToken cancellationToken);
}

/// <summary>One register over a day.</summary>
/// <param name="Device">The device it was last read from; absent if that one is no longer configured.</param>
/// <param name="Since">When the store first knew the register; earlier slots are not missing.</param>
/// <param name="Slots">Only slots that have a total at their end; others are missing, not zero.</param>
public sealed record RegisterDay(RegisterId Register, ObisCode Obis, SettlementRole Role, DeviceId? Device, Instant Since, IReadOnlyList<SlotTotal> Slots);

/// <summary>The total at a slot's end and the energy in the slot.</summary>
/// <param name="Total">Register total at the end of the slot.</param>
/// <param name="Energy">Difference to the total at its start, if both stand in one segment; otherwise absent.</param>
/// <param name="Sequence">Record that carries the total.</param>
public readonly record struct SlotTotal(QuarterHour Slot, Energy Total, Energy? Energy, Quality Quality, long Segment, long Sequence);
