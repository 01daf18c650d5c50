using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering;

/// <summary>What changed curves; the numbers are those of <c>met_delivery.kind</c>.</summary>
internal enum DeliveryKind
{
    /// <summary>Quarter hours as JSON or CSV.</summary>
    Consumption = 1,

    /// <summary>Readings of people, split over their slots.</summary>
    Readings = 2,

    /// <summary>Values formed by a rule.</summary>
    Substitution = 3,

    /// <summary>An operator's word on slots in dispute.</summary>
    Decision = 4,

    /// <summary>Registers were assigned to a point.</summary>
    Assignment = 5,
}

/// <summary>Values of one series and day; what is not delivered stays as it was.</summary>
/// <param name="Wh">Per slot; absent where nothing is delivered.</param>
internal sealed record DeliveredDay(long PointId, EnergyDirection Direction, int Day, int?[] Wh)
{
    /// <summary>Slots that failed a hard check: delivered, and of no value until somebody decides (P05).</summary>
    public HashSet<int> Faults { get; } = new HashSet<int>();

    /// <summary>What the connection lets through in a slot; absent if it is not known.</summary>
    public long? LimitWh { get; init; }

    /// <summary>How each slot was substituted; empty if none was.</summary>
    public IReadOnlyList<SubstituteMethod> Method { get; init; } = [];

    public string? Reason { get; init; }
}

/// <summary>How many slots were new, the same, or other than before.</summary>
internal sealed record DeliveryOutcome(long DeliveryId, long Created, long Unchanged, long Corrected);

/// <summary>
/// Adds values to curves: each day that differs gets a new version of its source, which holds what was there and what is delivered. The days are marked;
/// what counts is derived later, by whoever reads first.
/// </summary>
internal sealed class CurveDelivery(DeliveryKind kind, CurveSource source, string author, long nowUs)
{
    /// <summary>Adds days. The months' places must be there (<see cref="CalendarMonths.EnsureCurveAsync"/>).</summary>
    public async ValueTask<DeliveryOutcome> AddAsync(HubTransaction tx, IReadOnlyList<DeliveredDay> days)
    {
        var series = await PointSeriesRows.LockAsync(tx, days.Select(day => (day.PointId, day.Direction)).Distinct());
        var before = await NewestAsync(tx, days, series);
        long deliveryId = await BeginAsync(tx, kind, author, nowUs);
        long created = 0, unchanged = 0, corrected = 0;
        var versions = new List<(long SeriesId, CurveDay Curve, string? Reason)>();
        foreach (var day in days)
        {
            long seriesId = series[(day.PointId, day.Direction)];
            before.TryGetValue((seriesId, day.Day), out var old);
            var merged = Merge(day, old, ref created, ref unchanged, ref corrected);
            if (merged is not null) versions.Add((seriesId, merged, day.Reason));
        }

        await InsertAsync(tx, deliveryId, versions);
        foreach (var day in days.Where(day => day.Faults.Count > 0)) NoteFaults(tx, series[(day.PointId, day.Direction)], day);
        foreach (var (seriesId, curve, _) in versions.OrderBy(each => each.SeriesId).ThenBy(each => each.Curve.Day)) TouchedDays.Mark(tx, seriesId, curve.Day, -deliveryId);
        tx.Prepare("UPDATE met_delivery SET slots = $1 WHERE delivery_id = $2").Bind(created + corrected).Bind(deliveryId).Later();
        return new DeliveryOutcome(deliveryId, created, unchanged, corrected);
    }

    /// <summary>Notes a delivery.</summary>
    /// <returns>Its number; minus it is the mark of the days that it touches.</returns>
    public static async ValueTask<long> BeginAsync(HubTransaction tx, DeliveryKind kind, string author, long nowUs) =>
        (await tx.Prepare("INSERT INTO met_delivery (kind, author, created_us, slots) VALUES ($1, $2, $3, 0) RETURNING delivery_id").Bind((long)kind).Bind(author).Bind(nowUs).NumberAsync())!.Value;

    private async ValueTask<Dictionary<(long, int), CurveDay>> NewestAsync(HubTransaction tx, IReadOnlyList<DeliveredDay> days, IReadOnlyDictionary<(long, EnergyDirection), long> series)
    {
        var found = new List<(long SeriesId, CurveDay Curve)>();
        foreach (var each in days.GroupBy(day => series[(day.PointId, day.Direction)]))
            CurveVersions.ReadNewest(tx, each.Key, source, each.Min(day => day.Day), each.Max(day => day.Day), found);
        await tx.SendAsync();
        return found.ToDictionary(each => (each.SeriesId, each.Curve.Day), each => each.Curve);
    }

    /// <returns>The next version; absent if nothing differs.</returns>
    private CurveDay? Merge(DeliveredDay day, CurveDay? old, ref long created, ref long unchanged, ref long corrected)
    {
        int count = day.Wh.Length;
        int?[] wh = old is null ? new int?[count] : [.. old.Wh];
        SlotQuality[] quality = old is null ? new SlotQuality[count] : [.. old.Quality];
        SubstituteMethod[] method = old is null or { Method.Count: 0 } ? new SubstituteMethod[count] : [.. old.Method];
        bool isOther = false;
        for (int i = 0; i < count; i++)
        {
            if (day.Wh[i] is not { } value) continue;
            bool isFault = day.Faults.Contains(i);
            var (nextWh, nextQuality, nextMethod) = (isFault ? null : (int?)value, isFault ? SlotQuality.Fault : SlotQuality.Measured, day.Method.Count == 0 ? SubstituteMethod.None : day.Method[i]);
            bool wasThere = quality[i] != SlotQuality.Missing;
            bool isSame = wasThere && wh[i] == nextWh && quality[i] == nextQuality && method[i] == nextMethod;
            (wh[i], quality[i], method[i]) = (nextWh, nextQuality, nextMethod);
            if (isSame) unchanged++;
            else if (wasThere) corrected++;
            else created++;
            isOther |= !isSame;
        }

        return isOther ? new CurveDay(day.Day, source, (old?.Version ?? 0) + 1, wh, quality) { Method = method } : null;
    }

    private void NoteFaults(HubTransaction tx, long seriesId, DeliveredDay day)
    {
        var slots = MarketDay.Slots(day.Day);
        foreach (int i in day.Faults) FindingRows.Put(tx, seriesId, new PlausibilityFinding(PlausibilityRule.BeyondConnection, slots[i], day.Wh[i]!.Value, day.LimitWh ?? 0), nowUs);
    }

    private async ValueTask InsertAsync(HubTransaction tx, long deliveryId, List<(long SeriesId, CurveDay Curve, string? Reason)> versions)
    {
        var rows = new RowSet("met_curve_day")
            .Add("series_id", [.. versions.Select(each => each.SeriesId)]).Add("day", [.. versions.Select(each => (long)each.Curve.Day)]).Add("source", (long)source)
            .Add("version", [.. versions.Select(each => (long)each.Curve.Version)]).Add("wh", [.. versions.Select(each => each.Curve.PackWh())])
            .Add("quality", [.. versions.Select(each => each.Curve.PackQuality())]).Add("method", [.. versions.Select(each => each.Curve.PackMethod())])
            .Add("created_us", nowUs).Add("author", [.. versions.Select(_ => author)]).Add("reason", [.. versions.Select(each => each.Reason)]).Add("delivery_id", deliveryId);
        int inserted = await tx.InsertNewAsync(rows);
        if (inserted != versions.Count) throw new InvalidOperationException($"CMH-1711. {versions.Count - inserted} versions of curves exist already although their series are locked.");
    }
}
