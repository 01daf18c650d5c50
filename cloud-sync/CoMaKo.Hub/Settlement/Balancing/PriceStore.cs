using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Curves;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>What an import of prices did.</summary>
/// <param name="Created">Slots that had no price.</param>
/// <param name="Corrected">Slots that got another price; the one before stays as an earlier version.</param>
/// <param name="File">Absent if nothing was new.</param>
internal sealed record PriceImport(int Created, int Corrected, int Unchanged, long? File);

/// <summary>Balancing prices per quarter hour, in versions.</summary>
internal sealed class PriceStore(HubDatabase database, TimeProvider clock)
{
    private const long ReBapKind = 1;
    private const string Known = "JOIN mkt_price_file f ON f.file_id = p.file_id AND f.created_us <= @asOfUs";

    /// <summary>Stores prices; those that are known already change nothing.</summary>
    public Task<PriceImport> PutAsync(IReadOnlyList<SlotPrice> prices, byte[] file, string author) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        // One import after another: two at once could choose the same version.
        if (tx.Engine == HubEngine.Postgres) await tx.ExecuteAsync("LOCK TABLE mkt_price IN SHARE ROW EXCLUSIVE MODE");
        var known = new Dictionary<long, (long Version, long Price)>();
        if (prices.Count > 0)
        {
            var rows = await tx.QueryAsync<(long Slot, long Version, long Price)>(
                "SELECT slot, version, price FROM mkt_price WHERE kind = @kind AND slot >= @from AND slot <= @to ORDER BY version",
                new { kind = ReBapKind, from = prices.Min(each => each.Slot.StartUnixSeconds), to = prices.Max(each => each.Slot.StartUnixSeconds) });
            foreach (var (slot, version, price) in rows) known[slot] = (version, price);
        }

        var news = prices.Where(each => !known.TryGetValue(each.Slot.StartUnixSeconds, out var old) || old.Price != each.Price).ToList();
        if (news.Count == 0) return new PriceImport(0, 0, prices.Count, null);
        long fileId = await FileAsync(tx, file, author);
        int corrected = news.Count(each => known.ContainsKey(each.Slot.StartUnixSeconds));
        await tx.InsertNewAsync(new RowSet("mkt_price")
            .Add("slot", news.Select(each => each.Slot.StartUnixSeconds).ToArray())
            .Add("version", news.Select(each => known.GetValueOrDefault(each.Slot.StartUnixSeconds).Version + 1).ToArray())
            .Add("price", news.Select(each => each.Price).ToArray())
            .Add("kind", ReBapKind).Add("file_id", fileId));
        return new PriceImport(news.Count - corrected, corrected, prices.Count - news.Count, fileId);
    });

    /// <summary>Newest prices of the period, and those of the last month before it that has any: it stands in for what is not published yet.</summary>
    public async Task<ReBap> ReadAsync(LocalDate from, LocalDate to) => new(await SlotsAsync(from, to));

    /// <summary>The same as prices by slot.</summary>
    /// <param name="asOfUs">Only files that were there then, Unix µs; absent: all.</param>
    public async Task<Dictionary<QuarterHour, long>> SlotsAsync(LocalDate from, LocalDate to, long asOfUs = long.MaxValue)
    {
        long start = StartOf(from), end = StartOf(to);
        await using var reader = await database.OpenReaderAsync();
        long? last = await reader.ExecuteScalarAsync<long?>($"SELECT max(p.slot) FROM mkt_price p {Known} WHERE p.kind = @kind AND p.slot < @start", new { kind = ReBapKind, start, asOfUs });
        if (last is { } slot) start = StartOf(MarketDay.Date(MarketDay.Containing(slot)).With(DateAdjusters.StartOfMonth));
        var rows = await reader.QueryAsync<(long Slot, long Price)>($"SELECT p.slot, p.price FROM mkt_price p {Known} WHERE p.kind = @kind AND p.slot >= @start AND p.slot < @end ORDER BY p.slot, p.version", new { kind = ReBapKind, start, end, asOfUs });
        var prices = new Dictionary<QuarterHour, long>();
        foreach (var (begin, price) in rows) prices[QuarterHour.StartingAt(begin)] = price;
        return prices;
    }

    /// <summary>How many prices could change the balancing of the period: grows with each import that concerns it.</summary>
    public async Task<string> RevisionAsync(LocalDate from, LocalDate to)
    {
        await using var reader = await database.OpenReaderAsync();
        var (prices, last, forecasts) = await reader.QuerySingleAsync<(long, long, long)>("""
            SELECT count(*), coalesce(max(file_id), 0), (SELECT count(*) FROM mkt_forecast_day WHERE day >= @first AND day < @after) FROM mkt_price WHERE kind = @kind AND slot < @end
            """, new { kind = ReBapKind, end = StartOf(to), first = MarketDay.Number(from), after = MarketDay.Number(to) });
        return FormattableString.Invariant($"{prices}/{last}/{forecasts}");
    }

    private async ValueTask<long> FileAsync(HubTransaction tx, byte[] file, string author)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        tx.Prepare("INSERT INTO mkt_price_file (sha256, author, created_us) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING").Bind(sha256).Bind(author).Bind(clock.UnixMicroseconds()).Later();
        return (await tx.Prepare("SELECT file_id FROM mkt_price_file WHERE sha256 = $1").Bind(sha256).NumberAsync())!.Value;
    }

    private static long StartOf(LocalDate day) => MarketDay.Slots(MarketDay.Number(day))[0].StartUnixSeconds;
}
