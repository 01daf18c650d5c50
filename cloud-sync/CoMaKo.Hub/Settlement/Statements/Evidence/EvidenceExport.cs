using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Tracing;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>
/// Collects all that a statement rests on. Of the participant's points everything down to record bytes; of others the values that counted, under pseudonyms,
/// because without them nobody can compute the sharing; of a batch's records about others only their hashes, which is all that the chain needs.
/// </summary>
internal sealed class EvidenceExport(HubDatabase database, StatementReader statements, RunReader runs, RunInputs inputs, ForecastStore forecasts, PriceStore prices)
{
    /// <summary>The parts in their order.</summary>
    /// <param name="isFull">For operators: all points with their own ids, down to the bytes.</param>
    public async IAsyncEnumerable<EvidencePart> ReadAsync(Statement statement, bool isFull)
    {
        var head = statement.Head;
        var basis = await statements.BasisAsync(head.RunId) ?? throw new InvalidOperationException($"CMH-2368. The terms of run {head.Run} are not stored.");
        var run = await runs.FindAsync(head.Group, head.Run) ?? throw new InvalidOperationException($"CMH-2368. Run {head.Run} is gone.");
        var names = Pseudonyms.Of(basis, isFull);
        string[] own = [.. statement.Points.Select(point => point.Point)];
        yield return new StatementPart(
            head.Number, head.Participant, head.Title, head.Run.ToString(), head.MadeUs, statement.InputHash, statement.ResultHash, isFull,
            [.. (await statements.LinesBeforeAsync(head)).Select(LineEntry.Of)], System.Text.Encoding.UTF8.GetString(StatementText.ToJson(statement)));
        yield return new TermsPart(names.Rename(basis, head.Participant, isFull));
        foreach (string point in own) yield return new OwnPart(names[point], point);
        foreach (var part in await BalancingAsync(basis, run, names, isFull)) yield return part;

        HashSet<string> traced = [.. isFull ? basis.Points.Select(point => point.Id) : own];
        var trace = new TracedCurves(database, names);
        foreach (string point in traced.Order(StringComparer.Ordinal))
            await foreach (var input in inputs.ReadAsync(head.RunId, MarketDay.Number(basis.From), MarketDay.Number(basis.To), point)) await trace.AddAsync(input);
        foreach (var part in await trace.PartsAsync()) yield return part;
        await foreach (var input in inputs.ReadAsync(head.RunId, MarketDay.Number(basis.From), MarketDay.Number(basis.To)))
            if (!traced.Contains(input.Row.Point)) yield return Other(input, names);
    }

    public static OtherPart Other(RunInput input, Pseudonyms names) =>
        new(names[input.Row.Point], input.Row.Direction, MarketDay.Date(input.Row.Day), input.Row.Wh.ToArray(), input.Row.Status.ToArray());

    /// <summary>Forecasts and prices; where nothing of them is charged, only the run's input hash needs them.</summary>
    private async Task<IReadOnlyList<EvidencePart>> BalancingAsync(RunBasis basis, RunHead run, Pseudonyms names, bool isFull)
    {
        if (basis.Share is null && !isFull) return [];
        var expected = await forecasts.ReadAsync(basis.Points.Select(point => point.Id), basis.From, basis.To);
        if (expected.Count == 0) return [];
        var known = (await prices.SlotsAsync(basis.From, basis.To, run.CreatedUs)).OrderBy(each => each.Key.StartUnixSeconds).ToList();
        return
        [
            new PricesPart([.. known.Select(each => each.Key.StartUnixSeconds)], [.. known.Select(each => each.Value)]),
            .. expected.OrderBy(each => each.Key.Point, StringComparer.Ordinal).ThenBy(each => each.Key.Direction).ThenBy(each => each.Key.Day)
                .Select(each => new ForecastPart(names[each.Key.Point], each.Key.Direction, each.Key.Day, each.Value.Wh)),
        ];
    }
}
