using System.Collections.Concurrent;
using System.Data.Common;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>Which statements a list shows; absent members do not narrow it.</summary>
/// <param name="Participant">Whose; a member sees its own only.</param>
public sealed record StatementFilter(string? Participant = null, string? Group = null, YearMonth? Month = null, PaymentState? Payment = null);

/// <summary>Reads statements. Payment states are those of the clock's Berlin day.</summary>
internal sealed class StatementReader(HubDatabase database, RunReader runs, TimeProvider clock)
{
    /// <summary>Of ten thousand points each takes some megabytes.</summary>
    private const int MostBases = 4;

    private const string Head = """
        SELECT s.statement_id AS StatementId, s.number AS Number, s.run_id AS RunId, r.balance_group AS BalanceGroup, r.month AS Month, r.sequence AS Sequence,
          s.participant AS Participant, s.title AS Title, s.cents AS Cents, s.made_us AS MadeUs, p.due_day AS DueDay,
          CASE WHEN p.state IS NULL THEN CASE WHEN s.cents = 0 THEN 2 ELSE 0 END WHEN p.state IN (1, 3) AND p.due_day < @today THEN 4 ELSE p.state END AS Payment,
          CAST((SELECT coalesce(sum(a.cents), 0) FROM mkt_payment a WHERE a.statement_id = s.statement_id) AS bigint) AS PaidCents
        FROM mkt_statement s JOIN mkt_run r ON r.run_id = s.run_id
          LEFT JOIN mkt_payment p ON p.statement_id = s.statement_id AND p.seq = (SELECT max(l.seq) FROM mkt_payment l WHERE l.statement_id = s.statement_id)
        """;

    /// <summary>Terms of runs with statements never change, and many look at statements of the same run.</summary>
    private readonly ConcurrentDictionary<long, RunBasis> bases = new();

