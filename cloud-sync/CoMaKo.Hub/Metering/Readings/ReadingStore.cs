using CoMaKo.Hub.Access;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>What became of readings.</summary>
/// <param name="Ids">In the order in which they came; of a repeated one the id that it had.</param>
/// <param name="HasConflict">Some findings are conflicts with what is stored (409) and no mistakes.</param>
internal sealed record ReadingOutcome(IReadOnlyList<long> Ids, int Created, int Unchanged, int Corrected, bool HasConflict = false);

/// <summary>Stores readings of people, all of them or none, and splits what changes over the slots of its period.</summary>
internal sealed class ReadingStore(HubDatabase database, CalendarMonths months, EventOutbox events, TimeProvider clock)
{
    /// <summary>Public holidays of the whole country; comparison days and profiles ask for them.</summary>
    private static readonly MarketCalendar Calendar = new(GermanStates.None);

    /// <summary>Stores readings of known points. Findings mean that nothing was stored.</summary>
    public Task<ReadingOutcome> AddAsync(IReadOnlyList<NewReading> readings, IReadOnlyDictionary<long, string?> profileOf, ReadingOrigin origin, Caller caller, FormFindings findings) =>
        WithPlacesAsync(tx => AddAsync(tx, readings, profileOf, origin, caller.Name, findings));

