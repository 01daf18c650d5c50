using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>One reason why less is allowed. Limits are applied strictest rank first (architecture §4) and only narrow.</summary>
/// <remarks>A limit may remember (hysteresis, ramps), but only by the image's monotonic time: applied twice to one image it says the same.</remarks>
public interface ILimit
{
    /// <summary>Stable name for records and pages, e.g. <c>dim-14a</c>.</summary>
    string Name { get; }

    LimitRank Rank { get; }

    /// <summary>Narrows what is allowed now.</summary>
    LimitResult Apply(AllowedRanges allowed, ControlImage now);
}

/// <summary>Who goes before whom (local-control §1); the lowest number first.</summary>
public enum LimitRank
{
    /// <summary>Ratings, BMS, temperature, state of charge.</summary>
    Device = 1,
    TechnicianLock = 2,

    /// <summary>Connection power, §14a EnWG, §9 EEG.</summary>
    GridOperator = 3,
    Reserve = 4,

    /// <summary>Zero export, contract, permission to charge from the grid.</summary>
    Contract = 5,

    /// <summary>The hub's limits that are no signal of the grid operator.</summary>
    Hub = 6,
}

/// <param name="Allowed">What remains.</param>
/// <param name="State">How the limit stands, for people.</param>
public readonly record struct LimitResult(AllowedRanges Allowed, LimitState State);

/// <summary>How a limit stands now.</summary>
/// <param name="Source">Who or what asks for it, as a key of the page's texts.</param>
/// <param name="Detail">What the key cannot say: a relay's line, a directive's id, a device; absent if there is nothing to add.</param>
/// <param name="Value">The number that belongs to it, a magnitude; absent where it is none.</param>
/// <param name="SourceSince">Since when the source has been saying so, where it knows.</param>
public readonly record struct LimitState(LimitKind Kind, LimitSource Source, string? Detail = null, Power? Value = null, Instant? SourceSince = null)
{
    public static LimitState Idle(LimitSource source, string? detail = null) => new(LimitKind.Idle, source, detail);
}

public enum LimitKind
{
    /// <summary>Asks for nothing now.</summary>
    Idle,
    Active,

    /// <summary>The state of its input is not known: the safe limit is in force.</summary>
    Failsafe,
}

/// <summary>Where a limit comes from; keys of the page's texts.</summary>
public enum LimitSource
{
    Ratings,
    BatteryManagement,
    DeviceFault,
    Temperature,
    SoCHard,
    SoCWindow,
    SoCUnknown,
    TechnicianLock,
    DimRelay,
    DimDirective,
    FeedInRelay,
    FeedInDirective,
    FeedInRule,
    Fuse,
    Unbalance,
    Reserve,
    ZeroExport,
    ExportContract,
    ImportContract,
    GridChargeForbidden,
    ExportPrice,
    HubImport,
    MeterUnknown,
}
