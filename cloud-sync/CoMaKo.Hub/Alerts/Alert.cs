using System.Collections.Immutable;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>What one recipient was told of one alert.</summary>
/// <param name="AlertedAt">When the alert was put down for them.</param>
/// <param name="RecoveredAt">When the recovery was; absent until then.</param>
public readonly record struct Telling(Instant AlertedAt, Instant? RecoveredAt);

/// <summary>Somebody sees to it.</summary>
public sealed record Acknowledgement(string By, string? Note, Instant At);

/// <summary>
/// One cause from when it was first seen until it has stayed away: first it must last (<see cref="OpenedAt"/> absent), then it is open, then perhaps
/// away for a while, then closed. If it comes back after that, that is another alert.
/// </summary>
/// <param name="Item">The cause as it was seen last.</param>
/// <param name="Source">Which part of the hub tells of it.</param>
/// <param name="SeenAt">When it was first seen.</param>
public sealed record Alert(WorkItem Item, string Source, Instant SeenAt)
{
    /// <summary>Its number in the database; 0 before it is stored.</summary>
    public long AlertId { get; init; }

    /// <summary>When it had lasted long enough; absent before.</summary>
    public Instant? OpenedAt { get; init; }

    /// <summary>Since when the cause is away; absent while it is there.</summary>
    public Instant? AwayAt { get; init; }

    /// <summary>When it had been away long enough; absent before.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>Absent while nobody sees to it.</summary>
    public Acknowledgement? Acknowledged { get; init; }

    /// <summary>By recipient.</summary>
    public ImmutableDictionary<string, Telling> Tellings { get; init; } = ImmutableDictionary<string, Telling>.Empty;

    public string Cause => Item.Cause;

    public bool IsOpen => OpenedAt is not null && ClosedAt is null;

    /// <summary>Whether somebody still waits for the word that it is over.</summary>
    public bool OwesRecovery => ClosedAt is not null && Tellings.Values.Any(telling => telling.RecoveredAt is null);
}

/// <summary>What the sources of the work list say now.</summary>
/// <param name="Items">Every cause that is there, with the source that tells of it.</param>
/// <param name="Unreadable">Sources that could not be asked: nothing is known of their causes, so these neither last nor stay away.</param>
internal sealed record CausesNow(IReadOnlyList<(string Source, WorkItem Item)> Items, IReadOnlySet<string> Unreadable);