    /// <summary>Writes what adds readings among other things; places that their days need are made when it finds them missing, and it runs again.</summary>
    public async Task<T> WithPlacesAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        while (true)
        {
            try
            {
                return await database.WriteAsync(work);
            }
            catch (PlacesMissingException missing)
            {
                foreach (int day in missing.Days) await months.EnsureCurveAsync(day);
            }
        }
    }

    /// <inheritdoc cref="AddAsync(IReadOnlyList{NewReading}, IReadOnlyDictionary{long, string}, ReadingOrigin, Caller, FormFindings)"/>
    public async ValueTask<ReadingOutcome> AddAsync(HubTransaction tx, IReadOnlyList<NewReading> readings, IReadOnlyDictionary<long, string?> profileOf, ReadingOrigin origin, string author, FormFindings findings)
    {
        findings.Clear();
        long nowUs = clock.UnixMicroseconds();
        var series = await PointSeriesRows.LockAsync(tx, readings.Select(reading => (reading.PointId, reading.Direction)).Distinct());
        var ids = new Dictionary<NewReading, long>(ReferenceEqualityComparer.Instance);
        var books = new List<(long PointId, EnergyDirection Direction, ReadingBook Book)>();
        foreach (var group in readings.GroupBy(reading => (reading.PointId, reading.Direction)))
        {
            long seriesId = series[group.Key];
            var book = new ReadingBook(await tx.Prepare($"SELECT {ReadingRow.Columns} FROM met_reading WHERE series_id = $1 AND state <> 3").Bind(seriesId).ListAsync(ReadingRow.Of));
            foreach (var reading in group.OrderBy(each => each.At).ThenBy(each => each.Kind))
                if (book.Add(reading, seriesId, origin, author, nowUs, findings) is { } known) ids[reading] = known;
            books.Add((group.Key.PointId, group.Key.Direction, book));
        }

        if (findings.Any) return new ReadingOutcome([], 0, 0, 0, findings.Told.All(finding => finding.Code is "CMH-1721" or "CMH-1722"));
        var days = await SplitAsync(tx, books, profileOf); // before anything is written, because it may find that places are missing
        int unchanged = ids.Count, corrected = 0;
        foreach (var (reading, input) in books.SelectMany(each => each.Book.Added))
        {
            ids[input] = await InsertAsync(tx, reading);
            if (reading.Replaces is not null) corrected++;
            if (reading.State == ReadingState.NotUsed) NoteBackwards(tx, reading, input, books, nowUs);
        }

        if (days.Count > 0) await new CurveDelivery(DeliveryKind.Readings, CurveSource.MemberReading, author, nowUs).AddAsync(tx, days);
        if (unchanged < readings.Count)
            await Audit.AppendAsync(tx, nowUs, author, "readings.add", string.Join(", ", readings.Select(reading => reading.Point).Distinct().Take(10)), FormattableString.Invariant($"{readings.Count - unchanged} readings, {corrected} corrections, {origin}"));
        return new ReadingOutcome([.. readings.Select(reading => ids[reading])], readings.Count - unchanged - corrected, unchanged, corrected);
    }

    private static async ValueTask<long> InsertAsync(HubTransaction tx, ReadingRow reading)
    {
        if (reading.Replaces is { } old) await tx.Prepare("UPDATE met_reading SET state = 3 WHERE reading_id = $1").Bind(old).RunAsync();
        return (await tx.Prepare("INSERT INTO met_reading (series_id, at_s, kind, wh, period_start, state, origin, author, received_us, replaces) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING reading_id")
            .Bind(reading.SeriesId).Bind(reading.At).Bind((long)reading.Kind).Bind(reading.Wh).Bind(reading.PeriodStart).Bind((long)reading.State).Bind((long)reading.Origin)
            .Bind(reading.Author).Bind(reading.ReceivedUs).Bind(reading.Replaces).NumberAsync())!.Value;
    }

    /// <summary>P11: value is the new state in Wh, limit the one that it contradicts.</summary>
    private void NoteBackwards(HubTransaction tx, ReadingRow reading, NewReading input, List<(long PointId, EnergyDirection Direction, ReadingBook Book)> books, long nowUs)
    {
        var book = books.First(each => each.PointId == input.PointId && each.Direction == input.Direction).Book;
        var finding = new PlausibilityFinding(PlausibilityRule.Backwards, QuarterHour.Containing(NodaTime.Instant.FromUnixTimeSeconds(reading.At)).Previous, reading.Wh, book.RunsBackwards(reading) ?? 0);
        FindingRows.Put(tx, reading.SeriesId, finding, nowUs);
        events.Append(tx, EventTypes.ReadingAnomalous, input.Point, nowUs, new { rule = finding.RuleId, code = finding.Code, slot = finding.Slot.Start.ToString(), value = finding.Value, limit = finding.Limit });
    }

    private async ValueTask<IReadOnlyList<DeliveredDay>> SplitAsync(HubTransaction tx, List<(long PointId, EnergyDirection Direction, ReadingBook Book)> books, IReadOnlyDictionary<long, string?> profileOf)
    {
        var days = new List<DeliveredDay>();
        foreach (var (pointId, direction, book) in books)
        {
            if (book.Changed is not { } changed || changed.From >= changed.To) continue;
            var table = profileOf.GetValueOrDefault(pointId) is { } name ? await ProfileStore.FindAsync(tx, name) : null;
            var shape = await Shapes.ReadAsync(tx, pointId, direction, changed.From, changed.To, Calendar, table);
            // Whole slots, so that a period that ends or begins inside the first or last of them is counted there too.
            long from = changed.From - changed.From % QuarterHour.Seconds, to = changed.To + QuarterHour.Seconds - 1;
            var periods = book.Periods().Where(period => period.To.ToUnixTimeSeconds() > from && period.From.ToUnixTimeSeconds() < to).ToList();
            days.AddRange(ToDays(pointId, direction, ReadingSlots.Of(periods, shape)));
        }

        // Which days a state of a register changes is known only here; places for them are made in a transaction of their own.
        if (days.Any(day => !months.HasCurve(day.Day))) throw new PlacesMissingException([.. days.Select(day => day.Day)]);
        return days;
    }

    private static IEnumerable<DeliveredDay> ToDays(long pointId, EnergyDirection direction, SortedDictionary<QuarterHour, (long Wh, SubstituteMethod Method, string Reason)> slots)
    {
        foreach (var ofDay in slots.GroupBy(slot => MarketDay.Containing(slot.Key.StartUnixSeconds)))
        {
            var first = MarketDay.Slots(ofDay.Key);
            int?[] wh = new int?[first.Count];
            var method = new SubstituteMethod[first.Count];
            foreach (var (slot, value) in ofDay)
            {
                long index = (slot.StartUnixSeconds - first[0].StartUnixSeconds) / QuarterHour.Seconds;
                (wh[index], method[index]) = ((int)Math.Min(value.Wh, int.MaxValue), value.Method);
            }

            yield return new DeliveredDay(pointId, direction, ofDay.Key, wh) { Method = method, Reason = ofDay.First().Value.Reason };
        }
    }

    /// <summary>Takes a transaction back whose days have no place yet.</summary>
    private sealed class PlacesMissingException(IReadOnlyList<int> days) : Exception
    {
        public IReadOnlyList<int> Days => days;
    }
}
