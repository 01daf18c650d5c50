using CoMaKo.Hub.Access;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A run to be written.</summary>
/// <param name="Lines">Of a delta the differences, otherwise all lines of the settlement.</param>
/// <param name="DueUs">Of a delta that waits for a month close, Unix µs.</param>
/// <param name="IsPublished">It never changes again.</param>
/// <param name="Seen">State of the inputs that it was made from.</param>
internal sealed record RunDraft(
    string Group, RunName Name, RunKind Kind, RunHead? Base, SettledPeriod Settled, IReadOnlyList<SettlementLine> Lines, long? DueUs, bool IsPublished, string Seen);

/// <summary>
/// Writes runs: each in one transaction that checks the fence of the lease under which it was made. What is published is never touched again
/// (triggers keep it, too); a provisional run or a delta that is not published yet is replaced as a whole.
/// </summary>
internal sealed class RunWriter(HubDatabase database, TimeProvider clock, EventOutbox events)
{
    /// <summary>A month of ten thousand points on a busy server.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Days of so many points are written at once: rows of all of them would double the memory of a large month. Columns of a month of them stay below 85 kB, from
    /// where on the collector keeps an array until its rarest round.
    /// </summary>
    private const int PointsAtOnce = 250;

    /// <summary>Writes a run in the place of the unpublished runs of its month.</summary>
    /// <exception cref="LeaseLostException">Another process settles this group by now; nothing was written.</exception>
    public Task WriteAsync(Lease lease, RunDraft draft) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        await tx.AllowAsync(Longest);
        await Leases.RequireAsync(tx, lease);
        await DeleteUnpublishedAsync(tx, draft.Group, draft.Name.Month);
        long runId = await InsertHeadAsync(tx, lease, draft);
        await InsertRowsAsync(tx, runId, draft);
        Note(tx, draft.Group, draft.Name.Month, draft.Seen);
        if (draft.Kind != RunKind.Provisional) PassOn(tx, draft.Settled.Result);
        if (draft.IsPublished)
        {
            KeepTerms(tx, draft.Group, draft.Name.Month.End());
            await StatementMaker.MakeAsync(tx, runId, draft.Group, draft.Name, clock.UnixMicroseconds());
        }

