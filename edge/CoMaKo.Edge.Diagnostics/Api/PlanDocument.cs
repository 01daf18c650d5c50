using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>A quarter hour of <c>/api/plan</c>: W, EUR/kWh, per cent; + towards the building.</summary>
internal sealed record PlanDocument(Instant Start, decimal? ImportPrice, decimal? ExportPrice, bool IsPriceExpected, PlanDocument.PlannedPart? Planned, PlanDocument.MeasuredPart? Measured)
{
    public static PlanDocument Of(PlanSlot slot) => new(
        slot.Slot.Start, slot.ImportPrice, slot.ExportPrice, slot.IsPriceExpected,
        slot.Planned is { } p ? new(p.Battery.Min.Watts, p.Battery.Max.Watts, p.Expected.Watts, p.SoCPercent, BandOf(p.Load), BandOf(p.Pv), p.Value, p.Curtailed.Watts, p.Reason?.Code) : null,
        slot.Measured is { } m ? new(m.Battery?.Watts, m.Load?.Watts, m.Pv?.Watts, m.Grid?.Watts, m.SoCPercent) : null);

    private static decimal[] BandOf(Band band) => [band.Low.Watts, band.Median.Watts, band.High.Watts];

    internal sealed record PlannedPart(decimal Min, decimal Max, decimal Expected, decimal SoC, decimal[] Load, decimal[] Pv, decimal Value, decimal Curtailed, string? Reason);

    internal sealed record MeasuredPart(decimal? Battery, decimal? Load, decimal? Pv, decimal? Grid, decimal? SoC);
}
