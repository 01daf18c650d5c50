using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Plausibility;

/// <summary>Energy that somebody delivers for a time.</summary>
public readonly record struct DeliveredEnergy(Instant From, Instant To, long Wh);

/// <summary>Rules over what is delivered, before it is stored: P02, P03, P09, P10.</summary>
public static class IntakeRules
{
    /// <summary>P02 and P03: periods that overlap; for a period twice, only if the values differ. Value: seconds of overlap, or the second value in Wh; limit: 0, or the first value.</summary>
    /// <param name="periods">Of one series, in any order.</param>
    public static IEnumerable<PlausibilityFinding> Overlaps(IEnumerable<DeliveredEnergy> periods)
    {
        DeliveredEnergy? before = null;
        foreach (var period in periods.OrderBy(each => each.From).ThenBy(each => each.To))
        {
            if (before is { } last && period.From < last.To)
            {
                var slot = QuarterHour.Containing(period.From);
                bool isSame = period.From == last.From && period.To == last.To;
                if (!isSame) yield return new PlausibilityFinding(PlausibilityRule.Overlap, slot, (decimal)(Instant.Min(period.To, last.To) - period.From).TotalSeconds, 0);
                else if (period.Wh != last.Wh) yield return new PlausibilityFinding(PlausibilityRule.Duplicate, slot, period.Wh, last.Wh);
            }

            if (before is not { } furthest || period.To > furthest.To) before = period;
        }
    }

    /// <summary>P09: a day that came with 96 values although an hour was lost or repeated. Value: 96, limit: how many the day has.</summary>
    /// <param name="count">Values delivered for the whole day.</param>
    public static PlausibilityFinding? ChangeDayCount(LocalDate day, int count)
    {
        var slots = MarketDay.Slots(MarketDay.Number(day));
        return count != 96 || slots.Count == 96 ? null : new PlausibilityFinding(PlausibilityRule.ChangeDayCount, slots[0], count, slots.Count);
    }

    /// <summary>P10: energy of a time that has not passed, or that is later than the document that brings it. Value: seconds too late, limit: 0.</summary>
    /// <param name="now">When it arrived.</param>
    /// <param name="document">When the document was made; absent if there is none.</param>
    public static PlausibilityFinding? Future(DeliveredEnergy delivered, Instant now, Instant? document = null)
    {
        var latest = document is { } made && made < now ? made : now;
        return delivered.To <= latest ? null : new PlausibilityFinding(PlausibilityRule.Future, QuarterHour.Containing(delivered.From), (decimal)(delivered.To - latest).TotalSeconds, 0);
    }
}
