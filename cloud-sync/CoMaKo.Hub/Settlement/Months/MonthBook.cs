using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Metering.Substitutes;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>How a day of a point stands.</summary>
public enum MonthDay
{
    /// <summary>No member that day.</summary>
    None,
    Open,
    Substituted,
    Measured,
}

/// <summary>A point's direction in a month.</summary>
/// <param name="Days">One per day of the month.</param>
public sealed record MonthPoint(string Point, EnergyDirection Direction, long Expected, long Open, IReadOnlyList<MonthDay> Days);

/// <summary>A stored run as the month's page shows it.</summary>
/// <param name="DueUs">Of a correction that waits.</param>
public sealed record MonthRun(string Name, string Kind, int OpenSlots, long CreatedUs, long? DueUs, long? PublishedUs);

/// <summary>Everything that closing a month needs to know.</summary>
/// <param name="Close">When the month is closed by itself, if nothing is open.</param>
/// <param name="Points">Of this page, those with most open quarter hours first.</param>
/// <param name="More">Points that are not on this page.</param>
/// <param name="Runs">Open quarter hours of the points of this page, in order of time.</param>
/// <param name="Preview">Sums as they would be published; absent if there is nothing to settle.</param>
/// <param name="Detail">Open slots, findings and balancing of the preview, JSON.</param>
public sealed record MonthState(
    string Group, string Title, YearMonth Month, Instant Ended, Instant Close, long Expected, long Open, int OpenPoints, IReadOnlyList<MonthPoint> Points, int More,
    IReadOnlyList<OpenRun> Runs, MonthSums? Preview, string? Detail, IReadOnlyList<MonthRun> Stored)
{
    public bool IsClosed => Stored.Any(run => run.PublishedUs is not null);

    public MonthRun? Waiting => Stored.FirstOrDefault(run => run is { PublishedUs: null, DueUs: not null });
}

/// <summary>Puts a month together for its page.</summary>
internal sealed class MonthBook(
    HubDatabase database, MonthGaps gaps, PointCurves curves, SubstituteStore substitutes, Previews previews, RunReader runs, AgentRules rules, TimeProvider clock)
{
    private const int MostPoints = 50;

    /// <summary>A month; absent if there is no such group.</summary>
    public async Task<MonthState?> ReadAsync(string group, YearMonth month, int skip = 0)
    {
        GroupRow? found;
        await using (var reader = await database.OpenReaderAsync()) found = await GroupReader.FindAsync(reader, group);
        if (found is null) return null;
        var stored = await runs.OfMonthAsync(group, month);
        var sums = RunHead.StandingOf(stored) is { } standing ? runs.MonthAsync(standing) : null; // while the gaps are read
        var all = await gaps.ReadAsync(group, month);
        var shown = all.OrderByDescending(point => point.Open).Skip(skip).Take(MostPoints).ToList();
        var rows = await RowsAsync(shown, month);
        var open = new List<OpenRun>();
        foreach (var point in shown.Where(point => point.Open > 0)) open.AddRange(await FilledAsync(point, rows, month));
        var (preview, detail) = await PreviewAsync(group, month, all.Count, stored, sums);
        return new MonthState(
            group, found.Title, month, EndOf(month), rules.CloseOf(month), all.Sum(point => point.Expected), all.Sum(point => point.Open), all.Where(point => point.Open > 0).Select(point => point.Point).Distinct().Count(),
            [.. shown.Select(point => new MonthPoint(point.Point, point.Direction, point.Expected, point.Open, DaysOf(point, rows, month)))], Math.Max(0, all.Count - skip - shown.Count),
            [.. open.OrderBy(run => run.From.StartUnixSeconds).ThenBy(run => run.Point, StringComparer.Ordinal)], preview, detail,
            [.. stored.Select(run => new MonthRun(run.Name.ToString(), run.Kind.ToString(), run.OpenSlots, run.CreatedUs, run.DueUs, run.PublishedUs))]);
    }

    /// <summary>The first instant after a month.</summary>
    public static Instant EndOf(YearMonth month) => Instant.FromUnixTimeSeconds(MarketDay.Slots(MarketDay.Number(month.End()))[0].StartUnixSeconds);

    /// <summary>The open runs of one point and direction with what rules would put in.</summary>
    private async Task<IEnumerable<OpenRun>> FilledAsync(PointCompleteness point, Dictionary<(long, int), EffectiveRow> rows, YearMonth month)
    {
        var ofPoint = point.Days.Where(day => point.SeriesId is { } id && rows.ContainsKey((id, day))).ToDictionary(day => day, day => rows[(point.SeriesId!.Value, day)]);
        var open = OpenRuns.Of(point.Point, point.Direction, point.Days, ofPoint);
        long now = clock.UnixMicroseconds() / 1_000_000;
        if (point.SeriesId is not { } series || !open.Any(run => run.Cause == OpenCause.Missing && run.To.StartUnixSeconds <= now)) return open; // rules fill what has ended
        PointRow row;
        await using (var reader = await database.OpenReaderAsync()) row = (await PointReader.FindAsync(reader, point.Point))!;
        var formed = (await substitutes.FormAsync(row, new PointSeries(series, point.PointId, point.Direction), MarketDay.Number(month.First()), MarketDay.Number(month.End())))
            .ToDictionary(gap => (gap.From, gap.To), gap => gap.Values);
        return open.Select(run => run.Cause == OpenCause.Missing && formed.TryGetValue((run.From, run.To), out var values) ? run with { Substitute = values } : run);
    }

    private async Task<Dictionary<(long, int), EffectiveRow>> RowsAsync(IEnumerable<PointCompleteness> points, YearMonth month)
    {
        var rows = new Dictionary<(long, int), EffectiveRow>();
        await foreach (var row in curves.ReadAsync([.. points.Where(point => point.SeriesId is not null).Select(point => point.SeriesId!.Value)], MarketDay.Number(month.First()), MarketDay.Number(month.End())))
            rows[(row.SeriesId, row.Day)] = row;
        return rows;
    }

    private static List<MonthDay> DaysOf(PointCompleteness point, Dictionary<(long, int), EffectiveRow> rows, YearMonth month)
    {
        var days = point.Days.ToHashSet();
        int first = MarketDay.Number(month.First());
        return [.. Enumerable.Range(first, MarketDay.Number(month.End()) - first).Select(day =>
            !days.Contains(day) ? MonthDay.None
            : point.SeriesId is not { } id || !rows.TryGetValue((id, day), out var row) || row.Billable < row.Status.Length ? MonthDay.Open
            : row.Status.Contains((byte)ValueStatus.Substituted) ? MonthDay.Substituted : MonthDay.Measured)];
    }

    private async Task<(MonthSums? Sums, string? Detail)> PreviewAsync(string group, YearMonth month, int points, IReadOnlyList<RunHead> stored, Task<MonthSums>? sums)
    {
        var ofRun = sums is null ? null : await sums;
        if (points == 0) return (null, null);
        if (!stored.Any(run => run.IsPublished) && points <= Previews.MostPoints && EndOf(month) <= Instant.FromDateTimeOffset(clock.GetUtcNow()))
        {
            var settled = await previews.SettleAsync(group, month.First(), month.End());
            return settled is null ? (null, null) : (MonthSums.Of(GroupReport.Of(settled, clock.UnixMicroseconds())), RunDetail.ToJson(settled));
        }

        return (ofRun, RunHead.StandingOf(stored)?.Detail);
    }
}
