using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>What the owner wants of the battery beside saving money. States of charge in per cent of the battery's whole capacity.</summary>
public sealed record OwnerWishes
{
    /// <summary>Charging from the grid is a permission; without it only surplus is charged.</summary>
    public bool MayChargeFromGrid { get; init; }

    public bool MayDischargeToGrid { get; init; }

    /// <summary>Charge from the grid at this import price at most, ct/kWh; absent: at any.</summary>
    public decimal? GridChargeMaxCents { get; init; }

    /// <summary>Charge from the grid up to this state of charge; surplus may go further. Absent: up to full.</summary>
    public decimal? GridChargeMaxPercent { get; init; }

    /// <summary>Kept for an outage of the grid.</summary>
    public decimal? ReservePercent { get; init; }

    public ImmutableArray<ChargeTarget> Targets { get; init; } = [];
}

/// <summary>The battery shall hold so much at a time of day.</summary>
/// <param name="By">On the building's clock.</param>
/// <param name="Days">Days of the week; empty: each day.</param>
public sealed record ChargeTarget(LocalTime By, decimal Percent, ImmutableArray<IsoDayOfWeek> Days);
