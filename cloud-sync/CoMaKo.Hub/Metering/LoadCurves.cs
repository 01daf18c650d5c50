using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A register's curve over a time, with what is known about its gaps.</summary>
public sealed record RegisterCurve(RegisterInfo Register, IReadOnlyList<EffectiveSlot> Slots, IReadOnlyList<CurveGap> Gaps);

/// <summary>
/// Load curves, never older than their inputs: a day that ingest marked is derived anew by whoever reads it first. A running day is derived on
/// each read and stored at its first derivation after its end, so that versions count corrections and not quarter hours.
/// </summary>
public sealed class LoadCurves(HubDatabase database, TimeProvider clock)
{
    private readonly CalendarMonths months = new(database);

    /// <summary>The register with this name; absent if there is none.</summary>
    public async Task<RegisterInfo?> FindAsync(string register)
    {
        await using var reader = await database.OpenReaderAsync();
        return await RegisterReader.FindAsync(reader, register);
    }

    /// <summary>Registers by name, after a name.</summary>
    public async Task<IReadOnlyList<RegisterInfo>> ListAsync(string after, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return await RegisterReader.AfterAsync(reader, after, limit);
    }

    /// <summary>Registers of a gateway by name.</summary>
    public async Task<IReadOnlyList<RegisterInfo>> OfGatewayAsync(long gatewayId)
    {
        await using var reader = await database.OpenReaderAsync();
        return await RegisterReader.OfGatewayAsync(reader, gatewayId);
    }

    /// <summary>Slots of [<paramref name="from"/>, <paramref name="to"/>) that have ended, and the gaps among them.</summary>
    /// <param name="from">Unix seconds, a multiple of 900.</param>
    /// <param name="to">Unix seconds, a multiple of 900.</param>
    public async Task<RegisterCurve> ReadAsync(RegisterInfo register, long from, long to)
    {
        ArgumentNullException.ThrowIfNull(register);
        long now = clock.UnixMicroseconds() / 1_000_000;
        to = Math.Min(to, now - now % QuarterHour.Seconds);
        if (to <= from) return new RegisterCurve(register, [], []);
        var slots = new List<EffectiveSlot>();
        for (int day = MarketDay.Containing(from); day <= MarketDay.Containing(to - 1); day++)
            slots.AddRange((await DayAsync(register, day, now)).Where(slot => slot.Curve.Slot.StartUnixSeconds >= from && slot.Curve.Slot.EndUnixSeconds <= to));
        await using var reader = await database.OpenReaderAsync();
        return new RegisterCurve(register, slots, (await DeriveAsync(reader, register, from, to)).Gaps);
    }

    /// <summary>The slots of a day that have ended.</summary>
    public async Task<IReadOnlyList<EffectiveSlot>> DayUpToNowAsync(RegisterInfo register, int day)
    {
        ArgumentNullException.ThrowIfNull(register);
        long now = clock.UnixMicroseconds() / 1_000_000;
        return [.. (await DayAsync(register, day, now)).Where(slot => slot.Curve.Slot.EndUnixSeconds <= now)];
    }

    /// <summary>One slot of a register's curve.</summary>
    public async Task<EffectiveSlot> SlotAsync(RegisterInfo register, QuarterHour slot)
    {
        ArgumentNullException.ThrowIfNull(register);
        var day = await DayAsync(register, MarketDay.Containing(slot.StartUnixSeconds), clock.UnixMicroseconds() / 1_000_000);
        return day.First(each => each.Curve.Slot == slot);
    }

    /// <summary>Derives every marked day that has ended.</summary>
    public Task DeriveMarkedDaysAsync(CancellationToken cancellationToken) => DeriveMarkedDaysAsync(int.MinValue, int.MaxValue, cancellationToken);

    /// <summary>Derives every marked day from <paramref name="from"/> to before <paramref name="to"/> that has ended.</summary>
    public async Task DeriveMarkedDaysAsync(int from, int to, CancellationToken cancellationToken)
    {
        int today = Math.Min(to, MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000));
        IReadOnlyList<(string Register, long Day)> marked;
        await using (var reader = await database.OpenReaderAsync())
        {
            marked = [.. await reader.QueryAsync<(string, long)>(
                "SELECT r.name, d.day FROM met_dirty d JOIN met_series s ON s.series_id = d.series_id JOIN met_register r ON r.register_id = s.register_id WHERE d.day >= @from AND d.day < @today ORDER BY d.series_id, d.day", new { from, today })];
        }

