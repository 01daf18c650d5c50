using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>Settlements that another program computed, in another language and with nothing shared: change days, missing slots, a meter swap, keys, prices and members that change inside a month, corrections.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("worked-example")]
    [InlineData("change-day-100")]
    [InlineData("change-day-92")]
    [InlineData("missing-slots")]
    [InlineData("meter-swap")]
    [InlineData("key-change")]
    [InlineData("corrections")]
    public void Settlement_EqualsTheIndependentOne(string name)
    {
        var golden = GoldenCase.Read(name);
        var expected = golden.Root.GetProperty("expected");

        var result = golden.Settle();

        Assert.Equal(Texts(expected.GetProperty("lines")), result.Lines.Select(GoldenCase.Text));
        Assert.Equal(Texts(expected.GetProperty("open_slots")), result.OpenSlots.Select(GoldenCase.Text));
        Assert.Equal(expected.GetProperty("expected_slots").GetInt32(), result.ExpectedSlots);
        Assert.Equal(expected.GetProperty("settled_slots").GetInt32(), result.SettledSlots);
        CheckDays(expected.GetProperty("days"), result);
    }

    [Fact]
    public void Deltas_EqualTheIndependentOnes()
    {
        var golden = GoldenCase.Read("corrections");
        var published = golden.Settle().Lines.ToList();
        var deltas = golden.Root.GetProperty("deltas");
        int step = 0;
        foreach (var changes in golden.Root.GetProperty("steps").EnumerateArray())
        {
            foreach (var change in changes.EnumerateArray()) golden.Change(change);
            var delta = DeltaRun.Of(golden.Settle().Lines, published);
            published.AddRange(delta);
            Assert.Equal(Texts(deltas[step++]), delta.Select(GoldenCase.Text));
        }
    }

    /// <summary>The curve that a swapped meter, a restart and an outage leave is the truth from which the readings were made.</summary>
    [Fact]
    public void Curve_AcrossAMeterSwap_IsTheTruth()
    {
        var golden = GoldenCase.Read("meter-swap");
        var (segments, totals) = GoldenCase.Register(golden.Root.GetProperty("register"));
        var gap = golden.Root.GetProperty("register").GetProperty("gap");
        for (var day = golden.From; day < golden.To; day = day.PlusDays(1))
        {
            var slots = MarketDay.Slots(MarketDay.Number(day));
            var curve = CurveDerivation.Derive(segments, totals, slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);

            var (wh, status) = golden.Series[("M1", EnergyDirection.Consumption, day)];
            Assert.Equal(wh.Select((value, i) => status[i] == ValueStatus.Measured ? (int?)value : null), curve.Slots.Select(slot => slot.Wh));
            if (day == golden.From) Assert.Empty(curve.Gaps);
            else Assert.Equal([new CurveGap(gap.GetProperty("from").GetInt64(), gap.GetProperty("to").GetInt64(), gap.GetProperty("wh").GetInt64(), SlotQuality.Missing)], curve.Gaps);
        }
    }

    /// <summary>A new meter is another register: both share the slot of the swap, and neither is missing where the other counts.</summary>
    [Fact]
    public void Curve_OfAPointWithTwoMeters_IsTheTruth()
    {
        var golden = GoldenCase.Read("meter-swap");
        var registers = golden.Root.GetProperty("registers").EnumerateArray().Select(GoldenCase.Register).ToList();
        for (var day = golden.From; day < golden.To; day = day.PlusDays(1))
        {
            var slots = MarketDay.Slots(MarketDay.Number(day));
            long from = slots[0].StartUnixSeconds, to = slots[^1].EndUnixSeconds;
            var curve = PointCurve.Combine([.. registers.Select(each => RegisterPart.Of(CurveDerivation.Derive(each.Segments, each.Totals, from, to), 1, each.Segments))]);

            Assert.Equal(golden.Series[("M2", EnergyDirection.Consumption, day)].Wh, curve.Slots.Select(slot => (long)slot.Wh!));
            Assert.Empty(curve.Gaps);
        }
    }

    [RequiresFact(Peer.Python)]
    public void Files_AreThoseOfTheScript()
    {
        string folder = Directory.CreateTempSubdirectory("golden").FullName;
        try
        {
            using var python = Process.Start(new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.Settlement.Tests", "peers", "settle.py"), folder]))!;
            Assert.True(python.WaitForExit(60_000), "The script did not finish.");
            Assert.Equal(0, python.ExitCode);
            string[] names = [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
            Assert.Equal(names, Directory.EnumerateFiles(GoldenCase.Folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
            foreach (string name in names) Assert.Equal(File.ReadAllText(Path.Combine(GoldenCase.Folder, name)), File.ReadAllText(Path.Combine(folder, name)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void CheckDays(JsonElement expected, SettlementResult result)
    {
        Assert.Equal(expected.EnumerateObject().Select(point => point.Name), result.Points.Select(point => point.Point));
        foreach (var point in result.Points)
        {
            var days = expected.GetProperty(point.Point);
            for (int i = 0; i < point.Days.Length; i++)
            {
                var (used, generated, allocated, credited, grid, surplus) = point.Days.Span[i];
                string text = days.TryGetProperty($"{result.From.PlusDays(i):uuuu-MM-dd}", out var figures) ? figures.ToString() : "[0,0,0,0,0,0]";
                Assert.Equal(text, FormattableString.Invariant($"[{used},{generated},{allocated},{credited},{grid},{surplus}]"));
            }
        }
    }

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(each => each.GetRawText());
}
