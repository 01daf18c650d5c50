using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>Settles the month again from an evidence file's values, and builds the statement from nothing but that.</summary>
internal static class EvidenceSettlement
{
    /// <summary>The settlement of the whole group, and the hash of its inputs.</summary>
    public static (SettlementResult Result, string InputHash) Settle(RunBasis basis, IReadOnlyList<SeriesRow> rows, IReadOnlyList<ForecastPart> forecasts, PricesPart? prices)
    {
        var terms = basis.ToTerms();
        var expected = forecasts.ToDictionary(each => (each.Day, each.Point, each.Direction), each => new StoredForecast(each.Day, Instant.MinValue, "", each.Wh));
        var deviations = expected.Count == 0 ? null : new DeviationBook(terms.Group, expected);
        var reading = new DayReading(terms.Group, rows.OrderBy(row => row.Day).ThenBy(row => row.SeriesId).ToAsyncEnumerable(), basis.IsConfirmed, deviations);
        var result = SettlementRun.Settle(terms.Group, basis.From, basis.To, reading.Days(basis.From, basis.To));
        var known = new Dictionary<QuarterHour, long>();
        for (int i = 0; i < (prices?.Slots.Count ?? 0); i++) known[QuarterHour.StartingAt(prices!.Slots[i])] = prices.Prices[i];
        var balancing = deviations?.Finish(new ReBap(known), basis.From, basis.To, basis.Share);
        var whole = GroupSettlement.WithShares(terms, result, balancing);
        return (whole, GroupSettlement.HashOf(whole, balancing));
    }

    /// <summary>The participant's statement.</summary>
    /// <param name="ownIds">Ids of the participant's points by the name that they have in the settlement.</param>
    public static Statement ToStatement(StatementPart told, RunBasis basis, RunName run, SettlementResult result, IReadOnlyDictionary<string, string> ownIds)
    {
        var personOf = basis.PersonOf();
        bool IsOwn(SettlementLine line) => line.Kind >= LineKind.Tax ? line.Point == told.Participant : ownIds.ContainsKey(line.Point) && personOf(line.Point) == told.Participant;
        var fresh = result.Lines.Where(IsOwn).Select(line => line.Kind >= LineKind.Tax ? line : line with { Point = ownIds[line.Point] }).ToList();
        var before = told.Before.Select(line => line.ToLine()).ToList();
        IReadOnlyList<SettlementLine> lines = run.Sequence == RunName.Final ? fresh : DeltaRun.Of(fresh, before);
        var points = result.Points.Where(point => ownIds.ContainsKey(point.Point)).Select(point => point with { Point = ownIds[point.Point] }).ToList();
        var taxes = StatementTaxes.Of(basis, told.Participant, points, DeltaRun.Sum(before.Concat(lines)));
        var head = new StatementHead(
            0, told.Number, 0, basis.Group, run, told.Participant, told.Addressee, lines.Sum(line => line.Cents), told.MadeUs, PaymentState.Open, 0, null);
        return new Statement(
            head, told.InputSha256, told.ResultSha256,
            [.. points.Select(point => new RunPoint(point.Point, point.Directions, point.Total, point.Consumption.Present, point.Generation.Present, point.Consumption.SubstitutedWh + point.Generation.SubstitutedWh))],
            lines, taxes, before.Sum(line => line.Cents));
    }
}