        foreach (var (name, day) in marked)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await FindAsync(name) is { } register) await StoreIfMarkedAsync(register, (int)day);
        }
    }

    /// <summary>A register's part in a metering point on one day. Slots that have not ended are missing.</summary>
    internal async Task<RegisterPart> PartAsync(string name, int factor, int day)
    {
        await using var reader = await database.OpenReaderAsync();
        var register = await RegisterReader.FindAsync(reader, name) ?? throw new InvalidOperationException($"Register '{name}' is assigned and not there.");
        long now = clock.UnixMicroseconds() / 1_000_000;
        var slots = (await DayAsync(register, day, now)).Select(slot => slot.Curve.Slot.EndUnixSeconds <= now ? slot.Curve : slot.Curve with { Wh = null, Quality = SlotQuality.Missing }).ToList();
        return RegisterPart.Of(new LoadCurve(slots, []), factor, await RegisterReader.SegmentsAsync(reader, register));
    }

    private async Task<IReadOnlyList<EffectiveSlot>> DayAsync(RegisterInfo register, int day, long now)
    {
        var slots = MarketDay.Slots(day);
        bool isRunning = slots[^1].EndUnixSeconds > now;
        if (!isRunning) await StoreIfMarkedAsync(register, day);
        await using var reader = await database.OpenReaderAsync();
        var curves = await VersionsAsync(reader, register.SeriesId, day);
        if (isRunning) curves.Add(await DeriveDayAsync(reader, register, day, NewestOf(curves)?.Version ?? 0));
        return SourceRank.Choose(slots, curves);
    }

    /// <summary>The mark goes only if it is the one that was read before the totals: ingest never waits for a derivation, and no total is missed.</summary>
    private async Task StoreIfMarkedAsync(RegisterInfo register, int day)
    {
        while (true)
        {
            long? mark;
            CurveDay derived;
            CurveDay? newest;
            await using (var reader = await database.OpenReaderAsync())
            {
                mark = await reader.QuerySingleOrDefaultAsync<long?>("SELECT mark FROM met_dirty WHERE series_id = @SeriesId AND day = @day", new { register.SeriesId, day });
                if (mark is null) return;
                newest = NewestOf(await VersionsAsync(reader, register.SeriesId, day));
                derived = await DeriveDayAsync(reader, register, day, newest?.Version ?? 0);
            }

            bool isSame = newest is not null && newest.Wh.SequenceEqual(derived.Wh) && newest.Quality.SequenceEqual(derived.Quality);
            await months.EnsureCurveAsync(day);
            if (await database.WriteAsync(tx => StoreAsync(tx, register, derived, mark.Value, isSame))) return;
        }
    }

    private async ValueTask<bool> StoreAsync(HubTransaction tx, RegisterInfo register, CurveDay derived, long mark, bool isSame)
    {
        int marks = await tx.Prepare("DELETE FROM met_dirty WHERE series_id = $1 AND day = $2 AND mark = $3").Bind(register.SeriesId).Bind(derived.Day).Bind(mark).RunAsync();
        if (marks == 0) return false;
        if (isSame) return true;
        tx.Prepare("""
            INSERT INTO met_dirty (series_id, day, mark)
            SELECT DISTINCT a.series_id, CAST($1 AS bigint), CAST($2 AS bigint) FROM met_assignment a WHERE a.register_id = $3 AND a.from_day <= $1 AND coalesce(a.to_day, 9223372036854775807) > $1
            ON CONFLICT (series_id, day) DO UPDATE SET mark = excluded.mark
            """).Bind(derived.Day).Bind(mark).Bind(register.RegisterId).Later();
        tx.Prepare("INSERT INTO met_curve_day (series_id, day, source, version, wh, quality, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .Bind(register.SeriesId).Bind(derived.Day).Bind((long)derived.Source).Bind(derived.Version)
            .Bind(derived.PackWh()).Bind(derived.PackQuality()).Bind(clock.UnixMicroseconds()).Later();
        return true;
    }

    private static CurveDay? NewestOf(List<CurveDay> curves) =>
        curves.Where(curve => curve.Source == CurveSource.Gateway).MaxBy(curve => curve.Version);

    private static async Task<List<CurveDay>> VersionsAsync(DbConnection reader, long seriesId, int day)
    {
        var rows = await reader.QueryAsync<(long Source, long Version, byte[] Wh, byte[] Quality)>(
            "SELECT source, version, wh, quality FROM met_curve_day WHERE series_id = @seriesId AND day = @day", new { seriesId, day });
        return [.. rows.Select(row => CurveDay.Unpack(day, (CurveSource)row.Source, (int)row.Version, row.Wh, row.Quality))];
    }

    private static async Task<CurveDay> DeriveDayAsync(DbConnection reader, RegisterInfo register, int day, int newestVersion)
    {
        var slots = MarketDay.Slots(day);
        var curve = await DeriveAsync(reader, register, slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);
        return new CurveDay(day, CurveSource.Gateway, newestVersion + 1, [.. curve.Slots.Select(slot => slot.Wh)], [.. curve.Slots.Select(slot => slot.Quality)]);
    }

    private static async Task<LoadCurve> DeriveAsync(DbConnection reader, RegisterInfo register, long from, long to) => CurveDerivation.Derive(
        await RegisterReader.SegmentsAsync(reader, register), await RegisterReader.TotalsAsync(reader, register, from, to), from, to);
}
