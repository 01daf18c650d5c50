using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>What energy costs a building and earns it, as contracts say it: prices in ct/kWh.</summary>
public sealed record TariffSettings
{
    /// <summary>Price of the supplier for the energy itself, without levies, grid fee and tax.</summary>
    public required EnergyPrice Energy { get; init; }

    /// <summary>Sum of levies, concession fee and electricity tax, net.</summary>
    public decimal Levies { get; init; }

    public GridFee GridFee { get; init; } = new(0);

    /// <summary>Value added tax on energy, levies and grid fee, per cent.</summary>
    public decimal VatPercent { get; init; } = 19;

    public required ExportPrice Export { get; init; }

    /// <summary>Absent: not a member of a cooperative.</summary>
    public CooperativePrice? Cooperative { get; init; }
}

/// <summary>Price of energy from the supplier.</summary>
public abstract record EnergyPrice;

/// <param name="Cents">Net ct/kWh outside of all windows.</param>
public sealed record FixedEnergyPrice(decimal Cents) : EnergyPrice
{
    /// <summary>Other prices at certain times; the first window that holds a time counts.</summary>
    public ImmutableArray<PriceWindow> Windows { get; init; } = [];
}

/// <summary>The day-ahead price of each slot.</summary>
/// <param name="MarkupCents">Net ct/kWh on top of it.</param>
public sealed record SpotEnergyPrice(decimal MarkupCents) : EnergyPrice;

/// <param name="Cents">Net ct/kWh inside the window.</param>
public sealed record PriceWindow(LocalWindow Window, decimal Cents);

/// <summary>Fee of the grid operator, net ct/kWh; time-variable by § 14a EnWG module 3 if there are windows (BNetzA BK8-22/010-A: three levels, windows the same on each day, not in all quarters of the year).</summary>
/// <param name="Standard">Level ST, and the only one without windows.</param>
/// <param name="High">Level HT.</param>
/// <param name="Low">Level NT.</param>
public sealed record GridFee(decimal Standard, decimal? High = null, decimal? Low = null)
{
    /// <summary>When another level than the standard one counts; the first window that holds a time does.</summary>
    public ImmutableArray<GridFeeWindow> Windows { get; init; } = [];
}

/// <param name="Quarters">Quarters of the year, 1 to 4, in which the window counts.</param>
public sealed record GridFeeWindow(LocalWindow Window, GridFeeLevel Level, ImmutableArray<int> Quarters);

public enum GridFeeLevel
{
    /// <summary>ST.</summary>
    Standard,

    /// <summary>HT.</summary>
    High,

    /// <summary>NT.</summary>
    Low,
}

/// <summary>Price for energy into the public grid.</summary>
public abstract record ExportPrice;

/// <param name="Cents">ct/kWh as paid.</param>
/// <param name="IsZeroAtNegativeSpot">Nothing is paid for slots with a negative day-ahead price (§ 51 EEG).</param>
public sealed record FixedExportPrice(decimal Cents, bool IsZeroAtNegativeSpot = false) : ExportPrice;

/// <summary>The day-ahead price of each slot, negative ones included.</summary>
/// <param name="FeeCents">What the marketer keeps, ct/kWh.</param>
public sealed record SpotExportPrice(decimal FeeCents) : ExportPrice;

/// <summary>Prices inside the cooperative, ct/kWh as paid.</summary>
/// <param name="HasGridFee">The grid fee is due on energy from the cooperative too, with tax.</param>
public sealed record CooperativePrice(decimal ImportCents = 10, decimal ExportCents = 10, bool HasGridFee = false);

/// <summary>A time of day on the building's clock: from the first time on, up to the second and without it. Over midnight if the second is not later; the whole day if they are equal.</summary>
public readonly record struct LocalWindow(LocalTime From, LocalTime Until)
{
    public bool Contains(LocalTime time) => From < Until ? time >= From && time < Until : time >= From || time < Until;
}
