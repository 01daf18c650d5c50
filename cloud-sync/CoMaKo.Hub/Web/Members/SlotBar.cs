using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Web.Members;

/// <summary>One bar of a member's chart: a quarter hour, a day or a month; energy in Wh, absent where it is not known.</summary>
/// <param name="Label">E.g. <c>18:45–19:00</c>.</param>
/// <param name="Address">Page that shows it closer; absent for a quarter hour.</param>
/// <param name="IsMissing">Should have a value and has none.</param>
public sealed record EnergyBar(string Label, string? Address, long? Used, long? Neighbours, long? Generated, long? Shared, bool IsMissing, SlotState State = SlotState.Open)
{
    /// <summary>Used beyond what came from neighbours; absent while that is not known.</summary>
    public long? Grid => Used - Neighbours;

    /// <summary>Generated beyond what neighbours used.</summary>
    public long? Left => Generated - Shared;
}

/// <summary>Puts a day's own curves and what a settlement gave them together, quarter hour by quarter hour.</summary>
internal static class SlotBars
{
    /// <summary>The day's bars in order.</summary>
    /// <param name="shares">What was settled, by point; a slot that is absent is not settled.</param>
    /// <param name="now">Unix seconds.</param>
    public static IReadOnlyList<EnergyBar> Of(Texts.Wording say, int day, IReadOnlyList<OwnCurve> curves, IReadOnlyDictionary<string, SlotShare?[]> shares, long now)
    {
        var slots = MarketDay.Slots(day);
        var bars = new List<EnergyBar>(slots.Count);
        for (int i = 0; i < slots.Count; i++)
        {
            var used = Sum(curves, EnergyDirection.Consumption, shares, i, share => share.Allocated);
            var generated = Sum(curves, EnergyDirection.Generation, shares, i, share => share.Credited);
            bool isOver = slots[i].EndUnixSeconds <= now;
            var state = curves.Where(curve => curve.Row is not null).Select(curve => StateOf((ValueStatus)curve.Row!.Status[i], isOver)).DefaultIfEmpty(SlotState.Open).Min();
            bars.Add(new EnergyBar(say.Slot(slots[i]), null, used.Wh, used.Shared, generated.Wh, generated.Shared, isOver && state == SlotState.Missing, state));
        }

        return bars;
    }

    /// <summary>Absent as soon as one of the points has no value: a part of a sum would look like all of it.</summary>
    private static (long? Wh, long? Shared) Sum(IReadOnlyList<OwnCurve> curves, EnergyDirection direction, IReadOnlyDictionary<string, SlotShare?[]> shares, int slot, Func<SlotShare, long> part)
    {
        long? wh = null, shared = null;
        bool isWhole = true, isSettled = true;
        foreach (var curve in curves.Where(curve => curve.Direction == direction && curve.Row is not null))
        {
            if (curve.Row!.WhOf(slot) is { } value) wh = (wh ?? 0) + value;
            else isWhole = false;
            if (shares.GetValueOrDefault(curve.Point.Name)?[slot] is { } share) shared = (shared ?? 0) + part(share);
            else isSettled = false;
        }

        return (isWhole ? wh : null, isWhole && isSettled && shared <= wh ? shared : null);
    }

    private static SlotState StateOf(ValueStatus status, bool isOver) => status switch
    {
        ValueStatus.Measured or ValueStatus.Corrected => SlotState.Measured,
        ValueStatus.Substituted => SlotState.Substitute,
        ValueStatus.Preliminary => SlotState.Interpolated,
        ValueStatus.Faulty => SlotState.Conflict,
        _ => isOver ? SlotState.Missing : SlotState.Open,
    };
}
