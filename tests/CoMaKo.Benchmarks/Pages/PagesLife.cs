using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>
/// What people leave behind in a cooperative of that size: payments of the published months, readings, anomalies and disputes. Made by SQL from what the settlement has
/// stored, the same with each run: which member does what follows from its number.
/// </summary>
internal static class PagesLife
{
    public static Task WriteAsync(HubDatabase database, LocalDate today, int months) => database.WriteAsync(async tx =>
    {
        await tx.AllowAsync(TimeSpan.FromMinutes(5));
        long now = MarketDay.Slots(MarketDay.Number(today))[0].StartUnixSeconds * 1_000_000;
        foreach (string statement in (string[])[Payments, PartPayments, Readings, Findings, Disputes]) await tx.ExecuteAsync(statement, new { today = (long)MarketDay.Number(today), now, months });
    });

    /// <summary>Of older months all but one in 50 are paid, of the newest two fifths; the others are overdue or still open.</summary>
    private const string Payments = """
        INSERT INTO mkt_payment (statement_id, seq, state, day, cents, due_day, author, created_us)
        SELECT s.statement_id, 1, CASE WHEN s.paid THEN 2 WHEN s.age > 1 THEN 4 ELSE 1 END, @today - 30 * s.age + 10, CASE WHEN s.paid THEN s.cents ELSE 0 END, @today - 30 * s.age + 14, 'bank', @now - 86400000000 * (30 * s.age - 10)
        FROM (SELECT *, CASE WHEN age > 1 THEN statement_id % 50 <> 0 ELSE statement_id % 5 < 2 END AS paid
              FROM (SELECT statement_id, cents, dense_rank() OVER (ORDER BY run_id DESC) AS age FROM mkt_statement) AS aged) AS s
        WHERE s.cents <> 0 AND (s.paid OR s.age > 1 OR s.statement_id % 5 = 2)
        """;

    /// <summary>Of the overdue ones every second is paid in part by now.</summary>
    private const string PartPayments = """
        INSERT INTO mkt_payment (statement_id, seq, state, day, cents, due_day, author, reason, created_us)
        SELECT p.statement_id, 2, 3, p.day + 20, s.cents / 2, p.due_day, 'board', 'In instalments, as agreed.', p.created_us + 1
        FROM mkt_payment p JOIN mkt_statement s ON s.statement_id = p.statement_id WHERE p.state = 4 AND p.statement_id % 100 = 0 AND s.cents / 2 <> 0
        """;

    /// <summary>One member in five reads the meter each month, all of them at the turn of the year; one reading in 40 was corrected.</summary>
    private const string Readings = """
        INSERT INTO met_reading (series_id, at_s, kind, wh, state, origin, author, received_us)
        SELECT s.series_id, @now / 1000000 - 2592000 * m, 1, 5000000 + s.series_id % 1000 * 1000 + (@months - m) * 250000, CASE WHEN s.series_id % 40 = 0 AND m % 2 = 0 THEN 3 ELSE 1 END, 1 + s.series_id % 4, 'M' || lpad(s.point_id::text, 5, '0'),
          @now - 2592000000000 * m
        FROM generate_series(@months - 1, 1, -1) AS m CROSS JOIN met_series s WHERE s.series_id % 5 = 0 OR m % 12 = 11
        """;

    /// <summary>One series in 200 has an anomaly each month; those of the newest month are open, of the others one in 20.</summary>
    private const string Findings = """
        INSERT INTO met_finding (series_id, day, slot, rule, value, bound, state, found_us, decided_by, decided_us, reason)
        SELECT f.series_id, f.day, @now / 1000000 - 86400 * (@today - f.day) + 36000, f.rule, 5400000, 2000000, CASE WHEN f.is_open THEN 1 ELSE 2 + f.series_id % 2 END, @now - 2592000000000 * f.m, CASE WHEN f.is_open THEN NULL ELSE 'board' END,
          CASE WHEN f.is_open THEN NULL ELSE @now - 2592000000000 * f.m + 1 END, CASE WHEN f.is_open THEN NULL ELSE 'Looked at with the member.' END
        FROM (SELECT m, s.series_id, @today - 30 * m - s.series_id % 20 AS day, (ARRAY[5, 6, 7, 8, 15])[1 + s.series_id % 5] AS rule, m = 0 OR s.series_id % 4000 = 0 AS is_open
              FROM generate_series(@months - 1, 0, -1) AS m CROSS JOIN met_series s WHERE (s.series_id + 17 * m) % 200 = 0) AS f
        """;

    /// <summary>One participant in 100 disputed a month; a tenth of that waits for an answer.</summary>
    private const string Disputes = """
        INSERT INTO met_dispute (participant, subject, thing, words, state, author, created_us, reason, answered_by, answered_us)
        SELECT name, 2, '2026-10', 'This is more than my meter shows.', CASE WHEN participant_id % 1000 = 0 THEN 1 ELSE 2 END, name, @now - 86400000000, CASE WHEN participant_id % 1000 = 0 THEN NULL ELSE 'Corrected.' END,
          CASE WHEN participant_id % 1000 = 0 THEN NULL ELSE 'board' END, CASE WHEN participant_id % 1000 = 0 THEN NULL ELSE @now END
        FROM mkt_participant WHERE participant_id % 100 = 0
        """;
}
