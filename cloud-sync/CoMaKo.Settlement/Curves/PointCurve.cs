using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Curves;

/// <summary>A register's part in a point.</summary>
/// <param name="Factor">+1 or −1.</param>
/// <param name="LivesFrom">Begin of the slot in which the register began, Unix seconds; absent if it was there before.</param>
/// <param name="LivesTo">End of the slot in which it ended; absent while it goes on.</param>
public sealed record RegisterPart(LoadCurve Curve, int Factor = 1, long? LivesFrom = null, long? LivesTo = null)
{
    /// <summary>The part of a register whose life is known from its segments, ordered by identity.</summary>
    public static RegisterPart Of(LoadCurve curve, int factor, IReadOnlyList<CurveSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        if (segments.Count == 0) return new RegisterPart(curve, factor);
        long? from = segments[0].OpenReason is SegmentReason.Commissioned or SegmentReason.MeterSwapped ? Floor(segments[0].OpenedUs) : null;
        long? to = segments[^1].ClosedUs is { } closed && segments[^1].ClosingWh is not null ? Floor(closed + SlotUs - 1) : null;
        return new RegisterPart(curve, factor, from, to);

        static long Floor(long us) => us / SlotUs * QuarterHour.Seconds;
    }

    private const long SlotUs = QuarterHour.Seconds * 1_000_000L;

    /// <summary>Outside its life a register has nothing to add, which is not the same as a missing value.</summary>
    internal bool Lives(QuarterHour slot) => !(slot.StartUnixSeconds < LivesFrom) && !(slot.EndUnixSeconds > LivesTo);
}

/// <summary>A metering point's curve from the curves of its registers (<c>met_assignment</c>).</summary>
public static class PointCurve
{
    /// <summary>
    /// Adds and subtracts register curves slot by slot. A slot has a value if every register that lives in it has one; no register, or a sum below
    /// zero, is no value. In the slot of a meter swap the old and the new register share exactly.
    /// </summary>
    /// <exception cref="ArgumentException">No register, or curves over different slots.</exception>
    public static LoadCurve Combine(IReadOnlyList<RegisterPart> registers)
    {
        ArgumentNullException.ThrowIfNull(registers);
        if (registers.Count == 0) throw new ArgumentException("A point needs a register.", nameof(registers));
        if (registers is [{ Factor: 1, Curve: var only }]) return only;
        int count = registers[0].Curve.Slots.Count;
        if (registers.Any(each => each.Curve.Slots.Count != count || (count > 0 && each.Curve.Slots[0].Slot != registers[0].Curve.Slots[0].Slot)))
            throw new ArgumentException("The curves cover different slots.", nameof(registers));
        var slots = new CurveSlot[count];
        for (int i = 0; i < count; i++) slots[i] = Slot(registers, i);
        return new LoadCurve(slots, Gaps(registers, slots));
    }

    private static CurveSlot Slot(IReadOnlyList<RegisterPart> registers, int index)
    {
        long sum = 0;
        var worst = SlotQuality.Measured;
        bool isWhole = true, isMeasured = false;
        var time = registers[0].Curve.Slots[index].Slot;
        foreach (var register in registers)
        {
            if (!register.Lives(time)) continue;
            var slot = register.Curve.Slots[index];
            isMeasured = true;
            if (slot.Wh is { } wh) sum += register.Factor * (long)wh;
            else isWhole = false;
            worst = Worse(worst, slot.Quality);
        }

        if (!isMeasured) return new CurveSlot(time, null, SlotQuality.Missing);
        if (!isWhole) return new CurveSlot(time, null, worst);
        return sum is >= 0 and <= int.MaxValue ? new CurveSlot(time, (int)sum, worst) : new CurveSlot(time, null, SlotQuality.Fault);
    }

    /// <summary>Missing is worse than any value, a fault worse than missing, a conflict the worst: it is the operator's to decide.</summary>
    private static SlotQuality Worse(SlotQuality one, SlotQuality other)
    {
        return Rank(one) >= Rank(other) ? one : other;

        static int Rank(SlotQuality quality) => quality switch { SlotQuality.Missing => 100, SlotQuality.Fault => 101, SlotQuality.Conflict => 102, _ => (int)quality };
    }

    /// <summary>Runs of slots without value; a run's sum is known if every register knows its energy over exactly that run.</summary>
    private static List<CurveGap> Gaps(IReadOnlyList<RegisterPart> registers, CurveSlot[] slots)
    {
        var gaps = new List<CurveGap>();
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i].Wh is not null) continue;
            int last = i;
            while (last + 1 < slots.Length && slots[last + 1].Wh is null && slots[last + 1].Quality == slots[i].Quality) last++;
            long from = slots[i].Slot.StartUnixSeconds, to = slots[last].Slot.EndUnixSeconds;
            long? sum = 0;
            foreach (var register in registers) sum += register.Factor * EnergyOf(register, i, last, from, to);
            bool isMeasured = Array.TrueForAll(slots[i..(last + 1)], slot => registers.Any(register => register.Lives(slot.Slot)));
            gaps.Add(new CurveGap(from, to, isMeasured && sum >= 0 ? sum : null, slots[i].Quality));
            i = last;
        }

        return gaps;
    }

    private static long? EnergyOf(RegisterPart register, int first, int last, long from, long to)
    {
        long sum = 0;
        int known = 0;
        for (int i = first; i <= last; i++)
        {
            var slot = register.Curve.Slots[i];
            if (slot.Wh is null && register.Lives(slot.Slot)) continue;
            sum += slot.Wh ?? 0;
            known++;
        }

        foreach (var gap in register.Curve.Gaps.Where(gap => gap.To > from && gap.From < to && register.Lives(QuarterHour.StartingAt(gap.From))))
        {
            if (gap.From < from || gap.To > to || gap.Wh is not { } wh) return null;
            sum += wh;
            known += (int)((gap.To - gap.From) / QuarterHour.Seconds);
        }

        return known == last - first + 1 ? sum : null;
    }
}
