using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// Lines of a run. Per price version the shared energy's amount is rounded once for the group and given to the cent to both sides by largest
/// remainder, so that debits equal credits. Fees and surplus are between one producer and the cooperative: each line is rounded by itself.
/// </summary>
internal static class LineBuilder
{
    public static IReadOnlyList<SettlementLine> Build(PeriodTerms terms, IReadOnlyList<PointResult> points)
    {
        var lines = new List<SettlementLine>();
        for (int segment = 0; segment < terms.Prices.Count; segment++)
        {
            var (from, to, prices) = terms.Prices[segment];
            int first = Period.DaysBetween(terms.From, from), count = Period.DaysBetween(from, to);
            long[] allocated = new long[points.Count], credited = new long[points.Count], surplus = new long[points.Count];
            for (int i = 0; i < points.Count; i++)
            {
                foreach (var day in points[i].Days.Span.Slice(first, count))
                {
                    allocated[i] = checked(allocated[i] + day.Allocated);
                    credited[i] += day.Credited;
                    surplus[i] = checked(surplus[i] + day.Surplus);
                }
            }

            var span = new Span(from, to, points);
            lines.AddRange(Balanced(LineKind.SharedEnergy, span, allocated, prices.Internal, 1));
            lines.AddRange(Balanced(LineKind.SharedGeneration, span, credited, prices.Internal, -1));
            if (prices.Fee > 0) lines.AddRange(Single(LineKind.Fee, span, credited, prices.Fee, 1));
            if (prices.Surplus is { } price) lines.AddRange(Single(LineKind.Surplus, span, surplus, price, -1));
        }

        return [.. lines.OrderBy(line => line.Kind).ThenBy(line => line.Point, StringComparer.Ordinal).ThenBy(line => line.From)];
    }

    private static IEnumerable<SettlementLine> Balanced(LineKind kind, Span span, long[] wh, long price, int sign)
    {
        Int128 parts = 0;
        foreach (long each in wh) parts += (Int128)each * price;
        long[] cents = LargestRemainder.Distribute(Money.Cents(parts), wh);
        return Lines(kind, span, wh, price, i => sign * cents[i]);
    }

    private static IEnumerable<SettlementLine> Single(LineKind kind, Span span, long[] wh, long price, int sign) =>
        Lines(kind, span, wh, price, i => sign * Money.Cents((Int128)wh[i] * price));

    private static IEnumerable<SettlementLine> Lines(LineKind kind, Span span, long[] wh, long price, Func<int, long> cents) =>
        Enumerable.Range(0, wh.Length).Where(i => wh[i] > 0).Select(i => new SettlementLine(kind, span.Points[i].Point, span.From, span.To, wh[i], price, cents(i)));

    private sealed record Span(LocalDate From, LocalDate To, IReadOnlyList<PointResult> Points);
}
