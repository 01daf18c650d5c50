using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Checks that feed-in ≤ cooperative export ≤ cooperative import ≤ supplier in each slot, and clips the cooperative's prices where that does not hold (dispatch-optimisation §2.1).</summary>
internal sealed class LadderOrder(PriceCurve curve)
{
    private readonly List<QuarterHour> clipped = [];
    private readonly List<QuarterHour> dropped = [];

    public IReadOnlyList<Finding> Findings => [.. Describe(clipped, "clipped into it"), .. Describe(dropped, "not used, because export pays more than import costs")];

    public void Check(int i, QuarterHour slot)
    {
        if (curve.CoopImport is not { } import || curve.CoopExport is not { } export) return;
        (double feed, double supplier) = (curve.Export[i], curve.Import[i]);
        if (feed > supplier)
        {
            (import.Power[i], export.Power[i]) = (0, 0);
            dropped.Add(slot);
            return;
        }

        double inside = Math.Clamp(import.Price[i], feed, supplier), outside = Math.Min(Math.Clamp(export.Price[i], feed, supplier), inside);
        if (inside != import.Price[i] || outside != export.Price[i]) clipped.Add(slot);
        (import.Price[i], export.Price[i]) = (inside, outside);
    }

    private static IEnumerable<Finding> Describe(List<QuarterHour> slots, string done)
    {
        if (slots.Count == 0) yield break;
        string count = slots.Count.ToString(CultureInfo.InvariantCulture);
        yield return new(PlanningCodes.PricesOutOfOrder, slots[0].ToString(), null,
            $"In {count} slots from this one on the cooperative's prices do not lie between feed-in and supplier; they are {done}.");
    }
}
