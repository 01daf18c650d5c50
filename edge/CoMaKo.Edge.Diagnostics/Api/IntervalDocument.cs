using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Quantities;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>Answer of <c>GET /api/intervals</c>: the quarter hours of one local day.</summary>
/// <param name="Slots">92, 96 or 100.</param>
internal sealed record IntervalDocument(string Day, string TimeZone, int Slots, IReadOnlyList<RegisterDocument> Registers)
{
    public static IntervalDocument Of(DayView day, DateTimeZone zone, SyncStatus sync) => new(
        LocalDatePattern.Iso.Format(day.Day), zone.Id, day.Slots.Count, day.Registers.Select(register => RegisterDocument.Of(register, sync.AcknowledgedSequence)).ToList());
}

/// <summary>One register; slots without a total are left out.</summary>
internal sealed record RegisterDocument(string Register, string Obis, SettlementRole Role, string? Device, Instant Since, IReadOnlyList<SlotDocument> Slots)
{
    public static RegisterDocument Of(RegisterDay register, long acknowledged) => new(
        register.Register.Value, register.Obis.ToString(), register.Role, register.Device?.Value, register.Since,
        register.Slots.Select(slot => new SlotDocument(
            slot.Slot.Start, slot.Slot.End, slot.Energy?.WattHours, slot.Total.WattHours, slot.Quality, slot.Segment, slot.Sequence, slot.Sequence <= acknowledged)).ToList());
}

/// <param name="EnergyWh">Energy in the slot; absent where a segment begins in it.</param>
/// <param name="TotalWh">Register total at its end.</param>
internal sealed record SlotDocument(Instant Start, Instant End, long? EnergyWh, long TotalWh, Quality Quality, long Segment, long Sequence, bool Acknowledged);
