using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Prices of coming slots, EUR/kWh, as <see cref="PlanningProblem"/> wants them.</summary>
/// <param name="CoopImport">Absent without a cooperative.</param>
/// <param name="Sources">Where the price of each slot comes from.</param>
public sealed record PriceCurve(double[] Import, double[] Export, PriceBlock? CoopImport, PriceBlock? CoopExport, PriceSource[] Sources);

/// <summary>Where a slot's price comes from.</summary>
public enum PriceSource
{
    /// <summary>The building's contracts alone.</summary>
    Contract,

    /// <summary>The published day-ahead price is part of it.</summary>
    Published,

    /// <summary>No day-ahead price is published yet: one is expected from earlier days.</summary>
    Expected,
}

/// <summary>Puts the price of each slot together: energy, levies, grid fee of the hour, tax; and what export and the cooperative pay. Local times follow the building's clock, also on change days.</summary>
public sealed class Tariff
{
    private const double EurPerCent = 0.01;

    private readonly TariffSettings settings;
    private readonly DateTimeZone zone;
    private readonly double tax;

    /// <param name="settings">Without findings by <see cref="TariffRules"/>.</param>
    /// <param name="zone">The building's.</param>
    public Tariff(TariffSettings settings, DateTimeZone zone)
    {
        (this.settings, this.zone) = (settings, zone);
        tax = 1 + (double)settings.VatPercent / 100;
    }

    /// <summary>Whether day-ahead prices are needed.</summary>
    public bool NeedsSpot => settings.Energy is SpotEnergyPrice || settings.Export is SpotExportPrice or FixedExportPrice { IsZeroAtNegativeSpot: true };

    /// <summary>Prices of consecutive slots.</summary>
    /// <param name="spot">Day-ahead prices.</param>
    /// <param name="coopImport">kW of cooperative surplus forecast for this building in each slot; absent: none, e.g. without a hub.</param>
    /// <param name="coopExport">kW that the cooperative takes; absent: none.</param>
    /// <param name="asOf">Only with day-ahead prices that were known then; absent: all.</param>
    /// <param name="findings">Prices out of order, which were clipped (§2.1), and missing ones.</param>
    /// <returns>The curve; absent if a day-ahead price is neither known nor to be expected.</returns>
    public PriceCurve? Compose(IReadOnlyList<QuarterHour> slots, SpotPrices spot, double[]? coopImport, double[]? coopExport, out IReadOnlyList<Finding> findings, Instant? asOf = null)
    {
        var curve = new PriceCurve(
            new double[slots.Count], new double[slots.Count],
            settings.Cooperative is null ? null : new(new double[slots.Count], coopImport?.AsSpan(0, slots.Count).ToArray() ?? new double[slots.Count]),
            settings.Cooperative is null ? null : new(new double[slots.Count], coopExport?.AsSpan(0, slots.Count).ToArray() ?? new double[slots.Count]),
            new PriceSource[slots.Count]);
        var order = new LadderOrder(curve);
        for (int i = 0; i < slots.Count; i++)
        {
            double? price = null;
            if (NeedsSpot)
            {
                price = spot.Known(slots[i], asOf);
                curve.Sources[i] = price is null ? PriceSource.Expected : PriceSource.Published;
                price ??= spot.Expected(slots[i], asOf);
                if (price is null)
                {
                    findings = [new(PlanningCodes.NoSpotPrice, slots[i].ToString(), null, "No day-ahead price is known for this slot, nor one of the same time on the 28 days before. The tariff needs them.")];
                    return null;
                }
            }

            Fill(curve, i, slots[i], price ?? 0);
            order.Check(i, slots[i]);
        }

        findings = order.Findings;
        return curve;
    }

    private void Fill(PriceCurve curve, int i, QuarterHour slot, double spot)
    {
        var local = slot.Start.InZone(zone).LocalDateTime;
        double fee = (double)GridFeeAt(local) * EurPerCent;
        curve.Import[i] = (EnergyAt(local.TimeOfDay, spot) + (double)settings.Levies * EurPerCent + fee) * tax;
        curve.Export[i] = ExportAt(spot);
        if (settings.Cooperative is not { } cooperative) return;
        curve.CoopImport!.Price[i] = (double)cooperative.ImportCents * EurPerCent + (cooperative.HasGridFee ? fee * tax : 0);
        curve.CoopExport!.Price[i] = (double)cooperative.ExportCents * EurPerCent;
    }

    private double EnergyAt(LocalTime time, double spot)
    {
        if (settings.Energy is SpotEnergyPrice dynamic) return spot + (double)dynamic.MarkupCents * EurPerCent;
        var price = (FixedEnergyPrice)settings.Energy;
        foreach (var window in price.Windows)
            if (window.Window.Contains(time)) return (double)window.Cents * EurPerCent;
        return (double)price.Cents * EurPerCent;
    }

    /// <summary>Net ct/kWh.</summary>
    private decimal GridFeeAt(LocalDateTime local)
    {
        int quarter = (local.Month + 2) / 3;
        foreach (var window in settings.GridFee.Windows)
        {
            if (!window.Quarters.Contains(quarter) || !window.Window.Contains(local.TimeOfDay)) continue;
            return window.Level switch
            {
                GridFeeLevel.High => settings.GridFee.High ?? settings.GridFee.Standard,
                GridFeeLevel.Low => settings.GridFee.Low ?? settings.GridFee.Standard,
                _ => settings.GridFee.Standard,
            };
        }

        return settings.GridFee.Standard;
    }

    private double ExportAt(double spot) => settings.Export switch
    {
        FixedExportPrice { IsZeroAtNegativeSpot: true } when spot < 0 => 0,
        FixedExportPrice price => (double)price.Cents * EurPerCent,
        SpotExportPrice price => spot - (double)price.FeeCents * EurPerCent,
        _ => 0,
    };
}
