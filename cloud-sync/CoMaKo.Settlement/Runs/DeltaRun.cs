namespace CoMaKo.Settlement.Runs;

/// <summary>
/// Corrections: a final month is never edited. A delta holds, line by line, what a fresh settlement gives minus all that was published before, so
/// that published amounts always sum to the fresh settlement, and each run balances by itself because both sides of the difference do.
/// </summary>
public static class DeltaRun
{
    /// <summary>The lines of a delta; empty if nothing changed.</summary>
    /// <param name="fresh">Lines of the settlement with all corrections in.</param>
    /// <param name="published">Lines of the final run and of all deltas since, in any order.</param>
    public static IReadOnlyList<SettlementLine> Of(IReadOnlyList<SettlementLine> fresh, IEnumerable<SettlementLine> published)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        ArgumentNullException.ThrowIfNull(published);
        var before = Sum(published).ToDictionary(line => line.Key);
        var delta = new List<SettlementLine>();
        foreach (var line in fresh)
        {
            if (!before.Remove(line.Key, out var old)) delta.Add(line);
            else if (old.Wh != line.Wh || old.Cents != line.Cents) delta.Add(line with { Wh = line.Wh - old.Wh, Cents = line.Cents - old.Cents });
        }

        delta.AddRange(before.Values.Where(old => old is not { Wh: 0, Cents: 0 }).Select(old => old with { Wh = -old.Wh, Cents = -old.Cents }));
        return InOrder(delta);
    }

    /// <summary>What was published in all, one line each; end and price are those published last.</summary>
    public static IReadOnlyList<SettlementLine> Sum(IEnumerable<SettlementLine> published)
    {
        ArgumentNullException.ThrowIfNull(published);
        var sums = new Dictionary<(LineKind, string, NodaTime.LocalDate), SettlementLine>();
        foreach (var line in published)
            sums[line.Key] = sums.TryGetValue(line.Key, out var sum) ? line with { Wh = checked(sum.Wh + line.Wh), Cents = checked(sum.Cents + line.Cents) } : line;
        return InOrder(sums.Values);
    }

    private static IReadOnlyList<SettlementLine> InOrder(IEnumerable<SettlementLine> lines) =>
        [.. lines.OrderBy(line => line.Kind).ThenBy(line => line.Point, StringComparer.Ordinal).ThenBy(line => line.From)];
}
