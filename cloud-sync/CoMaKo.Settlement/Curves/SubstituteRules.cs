using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>
/// Substitute values (domain reference §4): the first rule that can fill the whole gap does. A second meter comes first, since it measured; then
/// interpolation over at most three slots, a comparison day (consumption), profile, sister plant or model, an even split, zero. A known sum is kept to
/// the Wh by largest remainder in time order.
/// </summary>
public static class SubstituteRules
{
    private const int LongestInterpolation = 3;
    private const int OldestComparisonDays = 28;

    /// <summary>Fills a gap.</summary>
    /// <exception cref="ArgumentException">The gap is empty.</exception>
    public static Substitution Fill(SubstituteInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.To <= input.From) throw new ArgumentException("A gap has at least one slot.", nameof(input));
        var slots = SlotsOf(input);
        return ComparisonMeter(input, slots) ?? Interpolation(input, slots)
            ?? (input.Direction == EnergyDirection.Consumption ? ComparisonDays(input, slots) ?? Profile(input, slots) : Sister(input, slots) ?? Model(input, slots))
            ?? (input.SumWh is { } sum
                ? new Substitution(LargestRemainder.Distribute(sum, [.. slots.Select(_ => 1L)]), SubstituteMethod.RegisterSum, true, "No shape is known: the register's sum is split evenly.", null)
                : new Substitution(new long[slots.Length], SubstituteMethod.Zero, false, "Nothing is known: zero.", null));
    }

    private static QuarterHour[] SlotsOf(SubstituteInput input)
    {
        var slots = new QuarterHour[(input.To.StartUnixSeconds - input.From.StartUnixSeconds) / QuarterHour.Seconds];
        for (int i = 0; i < slots.Length; i++) slots[i] = QuarterHour.StartingAt(input.From.StartUnixSeconds + (long)i * QuarterHour.Seconds);
        return slots;
    }

    private static Substitution? ComparisonMeter(SubstituteInput input, QuarterHour[] slots) => input.ComparisonMeter is { } meter && Values(slots, meter) is { } values
        ? Shaped(input, values, SubstituteMethod.ComparisonMeter, input.IsComparisonCalibrated ? "Values of a calibrated second meter." : "Values of a second meter that is not calibrated.", input.IsComparisonCalibrated ? "Z88" : "Z89")
        : null;

    private static Substitution? Interpolation(SubstituteInput input, QuarterHour[] slots)
    {
        if (slots.Length > LongestInterpolation || input is not { Before: { } before, After: { } after }) return null;
        int steps = slots.Length + 1;
        var rounding = new CarriedRounding(steps);
        long[] values = new long[slots.Length];
        for (int i = 0; i < values.Length; i++) values[i] = rounding.Next((Int128)before * steps + (Int128)(after - before) * (i + 1));
        long[] weights = [.. Enumerable.Range(1, slots.Length).Select(i => before * steps + (after - before) * i)];
        return Shaped(input, values, SubstituteMethod.Interpolation, FormattableString.Invariant($"Straight line from {before} Wh before to {after} Wh after."), "Z92", weights);
    }

    private static Substitution? ComparisonDays(SubstituteInput input, QuarterHour[] slots)
    {
        if (input.History is not { } history) return null;
        long[] values = new long[slots.Length];
        var used = new List<string>();
        for (int i = 0; i < slots.Length;)
        {
            var day = slots[i].Start.InZone(MarketDay.Zone).Date;
            int end = i;
            while (end < slots.Length && slots[end].Start.InZone(MarketDay.Zone).Date == day) end++;
            if (ComparisonDay(day, slots.AsSpan(i, end - i), values.AsSpan(i, end - i), input.Calendar, history) is not { } source) return null;
            used.Add($"{source:uuuu-MM-dd} for {day:uuuu-MM-dd}");
            i = end;
        }

        return Shaped(input, values, SubstituteMethod.ComparisonDay, $"Same wall time of {string.Join(", ", used)}.", "ZJ2");
    }

    /// <summary>One week before if that day is complete and of the same type, else the latest such day within four weeks.</summary>
    private static LocalDate? ComparisonDay(LocalDate day, ReadOnlySpan<QuarterHour> slots, Span<long> values, MarketCalendar calendar, Func<QuarterHour, long?> history)
    {
        foreach (int back in Enumerable.Range(1, OldestComparisonDays).Prepend(7))
        {
            var source = day.PlusDays(-back);
            if (calendar.TypeOf(source) != calendar.TypeOf(day)) continue;
            var byTime = new Dictionary<LocalTime, long>();
            bool isComplete = true;
            foreach (var slot in MarketDay.Slots(MarketDay.Number(source)))
            {
                if (history(slot) is { } wh) byTime.TryAdd(slot.Start.InZone(MarketDay.Zone).TimeOfDay, wh); // of a repeated hour the first
                else isComplete = false;
            }

            if (isComplete && Matched(slots, values, byTime)) return source;
        }

        return null;
    }

    private static bool Matched(ReadOnlySpan<QuarterHour> slots, Span<long> values, Dictionary<LocalTime, long> byTime)
    {
        for (int i = 0; i < slots.Length; i++)
            if (!byTime.TryGetValue(slots[i].Start.InZone(MarketDay.Zone).TimeOfDay, out values[i])) return false; // an hour that the source's change day lacks
        return true;
    }

    private static Substitution? Profile(SubstituteInput input, QuarterHour[] slots)
    {
        if (input.Profile is not { } profile || (input.SumWh is null && input.AnnualWh is null)) return null;
        long[] weights = [.. slots.Select(slot => profile.Weight(slot, input.Calendar))];
        long[] values = new long[slots.Length];
        CarriedRounding? rounding = null;
        int year = 0;
        for (int i = 0; input.AnnualWh is { } annual && i < slots.Length; i++)
        {
            int now = slots[i].Start.InZone(MarketDay.Zone).Year;
            if (now != year) (year, rounding) = (now, new CarriedRounding(profile.YearSum(now, input.Calendar)));
            values[i] = rounding!.Next((Int128)annual * weights[i]);
        }

        return Shaped(input, values, SubstituteMethod.Profile, input.AnnualWh is { } wh ? FormattableString.Invariant($"Profile {profile.Name} at {wh} Wh a year.") : $"Profile {profile.Name}.", "ZJ2", weights);
    }

    private static Substitution? Sister(SubstituteInput input, QuarterHour[] slots)
    {
        if (input.SisterPlant is not { PeakWatts: > 0 } sister || input.OwnPeakWatts <= 0 || Values(slots, sister.Values) is not { } theirs) return null;
        var rounding = new CarriedRounding(sister.PeakWatts);
        long[] values = [.. theirs.Select(wh => rounding.Next((Int128)wh * input.OwnPeakWatts))];
        return Shaped(input, values, SubstituteMethod.Profile, FormattableString.Invariant($"Sister plant, {input.OwnPeakWatts} W to {sister.PeakWatts} W."), "ZJ2", theirs);
    }

    private static Substitution? Model(SubstituteInput input, QuarterHour[] slots) =>
        input.WeatherModel is { } model && Values(slots, model) is { } values ? Shaped(input, values, SubstituteMethod.Profile, "Weather model.", "ZJ2") : null;

    private static long[]? Values(QuarterHour[] slots, Func<QuarterHour, long?> source)
    {
        long[] values = new long[slots.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (source(slots[i]) is not { } wh) return null;
            values[i] = wh;
        }

        return values;
    }

    /// <summary>The values, or with a known sum their shape; nothing if the shape is flat zero and the sum is not.</summary>
    private static Substitution? Shaped(SubstituteInput input, long[] values, SubstituteMethod method, string reason, string code, long[]? weights = null)
    {
        if (input.SumWh is not { } sum) return new Substitution(values, method, false, reason, code);
        weights ??= values;
        if (sum > 0 && Array.TrueForAll(weights, weight => weight == 0)) return null;
        return new Substitution(LargestRemainder.Distribute(sum, weights), method, true, FormattableString.Invariant($"{reason} Scaled to the register's {sum} Wh."), code);
    }
}