        Tell(tx, draft.Group, draft.Name, draft.Kind);
    });

    /// <summary>Notes that the inputs in this state come to what is stored already; an unpublished delta that a correction took back goes.</summary>
    /// <param name="closed">What a published month comes to; absent: the month is open.</param>
    public Task NoteSeenAsync(Lease lease, string group, YearMonth month, string seen, bool dropsUnpublished, SettlementResult? closed = null) => database.WriteAsync(async tx =>
    {
        await Leases.RequireAsync(tx, lease);
        if (dropsUnpublished) await DeleteUnpublishedAsync(tx, group, month);
        if (closed is not null) PassOn(tx, closed);
        Note(tx, group, month, seen);
    });

    /// <summary>Publishes the delta that waits; its lines stay as they are.</summary>
    public Task PublishAsync(Lease lease, RunHead run) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        await Leases.RequireAsync(tx, lease);
        if (await tx.Prepare("UPDATE mkt_run SET published_us = $1 WHERE run_id = $2 AND published_us IS NULL").Bind(clock.UnixMicroseconds()).Bind(run.RunId).RunAsync() == 0) return;
        await StatementMaker.MakeAsync(tx, run.RunId, run.Group, run.Name, clock.UnixMicroseconds());
        Tell(tx, run.Group, run.Name, run.Kind);
    });

    /// <summary>Stores that an operator takes a month's open slots as they are.</summary>
    public Task ConfirmAsync(Lease lease, string group, YearMonth month, string by, string reason) => database.WriteAsync(async tx =>
    {
        await Leases.RequireAsync(tx, lease);
        await tx.Prepare("""
            INSERT INTO mkt_month (balance_group, month, confirmed_us, confirmed_by, reason) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (balance_group, month) DO UPDATE SET confirmed_us = excluded.confirmed_us, confirmed_by = excluded.confirmed_by, reason = excluded.reason WHERE mkt_month.confirmed_us IS NULL
            """).Bind(group).Bind(month.Number()).Bind(clock.UnixMicroseconds()).Bind(by).Bind(reason).RunAsync();
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), by, "month.confirm", $"{group} {month.Text()}", reason);
    });

    private void Tell(HubTransaction tx, string group, RunName name, RunKind kind) => events.Append(
        tx, EventTypes.SettlementFinished, group, clock.UnixMicroseconds(), new { run = name.ToString(), month = name.Month.Text(), kind = kind.ToString().ToLowerInvariant() });

    /// <summary>Master data of days that a published run rests on change by a date only.</summary>
    private static void KeepTerms(HubTransaction tx, string group, LocalDate end)
    {
        int day = MarketDay.Number(end);
        tx.Prepare("UPDATE mkt_group SET final_to_day = $1 WHERE name = $2 AND final_to_day < $3").Bind(day).Bind(group).Bind(day).Later();
    }

    /// <summary>
    /// The next month begins with what the batteries hold. A correction that is collected counts at once, not when it is published: the months after it
    /// are then corrected, or closed, on the same day as it, and not one month later each.
    /// </summary>
    private static void PassOn(HubTransaction tx, SettlementResult result)
    {
        int day = MarketDay.Number(result.To);
        foreach (var battery in result.Batteries)
        {
            tx.Prepare("""
                INSERT INTO mkt_battery (point_id, day, own_wh, grid_wh) SELECT point_id, $1, $2, $3 FROM mkt_point WHERE name = $4
                ON CONFLICT (point_id, day) DO UPDATE SET own_wh = excluded.own_wh, grid_wh = excluded.grid_wh
                """).Bind(day).Bind(battery.OwnWh).Bind(battery.GridWh).Bind(battery.Point).Later();
        }
    }

    private static void Note(HubTransaction tx, string group, YearMonth month, string seen) =>
        tx.Prepare("INSERT INTO mkt_month (balance_group, month, seen) VALUES ($1, $2, $3) ON CONFLICT (balance_group, month) DO UPDATE SET seen = excluded.seen")
            .Bind(group).Bind(month.Number()).Bind(seen).Later();

    private static async ValueTask DeleteUnpublishedAsync(HubTransaction tx, string group, YearMonth month)
    {
        var runs = await tx.Prepare("SELECT run_id FROM mkt_run WHERE balance_group = $1 AND month = $2 AND published_us IS NULL").Bind(group).Bind(month.Number()).ListAsync(row => row.Int64(0));
        foreach (long run in runs)
        {
            tx.Prepare("DELETE FROM mkt_line WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run_sum WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run_day WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run_point WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run_input WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run_basis WHERE run_id = $1").Bind(run).Later();
            tx.Prepare("DELETE FROM mkt_run WHERE run_id = $1").Bind(run).Later();
        }
    }

    private async ValueTask<long> InsertHeadAsync(HubTransaction tx, Lease lease, RunDraft draft)
    {
        var (settled, now) = (draft.Settled, clock.UnixMicroseconds());
        return (await tx.Prepare("""
            INSERT INTO mkt_run (balance_group, month, sequence, kind, base_run_id, input_hash, result_hash, fence, expected_slots, open_slots, price, created_us, due_us, published_us, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING run_id
            """).Bind(draft.Group).Bind(draft.Name.Month.Number()).Bind(draft.Name.Sequence).Bind((long)draft.Kind).Bind(draft.Base?.RunId).Bind(settled.InputHash).Bind(settled.ResultHash)
            .Bind(lease.Fence).Bind(settled.Result.ExpectedSlots).Bind(settled.Result.OpenSlots.Count).Bind(settled.Price).Bind(now).Bind(draft.DueUs).Bind(draft.IsPublished ? now : (long?)null)
            .Bind(RunDetail.ToJson(settled)).NumberAsync())!.Value;
    }

    private static async ValueTask InsertRowsAsync(HubTransaction tx, long runId, RunDraft draft)
    {
        var (result, inputs, lines) = (draft.Settled.Result, draft.Settled.Inputs, draft.Lines);
        var personOf = draft.Settled.Basis.PersonOf();
        if (draft.Kind != RunKind.Provisional) await tx.Prepare("INSERT INTO mkt_run_basis (run_id, terms) VALUES ($1, $2)").Bind(runId).Bind(draft.Settled.Basis.Pack()).RunAsync();
        await tx.InsertAllAsync(new RowSet("mkt_run_input")
            .Add("series_id", [.. inputs.Select(each => each.SeriesId)]).Add("from_day", [.. inputs.Select(each => (long)each.From)])
            .Add("to_day", [.. inputs.Select(each => (long)each.To)]).Add("version", [.. inputs.Select(each => (long)each.Version)]).Add("run_id", runId));
        await tx.InsertAllAsync(new RowSet("mkt_run_point")
            .Add("point", [.. result.Points.Select(each => each.Point)]).Add("person", [.. result.Points.Select(each => personOf(each.Point))]).Add("directions", [.. result.Points.Select(each => (long)each.Directions)])
            .Add("consumption_slots", [.. result.Points.Select(each => (long)each.Consumption.Present)]).Add("generation_slots", [.. result.Points.Select(each => (long)each.Generation.Present)])
            .Add("substituted_wh", [.. result.Points.Select(each => each.Consumption.SubstitutedWh + each.Generation.SubstitutedWh)]).Add("run_id", runId));
        foreach (var points in result.Points.Chunk(PointsAtOnce)) await tx.InsertAllAsync(DaysOf(runId, points, MarketDay.Number(result.From), draft.Settled.Shares));
        await tx.InsertAllAsync(SumsOf(runId, draft.Settled));
        await tx.InsertAllAsync(new RowSet("mkt_line")
            .Add("line", [.. lines.Select((_, i) => i + 1L)]).Add("kind", [.. lines.Select(each => (long)each.Kind)]).Add("point", [.. lines.Select(each => each.Point)])
            .Add("person", [.. lines.Select(each => each.Kind >= LineKind.Tax ? each.Point : personOf(each.Point))])
            .Add("from_day", [.. lines.Select(each => (long)MarketDay.Number(each.From))]).Add("to_day", [.. lines.Select(each => (long)MarketDay.Number(each.To))])
            .Add("wh", [.. lines.Select(each => each.Wh)]).Add("price", [.. lines.Select(each => each.Price)]).Add("cents", [.. lines.Select(each => each.Cents)]).Add("run_id", runId));
    }

    /// <summary>Days without any energy of a point are left out.</summary>
    private static RowSet DaysOf(long runId, IReadOnlyList<PointResult> results, int first, SlotShares? shares)
    {
        int count = results.Sum(point => point.Days.Length - point.Days.Span.Count(default(EnergyFigures)));
        var (points, slots, columns) = (new string[count], new byte[]?[count], new long[7][]);
        for (int column = 0; column < columns.Length; column++) columns[column] = new long[count];
        int row = 0;
        foreach (var point in results)
        {
            for (int i = 0; i < point.Days.Length; i++)
            {
                if (point.Days.Span[i] == default) continue;
                var (used, generated, allocated, credited, grid, surplus) = point.Days.Span[i];
                (points[row], slots[row]) = (point.Point, shares?.Of(point.Point, first + i));
                (columns[0][row], columns[1][row], columns[2][row], columns[3][row], columns[4][row], columns[5][row], columns[6][row++]) = (first + i, used, generated, allocated, credited, grid, surplus);
            }
        }

        return new RowSet("mkt_run_day").Add("point", points).Add("day", columns[0]).Add("used", columns[1]).Add("generated", columns[2]).Add("allocated", columns[3])
            .Add("credited", columns[4]).Add("grid", columns[5]).Add("surplus", columns[6]).Add("slots", slots).Add("run_id", runId);
    }

    private static RowSet SumsOf(long runId, SettledPeriod settled)
    {
        int first = MarketDay.Number(settled.Result.From);
        var sums = new EnergyFigures[settled.Slots.Days.Count];
        foreach (var point in settled.Result.Points)
            for (int i = 0; i < sums.Length; i++) sums[i] += point.Days.Span[i];
        return new RowSet("mkt_run_sum").Add("day", [.. sums.Select((_, i) => (long)(first + i))]).Add("used", [.. sums.Select(sum => sum.Used)]).Add("generated", [.. sums.Select(sum => sum.Generated)])
            .Add("allocated", [.. sums.Select(sum => sum.Allocated)]).Add("credited", [.. sums.Select(sum => sum.Credited)]).Add("grid", [.. sums.Select(sum => sum.Grid)])
            .Add("surplus", [.. sums.Select(sum => sum.Surplus)]).Add("slots", [.. sums.Select((_, i) => settled.Slots.Pack(first + i))]).Add("run_id", runId);
    }
}
