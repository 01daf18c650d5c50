using System.Data.Common;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Own;

/// <summary>
/// What settlements come to at one participant's points. Months with a stored run are read from its rows, however large the group is; only a small
/// group without one is settled for the request.
/// </summary>
internal sealed class OwnSettlements(HubDatabase database, Previews previews, RunReader runs, TimeProvider clock)
{
    /// <summary>The months from <paramref name="from"/> to <paramref name="last"/>, in order.</summary>
    public async Task<IReadOnlyList<OwnMonth>> MonthsAsync(string participant, IReadOnlyList<OwnPoint> points, YearMonth from, YearMonth last)
    {
        string[] groups = [.. points.SelectMany(point => point.Memberships).Select(membership => membership.Group).Distinct(StringComparer.Ordinal)];
        var months = new List<OwnMonth>();
        await using var reader = await database.OpenReaderAsync();
        var stored = await StoredAsync(reader, groups, from, last);
        var rows = await RowsAsync(reader, participant, points, stored);
        for (var month = from; month <= last; month = month.PlusMonths(1))
        {
            var ofMonth = stored.Where(run => run.Month == month.Number()).ToList();
            var result = OfRuns(month, ofMonth, rows);
            foreach (string group in groups.Where(group => !ofMonth.Exists(run => run.Group == group) && IsMember(points, group, month)))
                result = Merge(result, await ComputeAsync(reader, participant, points, group, month.First(), month.End()));
            months.Add(result);
        }

        return months;
    }

    /// <summary>What each quarter hour of a day brought each own point; from the stored run, else computed if the group is small.</summary>
    /// <param name="isRunning">The day goes on: what was stored in the night is too old.</param>
    public async Task<IReadOnlyDictionary<string, SlotShare?[]>> SlotsAsync(IReadOnlyList<OwnPoint> points, OwnMonth month, int day, bool isRunning)
    {
        var shares = new Dictionary<string, SlotShare?[]>(StringComparer.Ordinal);
        int count = MarketDay.Slots(day).Count;
        long[] stored = [.. month.Sources.Where(source => source.RunId != 0).Select(source => source.RunId)];
        await using var reader = await database.OpenReaderAsync();
        var rows = isRunning ? [] : await reader.QueryAsync<(string Point, byte[]? Slots)>(
            $"SELECT point, slots FROM mkt_run_day WHERE run_id {database.Engine.AnyOf("@runs")} AND day = @day AND point {database.Engine.AnyOf("@names")}", new { runs = stored, day, names = Names(points) });
        foreach (var (point, slots) in rows)
            if (slots is not null) shares[point] = SlotShares.Unpack(slots, count);
        foreach (string group in month.Sources.Where(source => isRunning || source.RunId == 0).Select(source => source.Group))
        {
            var seen = new SlotShares();
            var date = MarketDay.Date(day);
            if (await CountAsync(reader, group, day, day + 1) > Previews.MostPoints || await previews.SettleAsync(group, date, date.PlusDays(1), seen) is null) continue;
            foreach (var point in points)
                if (seen.Of(point.Name, day) is { } packed) shares[point.Name] = SlotShares.Unpack(packed, count);
        }

        return shares;
    }

