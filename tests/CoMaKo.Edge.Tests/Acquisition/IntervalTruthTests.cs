using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>What the hub derives against the truth of the simulated building (issue's figure 9). A failing seed replays by itself.</summary>
public sealed class IntervalTruthTests
{
    private const long ThreeHours = 3 * 3_600_000;

    /// <summary>Seeds per case; <c>COMAKO_SEEDS</c> asks for more.</summary>
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("COMAKO_SEEDS") ?? "8", CultureInfo.InvariantCulture);

    private static readonly Mishap[] All = Enum.GetValues<Mishap>();

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string display in Enum.GetNames<Display>())
            {
                foreach (string what in (string[])["nothing", "gaps", "restarts", "swaps", "rollover", "resets", "clock", "glitches", "everything"]) cases.Add(display, what);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Intervals_OfABuildingWithMishaps_AreTheTruth(string display, string what)
    {
        Mishap[] kinds = what switch
        {
            "nothing" => [],
            "gaps" => [Mishap.Gap],
            "restarts" => [Mishap.Restart],
            "swaps" => [Mishap.Swap, Mishap.SwapWhileDown, Mishap.Restart],
            "rollover" => [.. All.Except([Mishap.Swap, Mishap.SwapWhileDown, Mishap.Reset, Mishap.ResetWhileDown])],
            "resets" => [Mishap.Reset, Mishap.ResetWhileDown, Mishap.Restart],
            "clock" => [Mishap.ClockStep, Mishap.RestartWithoutClock],
            "glitches" => [Mishap.Glitch, Mishap.MeterRestart],
            _ => All,
        };
        var reasons = new HashSet<SegmentReason>();
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var scenario = new Scenario(seed, ThreeHours, Enum.Parse<Display>(display), seed % 4 == 0 ? 40m : 1m, what == "rollover", kinds);
            scenario.Run();
            reasons.UnionWith(scenario.Store.Segments.Select(segment => segment.Reason));
            try
            {
                Check(scenario);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                Assert.Fail($"Seed {seed} of {display}, {what}: {failure.Message}");
            }
        }

        Assert.Superset(Reached(what), reasons);
    }

    /// <summary>What a case must have met to say anything.</summary>
    private static HashSet<SegmentReason> Reached(string what) => what switch
    {
        "restarts" or "clock" => [SegmentReason.Commissioned, SegmentReason.Resumed],
        "swaps" => [SegmentReason.MeterSwapped, SegmentReason.Resumed],
        "rollover" => [SegmentReason.RolledOver],
        "resets" => [SegmentReason.Reset, SegmentReason.Resumed],
        "everything" => [SegmentReason.Commissioned, SegmentReason.Resumed, SegmentReason.MeterSwapped, SegmentReason.Reset],
        _ => [SegmentReason.Commissioned],
    };

    private static void Check(Scenario scenario)
    {
        var records = scenario.Store.Records;
        var totals = scenario.Store.Totals.Where(total => total.Quality != Quality.ClockUncertain).ToList();
        var expected = scenario.Account.Expected;
        Assert.All(scenario.Store.Totals.Except(totals), evidence => Assert.Equal(0, evidence.Segment));
        Assert.Equal(expected.Select(total => (total.Register, total.SlotEnd)), totals.Select(total => (total.Register, total.SlotEnd)));
        Assert.Equal(totals.Count, totals.Select(total => (total.Register, total.Segment, total.SlotEnd)).Distinct().Count());

        var derived = HubOracle.Derive(records);
        Assert.All(derived, span => Assert.True(span.WattHours >= 0, $"{span} is negative"));
        CheckSlots(scenario, derived);
        CheckSegments(scenario);
        CheckSums(scenario, derived);
    }

    /// <summary>Each covered slot within one step of the meter and the whole Wh of a total; the straight line over the seconds around a border is allowed for.</summary>
    private static void CheckSlots(Scenario scenario, IReadOnlyList<DerivedSpan> derived)
    {
        var truth = scenario.Account.Expected.ToLookup(total => (total.Register, total.SlotEnd));
        foreach (var span in derived.Where(span => span.IsSlot))
        {
            // A border can have several totals only after a step of the clock: one of them is meant.
            bool near = truth[(span.Register, span.From!.Value)].Any(from => truth[(span.Register, span.To!.Value)].Any(to =>
                Math.Abs(span.WattHours - (scenario.Load.Energy(to.AtMs) - scenario.Load.Energy(from.AtMs))) <= Math.Max(from.Step, to.Step) + 1 + from.Deviation + to.Deviation));
            Assert.True(near, $"{span} is not the truth");
        }
    }

    /// <summary>Segments open and close with what the register showed at that moment: nothing is lost or doubled at their ends beyond the floored Wh.</summary>
    private static void CheckSegments(Scenario scenario)
    {
        var shown = scenario.Account.Samples.ToLookup(sample => sample.Wall, sample => decimal.ToInt64(decimal.Floor(sample.Shown)));
        long lastSegment = 0;
        foreach (var segment in scenario.Store.Segments)
        {
            long lower = scenario.Store.Totals.Where(total => total.Register == segment.Register && total.Segment == segment.Segment).Select(total => total.Total.WattHours)
                .Append(scenario.Store.Segments.First(begin => begin.Segment == segment.Segment).Total.WattHours).Max();
            if (!segment.IsEnd)
            {
                Assert.True(segment.Segment > lastSegment, "A segment's identity must be greater than all earlier ones.");
                lastSegment = segment.Segment;
                if (segment.Reason is SegmentReason.Commissioned or SegmentReason.MeterSwapped or SegmentReason.Reset) Assert.Contains(segment.Total.WattHours, shown[segment.At]);
                if (segment.Reason == SegmentReason.RolledOver) Assert.Equal(0, segment.Total.WattHours);
            }
            else if (segment.Reason == SegmentReason.RolledOver)
            {
                Assert.Equal(decimal.ToInt64(scenario.Capacity), segment.Total.WattHours);
            }
            else if (segment.Reason is SegmentReason.MeterSwapped or SegmentReason.Reset && shown.Contains(segment.At))
            {
                Assert.Contains(segment.Total.WattHours, shown[segment.At].Select(value => Math.Max(value, lower)));
            }
        }
    }

    /// <summary>From the opening of a meter to its last record, over restarts, rollovers and clock changes, the derived energy is what the load used.</summary>
    private static void CheckSums(Scenario scenario, IReadOnlyList<DerivedSpan> derived)
    {
        var samples = scenario.Account.Samples.ToLookup(sample => sample.Wall);
        var borders = scenario.Account.Expected.ToLookup(total => (total.Register, total.SlotEnd));
        foreach (var register in scenario.Store.Segments.GroupBy(segment => segment.Register))
        {
            if (register.Any(segment => segment.Reason == SegmentReason.Reset)) continue; // energy around a reset is checked by its segments
            var last = scenario.Store.Totals.LastOrDefault(total => total.Register == register.Key && total.Segment != 0);
            var end = register.LastOrDefault(segment => segment.IsEnd && segment.Reason == SegmentReason.MeterSwapped);
            if (last is null || end is not null) continue;
            decimal sum = derived.Where(span => span.Register == register.Key).Sum(span => span.WattHours);
            var opening = samples[register.First().At].First(sample => RegisterId.Of(sample.Meter.ServerId, ObisCode.ActiveEnergyImport) == register.Key);
            bool near = borders[(register.Key, last.SlotEnd)].Any(border =>
                Math.Abs(sum - (scenario.Load.Energy(border.AtMs) - scenario.Load.Energy(opening.AtMs))) <= border.Step + 2 + border.Deviation);
            Assert.True(near, $"{register.Key} sums to {sum} Wh, which is not the truth");
        }
    }
}
