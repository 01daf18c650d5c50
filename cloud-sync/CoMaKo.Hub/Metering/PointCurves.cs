using System.Data.Common;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Buildings;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>
/// What counts at metering points, day by day: derived from the curves of all sources by a pure function, never older than its inputs. A day is derived
/// by the job or, where a reader meets its mark, by the reader first. Nothing is updated; the newest version holds.
/// </summary>
public sealed class PointCurves
{
    private const int DaysPerTransaction = 200;

    /// <summary>Days of few series are read together; one day of a large group has more rows.</summary>
    private const int RowsAtOnce = 3000;

    private readonly HubDatabase database;
    private readonly LoadCurves registers;
    private readonly TimeProvider clock;
    private readonly CalendarMonths months;
    private readonly EventOutbox? events;

    public PointCurves(HubDatabase database, LoadCurves registers, TimeProvider clock)
        : this(database, registers, clock, null)
    {
    }

    internal PointCurves(HubDatabase database, LoadCurves registers, TimeProvider clock, EventOutbox? events)
    {
        this.events = events;
        (this.database, this.registers, this.clock) = (database, registers, clock);
        months = new CalendarMonths(database);
    }

    /// <summary>Derives every marked day of points that has ended.</summary>
    public async Task DeriveMarkedDaysAsync(CancellationToken cancellationToken) => await DeriveAsync("d.day < @today", new { today = Today }, cancellationToken);

    /// <summary>Brings the days from <paramref name="from"/> to before <paramref name="to"/> up to date, of all points or of some series.</summary>
    /// <param name="series">Absent: of all points.</param>
    public async Task PrepareAsync(int from, int to, IReadOnlyCollection<long>? series = null, CancellationToken cancellationToken = default)
    {
        await registers.DeriveMarkedDaysAsync(from, to, cancellationToken); // marks the days of the points that these registers make
        string ofSeries = series is null ? "" : $"AND d.series_id {database.Engine.AnyOf("@series")}";
        // A running day of a point with registers is derived by its reader and stored when it has ended.
        const string CanBeStored = "(d.day < @today OR NOT EXISTS (SELECT 1 FROM met_assignment a WHERE a.series_id = d.series_id AND a.from_day <= d.day AND coalesce(a.to_day, d.day + 1) > d.day))";
        await DeriveAsync($"d.day >= @from AND d.day < @to {ofSeries} AND {CanBeStored}", new { from, to, today = Today, series = series?.ToArray() }, cancellationToken);
    }

    /// <summary>The newest version of a day; absent if the series never had a value on it.</summary>
    public async Task<EffectiveRow?> DayAsync(long seriesId, int day)
    {
        await PrepareAsync(day, day + 1, [seriesId]);
        await using var reader = await database.OpenReaderAsync();
        if (day >= Today && await RunningAsync(reader, seriesId, day) is { } running) return running;
        return await EffectiveRows.OfDayAsync(reader, database.Engine, [seriesId], day) is [var row] ? row : null;
    }

    /// <summary>The newest versions of some series, in order of the days and of the series; what must be up to date is prepared before (<see cref="PrepareAsync"/>).</summary>
    public async IAsyncEnumerable<EffectiveRow> ReadAsync(IReadOnlyCollection<long> series, int from, int to)
    {
        long[] ids = [.. series.Order()];
        if (ids.Length == 0) yield break;
        int atOnce = Math.Max(1, RowsAtOnce / ids.Length);
        await using var reader = await database.OpenReaderAsync();
        for (int day = from; day < to; day += atOnce)
            foreach (var row in await OfDaysAsync(reader, ids, day, Math.Min(day + atOnce, to))) yield return row;
    }

    /// <summary>The values alone, in the same order, passed on as they come: a day of a large group never lies in memory as rows.</summary>
    internal async IAsyncEnumerable<DayValues> ReadValuesAsync(IReadOnlyCollection<long> series, int from, int to)
    {
        long[] ids = [.. series.Order()];
        int ended = Math.Max(from, Math.Min(Today, to));
        await using var reader = await database.OpenReaderAsync();
        await foreach (var values in EffectiveRows.ValuesAsync(reader, database.Engine, ids, from, ended)) yield return values;
        for (int day = ended; day < to; day++)
            foreach (var row in await OfDaysAsync(reader, ids, day, day + 1)) yield return new DayValues(row.SeriesId, row.Day, row.Version, row.Wh, row.Status);
    }

