using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>An operator took a month's open slots as they are.</summary>
internal sealed record Confirmation(long AtUs, string By, string Reason);

/// <summary>What is known about a month beside its runs.</summary>
/// <param name="Seen">State of its inputs when it was last settled.</param>
internal sealed record MonthNote(string? Seen, Confirmation? Confirmation);

/// <summary>Reads stored runs.</summary>
internal sealed class RunReader(HubDatabase database)
{
    private const string Head = """
        SELECT r.run_id AS RunId, r.balance_group AS BalanceGroup, r.month AS Month, r.sequence AS Sequence, r.kind AS Kind, b.month AS BaseMonth, b.sequence AS BaseSequence,
          r.input_hash AS InputHash, r.result_hash AS ResultHash, r.expected_slots AS ExpectedSlots, r.open_slots AS OpenSlots, r.price AS Price,
          r.created_us AS CreatedUs, r.due_us AS DueUs, r.published_us AS PublishedUs, r.detail AS Detail
        FROM mkt_run r LEFT JOIN mkt_run b ON b.run_id = r.base_run_id
        """;

    private const string Points = """
        SELECT point AS Point, directions AS Directions, consumption_slots AS ConsumptionSlots, generation_slots AS GenerationSlots, substituted_wh AS SubstitutedWh
        FROM mkt_run_point WHERE run_id = @runId
        """;

    /// <summary>Beside the points, not joined to them: a server that has no statistics of a new run yet would compare each point with each row of the run.</summary>
    private const string DaySums = """
        SELECT point AS Point, CAST(sum(used) AS bigint) AS Used, CAST(sum(generated) AS bigint) AS Generated, CAST(sum(allocated) AS bigint) AS Allocated,
          CAST(sum(credited) AS bigint) AS Credited, CAST(sum(grid) AS bigint) AS Grid, CAST(sum(surplus) AS bigint) AS Surplus
        FROM mkt_run_day WHERE run_id = @runId
        """;