    /// <summary>Which version of each own series' day a stored month counted; empty for one that was computed.</summary>
    public async Task<IReadOnlyDictionary<long, int>> VersionsAsync(OwnMonth month, long[] series, int day)
    {
        long[] stored = [.. month.Sources.Where(source => source.RunId != 0).Select(source => source.RunId)];
        if (stored.Length == 0 || series.Length == 0) return new Dictionary<long, int>();
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<(long Series, long Version)>(
            $"SELECT series_id, max(version) FROM mkt_run_input WHERE run_id {database.Engine.AnyOf("@runs")} AND series_id {database.Engine.AnyOf("@series")} AND from_day <= @day AND to_day > @day GROUP BY series_id",
            new { runs = stored, series, day })).ToDictionary(row => row.Series, row => (int)row.Version);
    }

    /// <summary>Totals of a stored month's group; absent unless three persons or more take part.</summary>
    public async Task<EnergyFigures?> GroupTotalAsync(OwnMonth month)
    {
        if (month.Sources is not [{ RunId: > 0 } source]) return null;
        return await runs.PersonsAsync(source.RunId) >= GroupTotals.LeastPersons ? (await runs.SumsAsync(source.RunId, month.Month.First(), month.Month.End())).Total : null;
    }

    private static string[] Names(IReadOnlyList<OwnPoint> points) => [.. points.Select(point => point.Name)];

    private static bool IsMember(IReadOnlyList<OwnPoint> points, string group, YearMonth month)
    {
        var (from, to) = (MarketDay.Number(month.First()), MarketDay.Number(month.End()));
        return points.Any(point => point.Memberships.Any(membership => membership.Group == group && membership.From < to && !(membership.To <= from)));
    }

    /// <summary>Of each group and month what holds: the newest published run, else the provisional one. Runs published before it only lend their lines.</summary>
    private async Task<List<StoredMonth>> StoredAsync(DbConnection reader, string[] groups, YearMonth from, YearMonth last)
    {
        var rows = await reader.QueryAsync<(long RunId, string Group, long Month, long Sequence, long Open, long Expected, long ComputedUs, long? PublishedUs)>($"""
            SELECT run_id, balance_group, month, sequence, open_slots, expected_slots, created_us, published_us FROM mkt_run
            WHERE balance_group {database.Engine.AnyOf("@groups")} AND month >= @from AND month <= @last ORDER BY month, balance_group, sequence
            """, new { groups, from = from.Number(), last = last.Number() });
        return [.. rows.GroupBy(row => (row.Group, row.Month)).Select(same =>
        {
            var published = same.Where(row => row.PublishedUs is not null).ToList();
            var held = published.Count > 0 ? published[^1] : same.First();
            return new StoredMonth(held.RunId, held.Group, held.Month, (int)held.Sequence, published.Count > 0, held.ComputedUs, (int)held.Expected, (int)held.Open, published.Count > 0 ? [.. published.Select(row => row.RunId)] : [held.RunId]);
        })];
    }

    /// <summary>Whose a point or a line was, the run knows itself; runs of before it did go by the point's owner of today.</summary>
    private async Task<StoredRows> RowsAsync(DbConnection reader, string participant, IReadOnlyList<OwnPoint> points, List<StoredMonth> stored)
    {
        string ofRuns = database.Engine.AnyOf("@runs"), ofNames = database.Engine.AnyOf("@names");
        var values = new { runs = stored.Select(run => run.RunId).ToArray(), names = Names(points), participant };
        var sums = (await reader.QueryAsync<(long Run, string Point, long Consumption, long Generation)>(
            $"SELECT run_id, point, consumption_slots, generation_slots FROM mkt_run_point WHERE run_id {ofRuns} AND point {ofNames} AND (person = @participant OR person IS NULL) ORDER BY point", values)).AsList();
        var own = sums.Select(row => (row.Run, row.Point)).ToHashSet();
        var days = await reader.QueryAsync<(long Run, string Point, long, long, long, long, long, long, long)>(
            $"SELECT run_id, point, day, used, generated, allocated, credited, grid, surplus FROM mkt_run_day WHERE run_id {ofRuns} AND point {ofNames} ORDER BY day, point", values);
        var lines = await reader.QueryAsync<(long Run, long Kind, string Point, long From, long To, long Wh, long Price, long Cents, string? Person)>($"""
            SELECT run_id, kind, point, from_day, to_day, wh, price, cents, person FROM mkt_line WHERE run_id {ofRuns} AND (person = @participant OR person IS NULL) ORDER BY run_id, line
            """, new { runs = stored.SelectMany(run => run.LineRuns).ToArray(), participant });
        return new StoredRows(
            days.Where(row => own.Contains((row.Run, row.Point))).ToLookup(row => row.Run, row => new OwnDay(row.Point, (int)row.Item3, new EnergyFigures(row.Item4, row.Item5, row.Item6, row.Item7, row.Item8, row.Item9))),
            sums.ToLookup(row => row.Run, row => new OwnPointSum(row.Point, (int)row.Consumption, (int)row.Generation)),
            lines.Select(row => (row.Run, row.Person, Line: new SettlementLine((LineKind)row.Kind, row.Point, MarketDay.Date((int)row.From), MarketDay.Date((int)row.To), row.Wh, row.Price, row.Cents)))
                .Where(row => row.Person is not null || IsOwn(row.Line, participant, points)).ToLookup(row => row.Run, row => row.Line));
    }

    /// <summary>A tax line names the person, any other line the point; a person may be called like a neighbour's point.</summary>
    private static bool IsOwn(SettlementLine line, string participant, IReadOnlyList<OwnPoint> points) =>
        line.Kind is LineKind.Tax or LineKind.CreditTax ? line.Point == participant : points.Any(point => point.Name == line.Point);

    private static OwnMonth OfRuns(YearMonth month, List<StoredMonth> stored, StoredRows rows) => new(
        month,
        [.. stored.Select(run => new OwnSource(run.Group, run.IsPublished ? ReportState.Final : ReportState.Provisional, run.RunId, new RunName(month, run.Sequence), run.ComputedUs, run.Expected, run.Open))],
        [.. stored.SelectMany(run => rows.Points[run.RunId])], [.. stored.SelectMany(run => rows.Days[run.RunId])], [.. stored.SelectMany(run => run.LineRuns).SelectMany(run => rows.Lines[run])], false);

    private async Task<OwnMonth?> ComputeAsync(DbConnection reader, string participant, IReadOnlyList<OwnPoint> points, string group, LocalDate from, LocalDate to)
    {
        if (await CountAsync(reader, group, MarketDay.Number(from), MarketDay.Number(to)) > Previews.MostPoints || await previews.SettleAsync(group, from, to) is not { } settled) return null;
        var result = settled.Result;
        var own = result.Points.Where(each => points.Any(point => point.Name == each.Point)).ToList();
        int first = MarketDay.Number(from);
        return new OwnMonth(
            RunMonth.Of(from), [new OwnSource(group, ReportState.Preview, 0, null, clock.UnixMicroseconds(), result.ExpectedSlots, result.OpenSlots.Count)],
            [.. own.Select(each => new OwnPointSum(each.Point, each.Consumption.Present, each.Generation.Present))],
            [.. own.SelectMany(each => each.Days.ToArray().Select((figures, i) => new OwnDay(each.Point, first + i, figures))).Where(day => day.Figures != default).OrderBy(day => day.Day)],
            [.. result.Lines.Where(line => IsOwn(line, participant, points))], false);
    }

    private static OwnMonth Merge(OwnMonth month, OwnMonth? other) => other is null
        ? month with { IsAwaited = true }
        : month with { Sources = [.. month.Sources, .. other.Sources], Points = [.. month.Points, .. other.Points], Days = [.. month.Days, .. other.Days], Lines = [.. month.Lines, .. other.Lines] };

    private static Task<long> CountAsync(DbConnection reader, string group, int from, int to) => reader.ExecuteScalarAsync<long>("""
        SELECT count(*) FROM mkt_membership m JOIN mkt_group g ON g.group_id = m.group_id WHERE g.name = @group AND m.from_day < @to AND coalesce(m.to_day, @to) > @from
        """, new { group, from, to });

    private sealed record StoredMonth(long RunId, string Group, long Month, int Sequence, bool IsPublished, long ComputedUs, int Expected, int Open, IReadOnlyList<long> LineRuns);

    /// <summary>Rows by run.</summary>
    private sealed record StoredRows(ILookup<long, OwnDay> Days, ILookup<long, OwnPointSum> Points, ILookup<long, SettlementLine> Lines);
}
