using System.Collections.Immutable;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Directives;

/// <summary>What the hub asks for or tells, with its validity. The gateway works without any; the shapes are in <c>contracts/schemas/directive.schema.json</c>.</summary>
/// <param name="Id">Given by the hub; the same id again takes the place of the first.</param>
/// <param name="From">Not executed before.</param>
/// <param name="Until">Not executed at or after.</param>
/// <param name="IssuedBy">Who asked, for records and the page.</param>
public abstract record HubDirective(string Id, Instant From, Instant Until, string IssuedBy)
{
    public bool IsInForceAt(Instant now) => now >= From && now < Until;
}

/// <summary>A limit on power for as long as the directive is valid.</summary>
/// <param name="Limit">A magnitude.</param>
public sealed record LimitDirective(string Id, Instant From, Instant Until, string IssuedBy, DirectedLimit Kind, Power Limit) : HubDirective(Id, From, Until, IssuedBy);

/// <summary>Which power a directive limits.</summary>
public enum DirectedLimit
{
    /// <summary>§14a EnWG: grid import caused by controllable devices together.</summary>
    Dim14a,

    /// <summary>§9 EEG: feed-in at the connection.</summary>
    FeedIn,

    /// <summary>Import at the connection.</summary>
    GridImport,
}

/// <summary>Energy prices of coming quarter hours, before levies and grid fees.</summary>
public sealed record PriceDirective(string Id, Instant From, Instant Until, string IssuedBy, ImmutableArray<SlotValue> EurPerKwh) : HubDirective(Id, From, Until, IssuedBy);

/// <summary>What the hub expects of coming quarter hours, in kW; an empty list says nothing about that quantity.</summary>
/// <param name="CoopImport">Surplus of neighbours that is left for this building.</param>
/// <param name="CoopExport">What neighbours will take from this building.</param>
public sealed record ForecastDirective(
    string Id, Instant From, Instant Until, string IssuedBy,
    ImmutableArray<SlotValue> Load, ImmutableArray<SlotValue> Pv, ImmutableArray<SlotValue> CoopImport, ImmutableArray<SlotValue> CoopExport) : HubDirective(Id, From, Until, IssuedBy);

/// <summary>A value of one quarter hour.</summary>
public readonly record struct SlotValue(QuarterHour Slot, double Value);