    /// <summary>A group's run; absent if there is none of that name.</summary>
    public async Task<RunHead?> FindAsync(string group, RunName name)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<HeadRow>($"{Head} WHERE r.balance_group = @group AND r.month = @month AND r.sequence = @sequence", new { group, month = name.Month.Number(), sequence = name.Sequence }))
            .FirstOrDefault()?.ToHead();
    }

    /// <summary>Runs of a month by sequence.</summary>
    public async Task<IReadOnlyList<RunHead>> OfMonthAsync(string group, YearMonth month)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<HeadRow>($"{Head} WHERE r.balance_group = @group AND r.month = @month ORDER BY r.sequence", new { group, month = month.Number() })).Select(row => row.ToHead())];
    }

    /// <summary>Runs of a group after a name, by month and sequence.</summary>
    public async Task<IReadOnlyList<RunHead>> AfterAsync(string group, RunName? after, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        var (month, sequence) = after is { } name ? (name.Month.Number(), name.Sequence) : (-1, 0);
        return [.. (await reader.QueryAsync<HeadRow>(
            $"{Head} WHERE r.balance_group = @group AND (r.month > @month OR (r.month = @month AND r.sequence > @sequence)) ORDER BY r.month, r.sequence LIMIT @limit",
            new { group, month, sequence, limit })).Select(row => row.ToHead())];
    }

    /// <summary>Lines of a run in their order.</summary>
    public async Task<IReadOnlyList<SettlementLine>> LinesAsync(long runId)
    {
        await using var reader = await database.OpenReaderAsync();
        return await LinesAsync(reader, "l.run_id = @runId", new { runId });
    }

    /// <summary>Lines of a month's published runs up to a sequence: together what the month costs whom.</summary>
    public async Task<IReadOnlyList<SettlementLine>> PublishedLinesAsync(string group, YearMonth month, int upTo = int.MaxValue)
    {
        await using var reader = await database.OpenReaderAsync();
        return await LinesAsync(reader, "r.balance_group = @group AND r.month = @month AND r.sequence <= @upTo AND r.published_us IS NOT NULL", new { group, month = month.Number(), upTo });
    }

    /// <summary>Lines of a month's published runs up to a sequence, of some points.</summary>
    public async Task<IReadOnlyList<SettlementLine>> PublishedLinesAsync(string group, YearMonth month, int upTo, IEnumerable<string> points)
    {
        await using var reader = await database.OpenReaderAsync();
        return await LinesAsync(reader, $"r.balance_group = @group AND r.month = @month AND r.sequence <= @upTo AND r.published_us IS NOT NULL AND l.point {database.Engine.AnyOf("@points")}", new { group, month = month.Number(), upTo, points = points.ToArray() });
    }

    /// <summary>Lines of a run, of some points.</summary>
    public async Task<IReadOnlyList<SettlementLine>> LinesAsync(long runId, IEnumerable<string> points)
    {
        await using var reader = await database.OpenReaderAsync();
        return await LinesAsync(reader, $"l.run_id = @runId AND l.point {database.Engine.AnyOf("@points")}", new { runId, points = points.ToArray() });
    }

    /// <summary>Figures of a run's points over its month, by id.</summary>
    public async Task<IReadOnlyList<RunPoint>> PointsAsync(long runId)
    {
        await using var reader = await database.OpenReaderAsync();
        var points = await reader.QueryAsync<PointRow>($"{Points} ORDER BY point", new { runId });
        return Join(points, await reader.QueryAsync<SumRow>($"{DaySums} GROUP BY point", new { runId }));
    }

    /// <summary>Figures of some of a run's points over the days from <paramref name="from"/> to before <paramref name="to"/>, by id; money stands in lines only.</summary>
    /// <param name="after">Only points behind this id.</param>
    /// <param name="search">Only points whose id begins so; empty: all.</param>
    /// <param name="person">Only this participant's; absent: everybody's.</param>
    public async Task<IReadOnlyList<RunPoint>> PointsAsync(long runId, LocalDate from, LocalDate to, string after, string search, string? person, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        var points = (await reader.QueryAsync<PointRow>(
            $"{Points} AND point > @after AND substr(point, 1, length(@search)) = @search AND (@person IS NULL OR person = @person) ORDER BY point LIMIT @limit", new { runId, after, search, person, limit })).AsList();
        return Join(points, await reader.QueryAsync<SumRow>(
            $"{DaySums} AND point {database.Engine.AnyOf("@names")} AND day >= @first AND day < @end GROUP BY point",
            new { runId, names = points.Select(point => point.Point).ToArray(), first = MarketDay.Number(from), end = MarketDay.Number(to) }));
    }

    /// <summary>A month of the group as a whole as it stands with a run.</summary>
    public async Task<MonthSums> MonthAsync(RunHead run)
    {
        var (total, _) = await SumsAsync(run.RunId, run.Name.Month.First(), run.Name.Month.End());
        await using var reader = await database.OpenReaderAsync();
        var (uses, generates) = await reader.QuerySingleAsync<(long, long)>("""
            SELECT count(CASE WHEN directions <> 2 AND consumption_slots > 0 THEN 1 END), count(CASE WHEN directions >= 2 AND generation_slots > 0 THEN 1 END) FROM mkt_run_point WHERE run_id = @RunId
            """, new { run.RunId });
        var (debit, credit) = await reader.QuerySingleAsync<(long, long)>("""
            SELECT CAST(coalesce(sum(CASE WHEN l.kind = 1 THEN l.cents END), 0) AS bigint), CAST(coalesce(-sum(CASE WHEN l.kind > 1 THEN l.cents END), 0) AS bigint)
            FROM mkt_run r JOIN mkt_line l ON l.run_id = r.run_id
            WHERE r.balance_group = @Group AND r.month = @month AND (r.run_id = @RunId OR (r.published_us IS NOT NULL AND r.sequence <= @sequence)) AND l.kind <= 4
            """, new { run.Group, run.RunId, month = run.Name.Month.Number(), sequence = run.Name.Sequence });
        return new MonthSums(uses > 0 ? total.Used : null, generates > 0 ? total.Generated : null, uses > 0 ? total.Allocated : null, generates > 0 ? total.Surplus : null, debit, credit);
    }

    /// <summary>How many participants a run has.</summary>
    public async Task<int> PersonsAsync(long runId)
    {
        await using var reader = await database.OpenReaderAsync();
        return (int)await reader.ExecuteScalarAsync<long>("SELECT count(DISTINCT person) FROM mkt_run_point WHERE run_id = @runId", new { runId });
    }

    /// <summary>The group as a whole over some of a run's days.</summary>
    /// <returns>Sums, and its slots; these are absent if the run did not keep them.</returns>
    public async Task<(EnergyFigures Total, GroupSlots? Slots)> SumsAsync(long runId, LocalDate from, LocalDate to)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(long Day, long Used, long Generated, long Allocated, long Credited, long Grid, long Surplus, byte[]? Slots)>(
            "SELECT day, used, generated, allocated, credited, grid, surplus, slots FROM mkt_run_sum WHERE run_id = @runId AND day >= @first AND day < @end", new { runId, first = MarketDay.Number(from), end = MarketDay.Number(to) });
        var total = default(EnergyFigures);
        GroupSlots? slots = new(from, to);
        foreach (var row in rows)
        {
            total += new EnergyFigures(row.Used, row.Generated, row.Allocated, row.Credited, row.Grid, row.Surplus);
            if (row.Slots is { } packed) slots?.Unpack((int)row.Day, packed);
            else slots = null;
        }

        return (total, slots);
    }

    /// <summary>What each slot of a day brought a point in a run; absent if the day brought nothing, or if the run did not keep it.</summary>
    public async Task<SlotShare?[]?> SharesAsync(long runId, string point, int day)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<byte[]?>("SELECT slots FROM mkt_run_day WHERE run_id = @runId AND point = @point AND day = @day", new { runId, point, day }) is { } packed
            ? SlotShares.Unpack(packed, MarketDay.Slots(day).Count) : null;
    }

    /// <summary>What is known about a month beside its runs.</summary>
    public async Task<MonthNote> NoteAsync(string group, YearMonth month)
    {
        await using var reader = await database.OpenReaderAsync();
        var (seen, at, by, reason) = (await reader.QueryAsync<(string?, long?, string?, string?)>(
            "SELECT seen, confirmed_us, confirmed_by, reason FROM mkt_month WHERE balance_group = @group AND month = @month", new { group, month = month.Number() })).FirstOrDefault();
        return new MonthNote(seen, at is { } confirmed ? new Confirmation(confirmed, by ?? "", reason ?? "") : null);
    }

    private static async Task<IReadOnlyList<SettlementLine>> LinesAsync(DbConnection reader, string condition, object values)
    {
        var rows = await reader.QueryAsync<(long Kind, string Point, long From, long To, long Wh, long Price, long Cents)>($"""
            SELECT l.kind, l.point, l.from_day, l.to_day, l.wh, l.price, l.cents FROM mkt_line l JOIN mkt_run r ON r.run_id = l.run_id WHERE {condition} ORDER BY r.sequence, l.line
            """, values);
        return [.. rows.Select(row => new SettlementLine((LineKind)row.Kind, row.Point, MarketDay.Date((int)row.From), MarketDay.Date((int)row.To), row.Wh, row.Price, row.Cents))];
    }

    private sealed class HeadRow
    {
        public long RunId { get; init; }

        public string BalanceGroup { get; init; } = "";

        public long Month { get; init; }

        public long Sequence { get; init; }

        public long Kind { get; init; }

        public long? BaseMonth { get; init; }

        public long? BaseSequence { get; init; }

        public string InputHash { get; init; } = "";

        public string ResultHash { get; init; } = "";

        public long ExpectedSlots { get; init; }

        public long OpenSlots { get; init; }

        public long? Price { get; init; }

        public long CreatedUs { get; init; }

        public long? DueUs { get; init; }

        public long? PublishedUs { get; init; }

        public string Detail { get; init; } = "";

        public RunHead ToHead() => new(
            RunId, BalanceGroup, new RunName(RunMonth.Of(Month), (int)Sequence), (RunKind)Kind,
            BaseMonth is { } month && BaseSequence is { } sequence ? new RunName(RunMonth.Of(month), (int)sequence) : null,
            InputHash, ResultHash, (int)ExpectedSlots, (int)OpenSlots, Price, CreatedUs, DueUs, PublishedUs, Detail);
    }

    private static IReadOnlyList<RunPoint> Join(IEnumerable<PointRow> points, IEnumerable<SumRow> sums)
    {
        var byPoint = sums.ToDictionary(row => row.Point, StringComparer.Ordinal);
        return [.. points.Select(point => point.With(byPoint.GetValueOrDefault(point.Point, SumRow.Nothing)))];
    }

    private sealed class PointRow
    {
        public string Point { get; init; } = "";

        public long Directions { get; init; }

        public long ConsumptionSlots { get; init; }

        public long GenerationSlots { get; init; }

        public long SubstitutedWh { get; init; }

        public RunPoint With(SumRow sums) => new(Point, (PointDirections)Directions, sums.ToFigures(), (int)ConsumptionSlots, (int)GenerationSlots, SubstitutedWh);
    }

    private sealed class SumRow
    {
        public static readonly SumRow Nothing = new();

        public string Point { get; init; } = "";

        public long Used { get; init; }

        public long Generated { get; init; }

        public long Allocated { get; init; }

        public long Credited { get; init; }

        public long Grid { get; init; }

        public long Surplus { get; init; }

        public EnergyFigures ToFigures() => new(Used, Generated, Allocated, Credited, Grid, Surplus);
    }
}
