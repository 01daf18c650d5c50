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

    /// <summary>Figures of a run's points over its month, by id.</summary>
    public async Task<IReadOnlyList<RunPoint>> PointsAsync(long runId)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<PointRow>("""
            SELECT p.point AS Point, p.directions AS Directions, p.consumption_slots AS ConsumptionSlots, p.generation_slots AS GenerationSlots, p.substituted_wh AS SubstitutedWh,
              CAST(coalesce(sum(d.used), 0) AS bigint) AS Used, CAST(coalesce(sum(d.generated), 0) AS bigint) AS Generated, CAST(coalesce(sum(d.allocated), 0) AS bigint) AS Allocated,
              CAST(coalesce(sum(d.credited), 0) AS bigint) AS Credited, CAST(coalesce(sum(d.grid), 0) AS bigint) AS Grid, CAST(coalesce(sum(d.surplus), 0) AS bigint) AS Surplus
            FROM mkt_run_point p LEFT JOIN mkt_run_day d ON d.run_id = p.run_id AND d.point = p.point
            WHERE p.run_id = @runId GROUP BY p.point, p.directions, p.consumption_slots, p.generation_slots, p.substituted_wh ORDER BY p.point
            """, new { runId });
        return [.. rows.Select(row => row.ToPoint())];
    }

    /// <summary>A run's total per Berlin day.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, EnergyFigures Total)>> DaysAsync(long runId)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<PointRow>("""
            SELECT day AS Directions, CAST(sum(used) AS bigint) AS Used, CAST(sum(generated) AS bigint) AS Generated, CAST(sum(allocated) AS bigint) AS Allocated,
              CAST(sum(credited) AS bigint) AS Credited, CAST(sum(grid) AS bigint) AS Grid, CAST(sum(surplus) AS bigint) AS Surplus
            FROM mkt_run_day WHERE run_id = @runId GROUP BY day ORDER BY day
            """, new { runId });
        return [.. rows.Select(row => (MarketDay.Date((int)row.Directions), row.ToPoint().Total))];
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

    private sealed class PointRow
    {
        public string Point { get; init; } = "";

        public long Directions { get; init; }

        public long ConsumptionSlots { get; init; }

        public long GenerationSlots { get; init; }

        public long SubstitutedWh { get; init; }

        public long Used { get; init; }

        public long Generated { get; init; }

        public long Allocated { get; init; }

        public long Credited { get; init; }

        public long Grid { get; init; }

        public long Surplus { get; init; }

        public RunPoint ToPoint() => new(
            Point, (PointDirections)Directions, new EnergyFigures(Used, Generated, Allocated, Credited, Grid, Surplus), (int)ConsumptionSlots, (int)GenerationSlots, SubstitutedWh);
    }
}
