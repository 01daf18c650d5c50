using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>Why the batteries do what they do, as a case and its values; absent where the case has none. Powers in kW, energies in kWh, prices in EUR/kWh.</summary>
public sealed record PlanReason(ReasonCase Case)
{
    /// <summary>Of the batteries, or of what is curtailed; a magnitude.</summary>
    public double? Power { get; init; }

    /// <summary>Price of the slot that decides: import for buying and covering, export for surplus.</summary>
    public double? Now { get; init; }

    /// <summary>Price that the energy avoids at <see cref="At"/>.</summary>
    public double? Later { get; init; }

    public Instant? At { get; init; }

    /// <summary>Of one more stored kWh.</summary>
    public double? Value { get; init; }

    public double? Import { get; init; }

    public double? Export { get; init; }

    /// <summary>As the plan counts it.</summary>
    public double? Stored { get; init; }

    /// <summary>What a limit leaves, kW.</summary>
    public double? Limit { get; init; }
}

/// <summary>Cases of <see cref="PlanReason"/>.</summary>
public enum ReasonCase
{
    /// <summary>Surplus is stored for a later slot that is named.</summary>
    StoreSurplus,

    /// <summary>Surplus is stored; it is worth more than the feed-in pays.</summary>
    StoreSurplusValue,

    /// <summary>The grid charges for a dearer slot that is named.</summary>
    StoreCheap,

    /// <summary>The grid charges; a stored kWh is worth more.</summary>
    StoreCheapValue,

    /// <summary>Discharges for the house.</summary>
    Cover,

    /// <summary>Discharges into the grid.</summary>
    Sell,

    /// <summary>Keeps its charge for dearer times although the house buys.</summary>
    Keep,

    /// <summary>Lets surplus go although there is room.</summary>
    ReleaseSurplus,

    /// <summary>Self-consumption; hardly anything to do.</summary>
    Follow,

    Full,
    Empty,

    /// <summary>Keeps what is reserved for an outage.</summary>
    Reserve,

    /// <summary>The owner wants so much at a time.</summary>
    Target,

    /// <summary>PV is not used because feeding in costs.</summary>
    Curtail,

    /// <summary>The grid operator has limited charging from the grid (§14a EnWG).</summary>
    Dimmed,
}
