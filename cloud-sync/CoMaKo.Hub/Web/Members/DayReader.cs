using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Own;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Web.Members;

/// <summary>A member's day.</summary>
/// <param name="IsSettled">What came from neighbours is known.</param>
/// <param name="HasNewer">A newer value than the one that was settled is there.</param>
internal sealed record MemberDay(LocalDate Day, bool IsToday, OwnMonth Month, PeriodSum Sum, IReadOnlyList<EnergyBar> Bars, bool IsSettled, bool HasNewer);

/// <summary>Puts a member's day together: own curves, and of the stored run what its quarter hours brought.</summary>
internal sealed class DayReader(OwnSettlements settlements, OwnCurves curves, TimeProvider clock)
{
    /// <returns>Absent for a day that has not begun.</returns>
    public async Task<MemberDay?> ReadAsync(Wording say, MemberView member, LocalDate date)
    {
        int day = MarketDay.Number(date), today = clock.Today();
        if (day > today) return null;
        var month = (await settlements.MonthsAsync(member.Participant, member.Points, date.ToYearMonth(), date.ToYearMonth()))[0];
        var points = member.Points.Where(point => WasOwn(point, month)).ToList();
        var series = await curves.SeriesAsync(points);
        var versions = day == today ? new Dictionary<long, int>() : await settlements.VersionsAsync(month, [.. series.Select(each => each.SeriesId)], day);
        var own = await curves.DayAsync(points, series, day, versions);
        var shares = await settlements.SlotsAsync(points, month, day, isRunning: day == today);
        var bars = SlotBars.Of(say, day, own, shares, clock.UnixMicroseconds() / 1_000_000);
        var rows = month.Days.Where(each => each.Day == day).ToList();
        bool isStored = day < today && month.Sources.Count > 0;
        var energy = isStored ? rows.Aggregate(default(EnergyFigures), (sum, row) => sum + row.Figures) : SumOf(bars);
        var sum = new PeriodSum(energy, bars.Any(bar => bar.Used is not null), bars.Any(bar => bar.Generated is not null), null, []) { ExactCents = ExactOf(month, rows, date, isStored) };
        return new MemberDay(date, day == today, month, sum, bars, isStored || shares.Count > 0, own.Any(curve => curve.IsNewer));
    }

    /// <summary>A stored run knows whose a point was; one that came from somebody else keeps that person's days to itself.</summary>
    private static bool WasOwn(OwnPoint point, OwnMonth month) =>
        month.Points.Any(each => each.Point == point.Name) || !month.Sources.Any(source => source.RunId != 0 && point.Memberships.Any(membership => membership.Group == source.Group));

    private static EnergyFigures SumOf(IReadOnlyList<EnergyBar> bars) => new(
        bars.Sum(bar => bar.Used ?? 0), bars.Sum(bar => bar.Generated ?? 0), bars.Sum(bar => bar.Neighbours ?? 0), bars.Sum(bar => bar.Shared ?? 0), bars.Sum(bar => bar.Grid ?? 0), bars.Sum(bar => bar.Left ?? 0));

    /// <summary>The day's share of the month's amounts before the one rounding; absent while no line says a price.</summary>
    private static decimal? ExactOf(OwnMonth month, List<OwnDay> rows, LocalDate date, bool isStored)
    {
        if (!isStored) return null;
        decimal? sum = null;
        foreach (var row in rows)
        {
            foreach (var line in month.Lines.Where(line => line.Point == row.Point && line.From <= date && date < line.To).DistinctBy(line => (line.Kind, line.Price)))
            {
                long? wh = line.Kind switch { LineKind.SharedEnergy => row.Figures.Allocated, LineKind.SharedGeneration => -row.Figures.Credited, LineKind.Fee => row.Figures.Credited, LineKind.Surplus => -row.Figures.Surplus, _ => null };
                if (wh is { } energy) sum = (sum ?? 0) + (decimal)energy * line.Price / CoMaKo.Settlement.Runs.Money.PartsPerCent;
            }
        }

        return sum;
    }
}