    /// <summary>Newest first.</summary>
    /// <param name="before">Number of the row (<see cref="StatementHead.StatementId"/>) after which the page begins; absent: from the newest on.</param>
    public async Task<IReadOnlyList<StatementHead>> ListAsync(StatementFilter filter, long? before, int limit)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var reader = await database.OpenReaderAsync();
        string where = string.Concat(
            filter.Participant is null ? "" : " AND s.participant = @participant", filter.Group is null ? "" : " AND r.balance_group = @group",
            filter.Month is null ? "" : " AND r.month = @month", before is null ? "" : " AND s.statement_id < @before",
            filter.Payment is null or PaymentState.Open or PaymentState.Paid ? "" : " AND p.statement_id IS NOT NULL"); // nothing but a note leads to the other states
        string ofState = filter.Payment is null ? "" : "WHERE q.Payment = @payment";
        var rows = await reader.QueryAsync<Row>($"SELECT * FROM ({Head} WHERE 1 = 1{where}) q {ofState} ORDER BY q.StatementId DESC LIMIT @limit", new
        {
            today = Today, participant = filter.Participant, group = filter.Group, month = filter.Month?.Number(), before, payment = (long?)filter.Payment, limit,
        });
        return [.. rows.Select(row => row.ToHead())];
    }

    /// <summary>A statement's head; absent if there is none of that number.</summary>
    public async Task<StatementHead?> HeadAsync(string number)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<Row>($"{Head} WHERE s.number = @number", new { today = Today, number })).FirstOrDefault()?.ToHead();
    }

    /// <summary>A statement with its lines; absent if there is none of that number.</summary>
    public async Task<Statement?> FindAsync(string number)
    {
        if (await HeadAsync(number) is not { } head || await runs.FindAsync(head.Group, head.Run) is not { } run || await BasisAsync(head.RunId) is not { } basis) return null;
        await using var reader = await database.OpenReaderAsync();
        var days = await DaysAsync(reader, head, basis);
        var published = await LinesAsync(reader, head, "r.sequence <= @sequence");
        var lines = published.Where(each => each.Sequence == head.Run.Sequence).Select(each => each.Line).ToList();
        var taxes = StatementTaxes.Of(basis, head.Participant, days.Results, DeltaRun.Sum(published.Select(each => each.Line)));
        return new Statement(head, run.InputHash, run.ResultHash, days.Points, lines, taxes, published.Where(each => each.Sequence < head.Run.Sequence).Sum(each => each.Line.Cents));
    }

    /// <summary>The terms that a run was made from; absent for runs of older versions of this program.</summary>
    public async Task<RunBasis?> BasisAsync(long runId)
    {
        if (bases.TryGetValue(runId, out var known)) return known;
        await using var reader = await database.OpenReaderAsync();
        if (await reader.QuerySingleOrDefaultAsync<byte[]?>("SELECT terms FROM mkt_run_basis WHERE run_id = @runId", new { runId }) is not { } packed) return null;
        if (bases.Count >= MostBases) bases.Clear();
        return bases[runId] = RunBasis.Unpack(packed);
    }

    /// <summary>Lines of the participant in the month's published runs before this one, in order of their runs.</summary>
    public async Task<IReadOnlyList<SettlementLine>> LinesBeforeAsync(StatementHead head)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await LinesAsync(reader, head, "r.sequence < @sequence")).Select(each => each.Line)];
    }

    /// <summary>The days behind a line with what it counts of each, in Wh; days without any are left out.</summary>
    public async Task<IReadOnlyList<(LocalDate Day, EnergyFigures Figures)>> DaysAsync(StatementHead head, SettlementLine line)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(long Day, long Used, long Generated, long Allocated, long Credited, long Grid, long Surplus)>("""
            SELECT day, used, generated, allocated, credited, grid, surplus FROM mkt_run_day WHERE run_id = @runId AND point = @point AND day >= @from AND day < @to ORDER BY day
            """, new { runId = head.RunId, point = line.Point, from = MarketDay.Number(line.From), to = MarketDay.Number(line.To) });
        return [.. rows.Select(row => (MarketDay.Date((int)row.Day), new EnergyFigures(row.Used, row.Generated, row.Allocated, row.Credited, row.Grid, row.Surplus)))];
    }

    private int Today => MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000);

    private static async Task<IReadOnlyList<(int Sequence, SettlementLine Line)>> LinesAsync(DbConnection reader, StatementHead head, string which)
    {
        var rows = await reader.QueryAsync<(long Sequence, long Kind, string Point, long From, long To, long Wh, long Price, long Cents)>($"""
            SELECT r.sequence, l.kind, l.point, l.from_day, l.to_day, l.wh, l.price, l.cents FROM mkt_run r JOIN mkt_line l ON l.run_id = r.run_id
            WHERE r.balance_group = @group AND r.month = @month AND r.published_us IS NOT NULL AND l.person = @participant AND {which} ORDER BY r.sequence, l.line
            """, new { group = head.Group, month = head.Run.Month.Number(), sequence = head.Run.Sequence, participant = head.Participant });
        return [.. rows.Select(row => ((int)row.Sequence, new SettlementLine((LineKind)row.Kind, row.Point, MarketDay.Date((int)row.From), MarketDay.Date((int)row.To), row.Wh, row.Price, row.Cents)))];
    }

    private static async Task<(IReadOnlyList<RunPoint> Points, IReadOnlyList<PointResult> Results)> DaysAsync(DbConnection reader, StatementHead head, RunBasis basis)
    {
        var key = new { runId = head.RunId, person = head.Participant };
        var points = await reader.QueryAsync<(string Point, long Directions, long Consumption, long Generation, long Substituted)>(
            "SELECT point, directions, consumption_slots, generation_slots, substituted_wh FROM mkt_run_point WHERE run_id = @runId AND person = @person ORDER BY point", key);
        var days = (await reader.QueryAsync<(string Point, long Day, long Used, long Generated, long Allocated, long Credited, long Grid, long Surplus)>("""
            SELECT d.point, d.day, d.used, d.generated, d.allocated, d.credited, d.grid, d.surplus FROM mkt_run_point p JOIN mkt_run_day d ON d.run_id = p.run_id AND d.point = p.point
            WHERE p.run_id = @runId AND p.person = @person
            """, key)).ToLookup(row => row.Point, StringComparer.Ordinal);
        int first = MarketDay.Number(basis.From), count = Period.DaysBetween(basis.From, basis.To);
        var (heads, results) = (new List<RunPoint>(), new List<PointResult>());
        foreach (var point in points)
        {
            var figures = new EnergyFigures[count];
            foreach (var day in days[point.Point]) figures[day.Day - first] = new EnergyFigures(day.Used, day.Generated, day.Allocated, day.Credited, day.Grid, day.Surplus);
            var total = figures.Aggregate(default(EnergyFigures), (sum, day) => sum + day);
            heads.Add(new RunPoint(point.Point, (PointDirections)point.Directions, total, (int)point.Consumption, (int)point.Generation, point.Substituted));
            results.Add(new PointResult(point.Point, (PointDirections)point.Directions, total, figures, default, default));
        }

        return (heads, results);
    }

    private sealed class Row
    {
        public long StatementId { get; init; }

        public string Number { get; init; } = "";

        public long RunId { get; init; }

        public string BalanceGroup { get; init; } = "";

        public long Month { get; init; }

        public long Sequence { get; init; }

        public string Participant { get; init; } = "";

        public string? Title { get; init; }

        public long Cents { get; init; }

        public long MadeUs { get; init; }

        public long? DueDay { get; init; }

        public long Payment { get; init; }

        public long PaidCents { get; init; }

        public StatementHead ToHead() => new(
            StatementId, Number, RunId, BalanceGroup, new RunName(RunMonth.Of(Month), (int)Sequence), Participant, Title, Cents, MadeUs, (PaymentState)Payment, PaidCents, (int?)DueDay);
    }
}