    /// <summary>Whether a day from <paramref name="from"/> to before <paramref name="to"/> waits to be derived, at whatever point: if none does, there is nothing to prepare.</summary>
    internal async Task<bool> AreMarkedAsync(int from, int to)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM (SELECT 1 FROM met_dirty WHERE day >= @from AND day < @to LIMIT 1) AS marked", new { from, to }) > 0;
    }

    private async Task<IReadOnlyList<EffectiveRow>> OfDaysAsync(DbConnection reader, long[] ids, int from, int to)
    {
        var rows = to == from + 1 ? await EffectiveRows.OfDayAsync(reader, database.Engine, ids, from) : await EffectiveRows.OfDaysAsync(reader, database.Engine, ids, from, to);
        if (to <= Today || await RunningAsync(reader, ids, Math.Max(from, Today), to) is not { Count: > 0 } running) return rows;
        return [.. rows.Where(row => !running.ContainsKey((row.Day, row.SeriesId))).Concat(running.Values).OrderBy(row => row.Day).ThenBy(row => row.SeriesId)];
    }

    private int Today => MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000);

    private async Task DeriveAsync(string which, object values, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<MarkedDay> marked;
            await using (var reader = await database.OpenReaderAsync())
            {
                marked = [.. (await reader.QueryAsync<(long, long, long)>(
                    $"SELECT d.series_id, d.day, d.mark FROM met_dirty d JOIN met_series s ON s.series_id = d.series_id WHERE s.point_id IS NOT NULL AND {which} ORDER BY d.series_id, d.day LIMIT {DaysPerTransaction}", values))
                    .Select(row => new MarkedDay(row.Item1, (int)row.Item2, row.Item3))];
            }

            if (marked.Count == 0) return;
            await StoreAsync(marked);
        }
    }

    private async Task StoreAsync(List<MarkedDay> marked)
    {
        var derived = new List<DerivedDay>();
        var findings = new List<SeriesFindings>();
        foreach (var ofSeries in marked.GroupBy(each => each.SeriesId)) derived.AddRange(await DeriveSeriesAsync(ofSeries.Key, [.. ofSeries], findings));
        await using (var reader = await database.OpenReaderAsync()) findings.AddRange(await BuildingChecks.OfAsync(reader, database.Engine, derived));
        foreach (int day in marked.Select(each => each.Day).Distinct()) await months.EnsureCurveAsync(day);
        try
        {
            await database.WriteAsync(async tx =>
            {
                foreach (var day in derived) day.Write(tx, clock.UnixMicroseconds(), events);
                foreach (var each in findings) each.Write(tx, clock.UnixMicroseconds(), events);
                await tx.SendAsync();
            });
        }
        catch (HubDatabaseException meanwhile) when (meanwhile.Fault == HubFault.Duplicate)
        {
            // Another process derived one of these days; its mark is gone or newer, and the caller looks again.
        }
    }

    /// <param name="findings">Gets what rules over more than a day say.</param>
    private async Task<List<DerivedDay>> DeriveSeriesAsync(long seriesId, IReadOnlyList<MarkedDay> marked, List<SeriesFindings> findings)
    {
        var (from, last) = (marked.Min(each => each.Day), marked.Max(each => each.Day));
        var derived = new List<DerivedDay>();
        await using var reader = await database.OpenReaderAsync();
        var parts = await Assignments.OfSeriesAsync(reader, seriesId);
        var versions = await CurveVersions.ReadAsync(reader, seriesId, from, last);
        var effective = await EffectiveRows.OfSeriesAsync(reader, database.Engine, seriesId, from - PointChecks.LooksBack, last);
        var open = await FindingRows.OpenAsync(reader, seriesId, from, last);
        var (point, direction) = await PointOfAsync(reader, seriesId);
        long now = clock.UnixMicroseconds() / 1_000_000;
        foreach (var each in marked.OrderBy(mark => mark.Day))
        {
            List<CurveDay> curves = [.. versions[each.Day]];
            var faults = open[each.Day].Where(finding => finding.Rule == PlausibilityRule.BeyondConnection).ToDictionary(finding => QuarterHour.StartingAt(finding.Slot), finding => finding.Value / 1000);
            bool isRunning = MarketDay.Slots(each.Day)[^1].EndUnixSeconds > now;
            var gateway = isRunning ? null : await FromRegistersAsync(parts, each.Day, curves, PointChecks.LimitOf(point), faults);
            if (gateway is not null) curves.Add(gateway);
            var day = EffectiveDay.Choose(each.Day, curves);
            effective.TryGetValue(each.Day, out var newest);
            var said = point is null ? [] : new PointChecks(point, direction, effective).Of(day, now, faults);
            derived.Add(new DerivedDay(each, day, newest?.Version ?? 0, newest?.InputHash, gateway, new SeriesFindings(seriesId, point?.Name ?? "", said, [.. open[each.Day]])));
            effective[each.Day] = new EffectiveRow(seriesId, each.Day, 0, day.PackWh(), day.PackSource(), day.PackStatus(), day.InputHash); // the next day's rules look back at it
        }

        if (point is not null) findings.Add(await ReadingChecks.OfAsync(reader, database.Engine, seriesId, point.Name, from, last, effective));
        return derived;
    }

    /// <summary>The curve that the point's registers make on a day.</summary>
    /// <param name="limitWh">What the connection lets through in a slot (P05); more is a fault and does not count. Absent: not known.</param>
    /// <param name="faults">Gets the values above it.</param>
    /// <returns>Absent if it has none that day, or if the newest stored one says the same.</returns>
    private async Task<CurveDay?> FromRegistersAsync(IReadOnlyList<Assignment> parts, int day, IReadOnlyList<CurveDay> stored, long? limitWh, Dictionary<QuarterHour, long> faults)
    {
        var ofDay = parts.Where(part => part.HoldsOn(day)).ToList();
        var newest = stored.Where(curve => curve.Source == CurveSource.Gateway).MaxBy(curve => curve.Version);
        if (ofDay.Count == 0 && newest is null) return null;
        var slots = MarketDay.Slots(day);
        LoadCurve combined;
        if (ofDay.Count == 0) combined = new LoadCurve([.. slots.Select(slot => new CurveSlot(slot, null, SlotQuality.Missing))], []);
        else
        {
            var curves = new List<RegisterPart>();
            foreach (var part in ofDay) curves.Add(await registers.PartAsync(part.Register, part.Factor, day));
            combined = PointCurve.Combine(curves);
            foreach (var slot in combined.Slots.Where(slot => slot.Wh > limitWh)) faults[slot.Slot] = slot.Wh!.Value;
        }

        var next = new CurveDay(day, CurveSource.Gateway, (newest?.Version ?? 0) + 1, [.. combined.Slots.Select(slot => slot.Wh > limitWh ? null : slot.Wh)], [.. combined.Slots.Select(slot => slot.Wh > limitWh ? SlotQuality.Fault : slot.Quality)]);
        return newest is not null && newest.Wh.SequenceEqual(next.Wh) && newest.Quality.SequenceEqual(next.Quality) ? null : next;
    }

    /// <summary>A day that has not ended, of a point with registers: versions count corrections, not quarter hours, so it is derived and not stored.</summary>
    private async Task<EffectiveRow?> RunningAsync(DbConnection reader, long seriesId, int day)
    {
        List<CurveDay> curves = [.. (await CurveVersions.ReadAsync(reader, seriesId, day, day))[day]];
        var parts = await Assignments.OfSeriesAsync(reader, seriesId);
        if (!parts.Any(part => part.HoldsOn(day))) return null;
        if (await FromRegistersAsync(parts, day, curves, PointChecks.LimitOf((await PointOfAsync(reader, seriesId)).Point), []) is { } gateway) curves.Add(gateway);
        var effective = EffectiveDay.Choose(day, curves);
        return new EffectiveRow(seriesId, day, 0, effective.PackWh(), effective.PackSource(), effective.PackStatus(), effective.InputHash);
    }

    private static async Task<(PointRow? Point, EnergyDirection Direction)> PointOfAsync(DbConnection reader, long seriesId)
    {
        var (pointId, direction) = await reader.QuerySingleAsync<(long, long)>("SELECT point_id, direction FROM met_series WHERE series_id = @seriesId", new { seriesId });
        return (await PointReader.FindAsync(reader, pointId), (EnergyDirection)direction);
    }

    /// <summary>The same of those among some series that have registers on days that have not ended.</summary>
    private async Task<Dictionary<(int Day, long SeriesId), EffectiveRow>> RunningAsync(DbConnection reader, long[] ids, int from, int to)
    {
        var running = new Dictionary<(int, long), EffectiveRow>();
        var assigned = await reader.QueryAsync<(long Series, long From, long? To)>("SELECT series_id, from_day, to_day FROM met_assignment WHERE from_day < @to AND coalesce(to_day, @to) > @from", new { from, to });
        foreach (var (series, first, end) in assigned.AsList().Where(each => Array.BinarySearch(ids, each.Series) >= 0))
            for (int day = (int)Math.Max(first, from); day < Math.Min(end ?? to, to); day++)
                if (!running.ContainsKey((day, series)) && await RunningAsync(reader, series, day) is { } row) running.Add((day, series), row);
        return running;
    }
}
