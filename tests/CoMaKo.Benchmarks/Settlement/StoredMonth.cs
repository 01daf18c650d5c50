using System.Buffers.Binary;
using System.Globalization;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Benchmarks.Settlement;

/// <summary>
/// A balance group and its effective days of October 2026, or of other days, in a hub's database: of 10 000 members, each a participant with one point, 8 500
/// consume, 1 000 do both, 500 generate.
/// </summary>
internal static class StoredMonth
{
    public const string Group = "BK";
    public static readonly YearMonth Month = new(2026, 10);

    public static Task WriteAsync(HubDatabase database, int members) => WriteAsync(database, members, Month.OnDayOfMonth(1), Month.PlusMonths(1).OnDayOfMonth(1), () => { });

    /// <param name="to">Exclusive.</param>
    /// <param name="dayDone">Called after each day.</param>
    public static async Task WriteAsync(HubDatabase database, int members, LocalDate from, LocalDate to, Action dayDone)
    {
        long[] ids = [.. Enumerable.Range(1, members).Select(i => (long)i)];
        long[] directions = [.. ids.Select(id => (long)DirectionsOf(id))];
        await database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync("INSERT INTO mkt_group (group_id, name, title, changed_us) OVERRIDING SYSTEM VALUE VALUES (1, 'BK', 'Benchmark', 0)");
            await InsertAsync(tx, "mkt_participant", "(participant_id, name, title, changed_us)", "n, 'M' || lpad(n::text, 5, '0'), 'Member ' || n, 0", directions);
            await tx.ExecuteAsync("INSERT INTO mkt_key_version (group_id, from_day, method) VALUES (1, 0, @method)", new { method = (long)CoMaKo.Settlement.Allocation.AllocationMethod.Dynamic });
            await tx.ExecuteAsync("INSERT INTO mkt_price_version (group_id, from_day, internal, fee, surplus) VALUES (1, 0, 100000, 2500, 60000)");
            await InsertAsync(tx, "mkt_point", "(point_id, name, participant_id, directions, changed_us)", "n, 'ZP' || lpad(n::text, 5, '0'), n, (@directions)[n], 0", directions);
            await InsertAsync(tx, "mkt_membership", "(group_id, point_id, from_day)", "1, n, 0", directions);
            await InsertAsync(tx, "met_series", "(series_id, point_id, direction)", "2 * n + d, n, d", directions, "CROSS JOIN generate_series(1, 2) AS d WHERE ((@directions)[n] & d) <> 0");
        });
        var random = new Random(1);
        var months = new CalendarMonths(database);
        for (var day = from; day < to; day = day.PlusDays(1))
        {
            await months.EnsureCurveAsync(MarketDay.Number(day));
            await WriteDayAsync(database, directions, day, 1, random);
            dayDone();
        }

        await database.WriteAsync(async tx =>
        {
            await tx.AllowAsync(TimeSpan.FromMinutes(5));
            await tx.ExecuteAsync("ANALYZE met_effective_day, mkt_participant, mkt_point, mkt_membership, met_series");
        });
    }

    /// <summary>A version of a day for all series.</summary>
    public static Task WriteDayAsync(HubDatabase database, long[] directions, LocalDate day, long version, Random random) => database.WriteAsync(async tx =>
    {
        await tx.AllowAsync(TimeSpan.FromMinutes(2));
        int slots = MarketDay.Slots(MarketDay.Number(day)).Count;
        var series = new List<long>();
        var wh = new List<byte[]>();
        for (int i = 0; i < directions.Length; i++)
        {
            for (int direction = 1; direction <= 2; direction++)
            {
                if ((directions[i] & direction) == 0) continue;
                series.Add(2 * (i + 1) + direction);
                wh.Add(Packed(slots, direction == 1 ? () => 20 + random.Next(300) : () => random.Next(1600)));
            }
        }

        byte[] measured = [.. Enumerable.Repeat((byte)ValueStatus.Measured, slots)], gateway = [.. Enumerable.Repeat((byte)CurveSource.Gateway, slots)];
        await tx.InsertNewAsync(new RowSet("met_effective_day")
            .Add("series_id", [.. series]).Add("day", MarketDay.Number(day)).Add("version", version).Add("wh", [.. wh])
            .Add("source", [.. series.Select(_ => gateway)]).Add("status", [.. series.Select(_ => measured)]).Add("billable", slots).Add("state", (long)DayState.Final)
            .Add("input_hash", [.. series.Select(id => id.ToString("x64", CultureInfo.InvariantCulture))]).Add("created_us", 0));
    });

    public static PointDirections DirectionsOf(long id) => id % 20 == 0 ? PointDirections.Generation : id % 10 == 1 ? PointDirections.Both : PointDirections.Consumption;

    private static async ValueTask InsertAsync(HubTransaction tx, string table, string columns, string values, long[] directions, string more = "") =>
        await tx.ExecuteAsync($"INSERT INTO {table} {columns} {(columns.StartsWith("(group", StringComparison.Ordinal) ? "" : "OVERRIDING SYSTEM VALUE")} SELECT {values} FROM generate_series(1, cardinality(@directions)) AS n {more}", new { directions });

    private static byte[] Packed(int slots, Func<int> wh)
    {
        byte[] packed = new byte[slots * sizeof(int)];
        for (int i = 0; i < slots; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), wh());
        return packed;
    }
}
