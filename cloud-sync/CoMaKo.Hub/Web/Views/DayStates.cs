using CoMaKo.Hub.Metering;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Web.Views;

/// <summary>The state of each slot of a Berlin day, over one or several registers.</summary>
/// <param name="States">One per slot of the whole day.</param>
/// <param name="Present">Slots with values of all registers.</param>
/// <param name="Expected">Slots that should have values by now.</param>
public sealed record DayStates(int Day, IReadOnlyList<SlotState> States, int Present, int Expected)
{
    /// <summary>Share of values that are there, in percent; absent if none is expected yet.</summary>
    public decimal? Percent => Expected == 0 ? null : Math.Floor(1000m * Present / Expected) / 10;

    /// <param name="curves">The registers' curves of the day up to now.</param>
    /// <param name="isWaiting">The gateway holds records that the hub does not have yet.</param>
    public static DayStates Of(int day, IReadOnlyList<(RegisterInfo Register, IReadOnlyList<EffectiveSlot> Slots)> curves, bool isWaiting)
    {
        var states = new SlotState[MarketDay.Slots(day).Count];
        Array.Fill(states, SlotState.Open);
        foreach (var (register, slots) in curves)
            for (int i = 0; i < slots.Count; i++)
                if (Of(register, slots[i], isWaiting) is var state && state < states[i]) states[i] = state;
        int expected = states.Count(state => state is not (SlotState.Open or SlotState.Waiting));
        return new DayStates(day, states, states.Count(state => state is SlotState.Measured or SlotState.Interpolated), expected);
    }

    private static SlotState Of(RegisterInfo register, EffectiveSlot slot, bool isWaiting)
    {
        long end = slot.Curve.Slot.EndUnixSeconds;
        return slot.Curve switch
        {
            { Wh: not null } when slot.Source == CurveSource.Substitute => SlotState.Substitute,
            { Wh: not null, Quality: SlotQuality.Measured } => SlotState.Measured,
            { Wh: not null } => SlotState.Interpolated,
            { Quality: SlotQuality.Conflict or SlotQuality.Fault } => SlotState.Conflict,
            _ when register.FirstSlotEnd is not { } first || end <= first => SlotState.Open,
            _ when isWaiting && end > register.LastSlotEnd => SlotState.Waiting,
            _ => SlotState.Missing,
        };
    }
}
