using System.Collections.Immutable;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>What the limits must not forget over a restart. Written by the host after changes, given back at the start; keys are device ids and limit names.</summary>
public sealed record LimitMemory
{
    public static readonly LimitMemory Empty = new();

    /// <summary>Batteries that have left a window and have not come back by the hysteresis.</summary>
    public ImmutableDictionary<string, BlockedDirections> SoC { get; init; } = ImmutableDictionary<string, BlockedDirections>.Empty;

    public ImmutableDictionary<string, BlockedDirections> Temperature { get; init; } = ImmutableDictionary<string, BlockedDirections>.Empty;

    public ImmutableDictionary<string, ReserveLevel> Reserve { get; init; } = ImmutableDictionary<string, ReserveLevel>.Empty;

    /// <summary>Share of installed power that a contact of the grid operator last asked for.</summary>
    public decimal? FeedInStage { get; init; }

    /// <summary>Greatest output of the PV plants while it is being released; absent: free.</summary>
    public Power? PvOutput { get; init; }

    /// <summary>Since when each limit stands as it stands.</summary>
    public ImmutableDictionary<string, LimitSince> Since { get; init; } = ImmutableDictionary<string, LimitSince>.Empty;
}

public sealed record BlockedDirections(bool Charge, bool Discharge)
{
    public static readonly BlockedDirections None = new(false, false);
}

/// <param name="Key">What it said; another key begins anew.</param>
public sealed record LimitSince(string Key, Instant At);

/// <summary>A limit that has something to remember.</summary>
internal interface IRemembers
{
    LimitMemory Remember(LimitMemory memory);

    void Recall(LimitMemory memory);
}
