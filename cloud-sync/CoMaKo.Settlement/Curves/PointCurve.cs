using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Curves;

/// <summary>A metering point's curve from the curves of its registers (<c>met_assignment</c>).</summary>
public static class PointCurve
{
    /// <summary>Adds and subtracts register curves slot by slot. A slot has a value if every register has one, and a fault if the sum is below zero.</summary>
    /// <param name="registers">Curves over the same slots, each with its factor (+1, −1).</param>
    /// <exception cref="ArgumentException">No register, or curves over different slots.</exception>
    public static LoadCurve Combine(IReadOnlyList<(LoadCurve Curve, int Factor)> registers)
    {
        ArgumentNullException.ThrowIfNull(registers);
        if (registers.Count == 0) throw new ArgumentException("A point needs a register.", nameof(registers));
        if (registers is [(var only, 1)]) return only;
        int count = registers[0].Curve.Slots.Count;
        if (registers.Any(each => each.Curve.Slots.Count != count || (count > 0 && each.Curve.Slots[0].Slot != registers[0].Curve.Slots[0].Slot)))
            throw new ArgumentException("The curves cover different slots.", nameof(registers));
        var slots = new CurveSlot[count];
        for (int i = 0; i < count; i++) slots[i] = Slot(registers, i);
        return new LoadCurve(slots, Gaps(registers, slots));
    }

    private static CurveSlot Slot(IReadOnlyList<(LoadCurve Curve, int Factor)> registers, int index)
    {
        long sum = 0;
        var worst = SlotQuality.Measured;
        bool isWhole = true;
        foreach (var (curve, factor) in registers)
        {
            var slot = curve.Slots[index];
            if (slot.Wh is { } wh) sum += factor * (long)wh;
            else isWhole = false;
            worst = Worse(worst, slot.Quality);
        }

        var time = registers[0].Curve.Slots[index].Slot;
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
    private static List<CurveGap> Gaps(IReadOnlyList<(LoadCurve Curve, int Factor)> registers, CurveSlot[] slots)
    {
        var gaps = new List<CurveGap>();
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i].Wh is not null) continue;
            int last = i;
            while (last + 1 < slots.Length && slots[last + 1].Wh is null && slots[last + 1].Quality == slots[i].Quality) last++;
            long from = slots[i].Slot.StartUnixSeconds, to = slots[last].Slot.EndUnixSeconds;
            long? sum = 0;
            foreach (var (curve, factor) in registers) sum += factor * EnergyOf(curve, i, last, from, to);
            gaps.Add(new CurveGap(from, to, sum >= 0 ? sum : null, slots[i].Quality));
            i = last;
        }

        return gaps;
    }

    private static long? EnergyOf(LoadCurve curve, int first, int last, long from, long to)
    {
        long sum = 0;
        for (int i = first; i <= last; i++) sum += curve.Slots[i].Wh ?? 0;
        long covered = 0;
        foreach (var gap in curve.Gaps.Where(gap => gap.To > from && gap.From < to))
        {
            if (gap.From < from || gap.To > to || gap.Wh is not { } wh) return null;
            sum += wh;
            covered += (gap.To - gap.From) / QuarterHour.Seconds;
        }

        int present = 0;
        for (int i = first; i <= last; i++) present += curve.Slots[i].Wh is null ? 0 : 1;
        return present + covered == last - first + 1 ? sum : null;
    }
}
