using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Control;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Geometry of the plan's chart.</summary>
public sealed class PlanChartTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Theory]
    [InlineData("M0 10h20v-5h10", 10.0, 10.0, 15.0)]
    [InlineData("M0 10h10M20 10h10", 10.0, null, 10.0)]
    [InlineData("", null, null)]
    public void Steps_MergeEqualValues_AndLeaveGaps(string path, params double?[] values) => Assert.Equal(path, new Lane(0, 20, 0, 20).Steps(values));

    /// <summary>Whatever is written short must lead to the same points.</summary>
    [Fact]
    public void Paths_HoweverShort_VisitEveryPoint()
    {
        var random = new Random(7);
        var lane = new Lane(0, 84, -5, 5);
        for (int round = 0; round < 500; round++)
        {
            double?[] values = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(5) == 0 ? (double?)null : Math.Round(random.NextDouble() * 12 - 6, random.Next(3)))];
            var line = Walk(lane.Line(values, 5));
            var steps = Walk(lane.Steps(values));
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] is not { } value) continue;
                double y = lane.Y(value);
                Assert.True(IsOn(line, i * 10 + 5, y) || (values.ElementAtOrDefault(i - 1) is null && values.ElementAtOrDefault(i + 1) is null), $"point {i} of round {round}");
                Assert.True(IsOn(steps, i * 10 + 5, y), $"step {i} of round {round}");
            }

            (double, double)?[] bounds = [.. values.Select(value => value is { } v ? ((double, double)?)(v, Math.Min(5, v + 1)) : null)];
            var band = Walk(lane.Band(bounds));
            for (int i = 0; i < bounds.Length; i++)
                if (bounds[i] is { } b) Assert.True(IsOn(band, i * 10 + 5, lane.Y(b.Item1)) && IsOn(band, i * 10 + 5, lane.Y(b.Item2)), $"band {i} of round {round}");
        }
    }

    [Theory]
    [InlineData(2026, 6, 5, "00 06 12 18 Sat 06 12")]
    [InlineData(2026, 3, 29, "00 06 12 18 Mon 06 12")]
    [InlineData(2026, 10, 25, "00 06 12 18 Mon 06")]
    public void Ticks_StandAtTheBuildingsHours_AlsoOnChangeDays(int year, int month, int day, string expected)
    {
        var date = new LocalDate(year, month, day);
        var chart = Chart(date, 144, _ => null);
        var ticks = chart.Ticks(new Wording("en", Berlin)).ToList();
        Assert.Equal(expected, string.Join(' ', ticks.Select(tick => tick.Text)));
        var midnight = Berlin.AtStartOfDay(date.PlusDays(1)).ToInstant();
        Assert.Equal(chart.Percent((midnight - chart.At(0).Start).TotalMinutes / 15), ticks.Single(tick => tick.IsDay).X);
    }

    [Fact]
    public void Gaps_AreSlotsThatAreOverAndUnmeasured()
    {
        var chart = Chart(new LocalDate(2026, 6, 5), 96, i => i is < 40 and not (10 or 11 or 20) ? new MeasuredSlot(Power.Zero, null, null, null, null) : null, nowSlot: 40);
        Assert.Equal([(chart.Percent(10), chart.Percent(2)), (chart.Percent(20), chart.Percent(1))], chart.Gaps);
    }

    [Fact]
    public void Plan_AboveZeroIsGivesBelowIsTakes()
    {
        var chart = Chart(new LocalDate(2026, 6, 5), 96, _ => null, plan: i => i == 0 ? ControlScenes.Range(-2000, 3000) : i == 1 ? ControlScenes.Range(0, 0) : null);
        Assert.Equal(Walk("M0 17h10v25h-10z"), Walk(chart.Gives)); // 3 of ±5 kW in 84 px, to half a pixel
        Assert.Equal(Walk("M0 42h10v17h-10z"), Walk(chart.Takes));
        Assert.Equal((-5, 5), (chart.Battery.Low, chart.Battery.High));
    }

    [Theory]
    [InlineData(0.3, 1)]
    [InlineData(5, 5)]
    [InlineData(5.1, 8)]
    [InlineData(9999, 1024)]
    public void Scale_StaysFromDayToDay(double value, double scale) => Assert.Equal(scale, PlanChart.Nice(value));

    private static PlanChart Chart(LocalDate day, int slots, Func<int, MeasuredSlot?> measured, int nowSlot = 0, Func<int, PowerRange?>? plan = null)
    {
        var from = QuarterHour.Containing(Berlin.AtStartOfDay(day).ToInstant());
        var band = new Band(Power.Zero, Power.Zero, Power.Zero);
        var battery = new BatteryRow(new DeviceId("b"), ControlScenes.Range(-5000, 5000), null, null, ControlScenes.Range(-5000, 5000), null, null, null, null, []);
        var state = new ControlState(from.Start, ControlMode.Planned, from.Start, null, null, [battery], [], [], null);
        return new PlanChart(
            new ControlView(state, from.Start + Duration.FromMinutes(15 * nowSlot + 3))
            {
                From = from,
                Slots = [.. Enumerable.Range(0, slots).Select(i => new PlanSlot(QuarterHour.StartingAt(from.StartUnixSeconds + i * 900L))
                {
                    Measured = measured(i), Planned = plan?.Invoke(i) is { } range ? new PlannedSlot(range, range.Min, 50, band, band, 0, Power.Zero, null) : null,
                })],
            },
            Berlin, null);
    }

    /// <summary>Reads a path of M, h, v, l and z into its straight pieces.</summary>
    private static List<(double X1, double Y1, double X2, double Y2)> Walk(string path)
    {
        var pieces = new List<(double, double, double, double)>();
        double x = 0, y = 0;
        char command = ' ';
        var numbers = new Queue<double>();
        foreach (System.Text.RegularExpressions.Match token in System.Text.RegularExpressions.Regex.Matches(path, "[Mhvlz]|-?\\d*\\.?\\d+", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            if (char.IsLetter(token.Value[0])) command = token.Value[0];
            else numbers.Enqueue(double.Parse(token.Value, CultureInfo.InvariantCulture));
            if (command is 'h' or 'v' && numbers.Count == 1)
            {
                double step = numbers.Dequeue();
                pieces.Add((x, y, command == 'h' ? x + step : x, command == 'v' ? y + step : y));
                (x, y) = (pieces[^1].Item3, pieces[^1].Item4);
            }
            else if (command is 'M' or 'l' && numbers.Count == 2)
            {
                var (dx, dy) = (numbers.Dequeue(), numbers.Dequeue());
                if (command == 'l') pieces.Add((x, y, x + dx, y + dy));
                (x, y) = command == 'M' ? (dx, dy) : (x + dx, y + dy);
            }
        }

        return [.. pieces.Select(piece => (Math.Round(piece.Item1, 1), Math.Round(piece.Item2, 1), Math.Round(piece.Item3, 1), Math.Round(piece.Item4, 1)))];
    }

    private static bool IsOn(List<(double X1, double Y1, double X2, double Y2)> pieces, double x, double y) => pieces.Exists(piece =>
        x >= Math.Min(piece.X1, piece.X2) - 0.01 && x <= Math.Max(piece.X1, piece.X2) + 0.01
        && Math.Abs(piece.X1 == piece.X2 ? Math.Clamp(y, Math.Min(piece.Y1, piece.Y2), Math.Max(piece.Y1, piece.Y2)) - y : piece.Y1 + (piece.Y2 - piece.Y1) * (x - piece.X1) / (piece.X2 - piece.X1) - y) < 0.06);
}
