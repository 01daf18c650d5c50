using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>Hours of the Berlin day in which somebody is not to be disturbed, e.g. 22:00 to 06:30.</summary>
/// <param name="To">Exclusive; before <paramref name="From"/> it is on the next day.</param>
public sealed record QuietHours(LocalTime From, LocalTime To)
{
    public bool Contains(Instant at)
    {
        var time = at.InZone(MarketDay.Zone).TimeOfDay;
        return From <= To ? time >= From && time < To : time >= From || time < To;
    }
}

/// <summary>Who is told, of what, and when.</summary>
/// <param name="Target">Mail address or URL.</param>
/// <param name="Language">Of the texts: <c>de</c> or <c>en</c>.</param>
/// <param name="Kinds">Kinds of cause, e.g. <c>gateway.silent</c>, or all of a family, e.g. <c>gateway</c>; empty: all.</param>
/// <param name="Rank">The least pressing rank that is told.</param>
/// <param name="FaultsBreakThrough">Whether faults, and that they are over, are told in the quiet hours too.</param>
/// <param name="Delay">Only alerts that are open so long without anybody seeing to them are told: whom one calls if the first does not answer.</param>
/// <param name="IsActive">Off for a while; what is open then is told afterwards.</param>
public sealed record AlertRecipient(
    string Id, MessageChannel Channel, string Target, string Language, IReadOnlyList<string> Kinds, WorkRank Rank, QuietHours? Quiet = null, bool FaultsBreakThrough = false,
    Duration Delay = default, bool IsActive = true)
{
    /// <summary>The cause that a recipient cannot be reached; its subject is the recipient's id.</summary>
    public const string UndeliveredKind = "alerts.undelivered";

    /// <summary>Only rules name it: an address, or somebody of a role.</summary>
    public bool IsByRule { get; init; }

    /// <summary>The role by which rules name it, e.g. <c>role:operator</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Whether what it was put down for includes this.</summary>
    public bool Wants(WorkItem item) => MayHearOf(item) && (Kinds.Count == 0 || Kinds.Any(kind => WorkKinds.IsOf(item.Kind, kind)));

    /// <summary>Whether it presses enough. Of itself not being reached nobody is told.</summary>
    public bool MayHearOf(WorkItem item) => item.Rank <= Rank && (item.Kind != UndeliveredKind || item.Subject != Id);

    /// <summary>Whether news of this rank waits at this time.</summary>
    public bool Holds(WorkRank rank, Instant at) => Quiet?.Contains(at) == true && !(FaultsBreakThrough && rank == WorkRank.Fault);
}
