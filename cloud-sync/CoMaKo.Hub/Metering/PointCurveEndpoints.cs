using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering;

/// <summary>What counts in one quarter hour of a metering point; no <paramref name="Kwh"/> means no value.</summary>
internal sealed record PointSlotDocument(string Start, Kwh? Kwh, ValueStatus Status, CurveSource? Source);

/// <summary>A metering point's curve in one direction.</summary>
/// <param name="Completeness">Billable share of the slots, from 0 to 1.</param>
internal sealed record PointCurveDocument(string MeteringPoint, EnergyDirection Direction, Kwh SumKwh, Share Completeness, IReadOnlyList<PointSlotDocument> Items);

internal static class PointCurveEndpoints
{
    private const int MostDays = 400;

    public static void MapPointCurveEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metering_points/{id}/load_curve", GetAsync).WithName("point_load_curve").WithSummary("What counts at a metering point, by quarter hour; days from, to (exclusive)")
            .Produces<PointCurveDocument>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.CurvesRead, Owned.MeteringPoint, "id");

    private static async Task<IResult> GetAsync(HubDatabase database, PointCurves curves, TimeProvider clock, string id, string? direction, string? from, string? to)
    {
        if ((from is null ? MarketDay.Slots(clock.Today())[0].StartUnixSeconds : LoadCurveEndpoints.ParseBorder(from)) is not { } start) return Problems.WrongTime("from");
        if ((to is null ? MarketDay.Slots(MarketDay.Containing(start))[^1].EndUnixSeconds : LoadCurveEndpoints.ParseBorder(to)) is not { } end) return Problems.WrongTime("to");
        if (end <= start || end - start > MostDays * 86_400L) return Problems.WrongRange();
        PointRow? point;
        PointSeries? series;
        await using (var reader = await database.OpenReaderAsync())
        {
            point = await PointReader.FindAsync(reader, id);
            if (point is null) return MarketProblems.UnknownPoint(id);
            if (DirectionOf(point, direction) is not { } counted) return Problems.Of(422, "CMH-1702", "Which direction?", "direction is consumption or generation, one that the point has.");
            series = (await PointSeriesRows.OfAsync(reader, database.Engine, [point.PointId])).FirstOrDefault(each => each.Direction == counted) ?? new PointSeries(0, point.PointId, counted);
        }

        return Results.Ok(await ReadAsync(curves, point, series, start, end));
    }

    /// <summary>The direction that was asked for, or the point's only one.</summary>
    internal static EnergyDirection? DirectionOf(PointRow point, string? direction)
    {
        EnergyDirection? named = direction switch { "consumption" => EnergyDirection.Consumption, "generation" => EnergyDirection.Generation, _ => null };
        if (direction is null && point.Directions != PointDirections.Both) named = (EnergyDirection)(int)point.Directions;
        return named is { } counted && point.Has(counted) ? counted : null;
    }

    private static async Task<PointCurveDocument> ReadAsync(PointCurves curves, PointRow point, PointSeries series, long start, long end)
    {
        var (first, last) = (MarketDay.Containing(start), MarketDay.Containing(end - 1));
        var rows = new Dictionary<int, EffectiveRow>();
        await curves.PrepareAsync(first, last + 1, [series.SeriesId]);
        await foreach (var row in curves.ReadAsync([series.SeriesId], first, last + 1)) rows.Add(row.Day, row);
        var items = new List<PointSlotDocument>();
        long sum = 0, billable = 0;
        for (int day = first; day <= last; day++)
        {
            var slots = MarketDay.Slots(day);
            for (int i = 0; i < slots.Count; i++)
            {
                if (slots[i].StartUnixSeconds < start || slots[i].EndUnixSeconds > end) continue;
                items.Add(Slot(slots[i], rows.GetValueOrDefault(day), i));
                sum += items[^1].Kwh?.Wh ?? 0;
                if (EffectiveDay.IsBillable(items[^1].Status)) billable++;
            }
        }

        return new PointCurveDocument(point.Name, series.Direction, new Kwh(sum), new Share(items.Count == 0 ? 0 : 1000 * billable / items.Count), items);
    }

    private static PointSlotDocument Slot(QuarterHour slot, EffectiveRow? row, int index)
    {
        if (row is null) return new PointSlotDocument(slot.Start.ToString(), null, ValueStatus.Absent, null);
        return new PointSlotDocument(slot.Start.ToString(), Kwh.Of(row.WhOf(index)), (ValueStatus)row.Status[index], row.Source[index] == 0 ? null : (CurveSource)row.Source[index]);
    }
}
