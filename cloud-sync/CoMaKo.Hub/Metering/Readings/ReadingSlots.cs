using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>What is known about the shape of a series: values of gateways, measured values of earlier days, a profile.</summary>
internal sealed record ShapeSource(EnergyDirection Direction, MarketCalendar Calendar, Func<QuarterHour, long?> Gateway, Func<QuarterHour, long?> History, ProfileTable? Profile);

/// <summary>
/// From energies between readings to quarter hours: pure. The sum is the person's, the split is substituted by the first rule that has a shape. A slot that
/// no readings cover as a whole has no value.
/// </summary>
internal static class ReadingSlots
{
    /// <summary>Values of the slots that the periods cover, with the method and the reason of their split.</summary>
    public static SortedDictionary<QuarterHour, (long Wh, SubstituteMethod Method, string Reason)> Of(IReadOnlyList<PeriodEnergy> periods, ShapeSource shape)
    {
        var sums = new SortedDictionary<QuarterHour, (long Wh, SubstituteMethod Method, string Reason)>();
        var covered = new Dictionary<QuarterHour, long>();
        foreach (var period in periods)
        {
            var split = Fill(period, shape);
            var from = QuarterHour.Containing(period.From);
            foreach (var (slot, wh) in ReadingSplit.Split(period, slot => split.Wh[(int)((slot.StartUnixSeconds - from.StartUnixSeconds) / QuarterHour.Seconds)]))
            {
                var before = sums.GetValueOrDefault(slot);
                sums[slot] = before.Method == SubstituteMethod.None ? (wh, split.Method, split.Reason) : (before.Wh + wh, Weaker(before.Method, split.Method), split.Reason);
                covered[slot] = covered.GetValueOrDefault(slot) + (Instant.Min(slot.End, period.To) - Instant.Max(slot.Start, period.From)).ToInt64Nanoseconds();
            }
        }

        const long WholeSlot = QuarterHour.Seconds * 1_000_000_000L;
        foreach (var slot in covered.Where(each => each.Value < WholeSlot).Select(each => each.Key)) sums.Remove(slot);
        return sums;
    }

    private static Substitution Fill(PeriodEnergy period, ShapeSource shape)
    {
        var to = QuarterHour.Containing(period.To);
        return SubstituteRules.Fill(new SubstituteInput(QuarterHour.Containing(period.From), to.Start == period.To ? to : to.Next, shape.Direction, shape.Calendar)
        {
            SumWh = period.Wh,
            ComparisonMeter = shape.Gateway,
            IsComparisonCalibrated = true,
            History = shape.History,
            Profile = shape.Profile,
        });
    }

    /// <summary>Of two periods that meet inside a slot, the split that needs a confirmation decides.</summary>
    private static SubstituteMethod Weaker(SubstituteMethod one, SubstituteMethod other) => Substitution.NeedsConfirmationOf(one) ? one : other;
}
