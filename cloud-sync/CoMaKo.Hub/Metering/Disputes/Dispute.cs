using NodaTime;

namespace CoMaKo.Hub.Metering.Disputes;

/// <summary>What a dispute is about; the numbers are those of <c>met_dispute.subject</c>.</summary>
public enum DisputeSubject
{
    /// <summary>Values of a Berlin day (<c>2026-05-14</c>).</summary>
    Day = 1,

    /// <summary>What a month comes to (<c>2026-05</c>).</summary>
    Month = 2,

    /// <summary>A reading, by its id.</summary>
    Reading = 3,

    /// <summary>A statement, by its number.</summary>
    Statement = 4,
}

/// <summary>Where a dispute stands; the numbers are those of <c>met_dispute.state</c>.</summary>
public enum DisputeState
{
    Open = 1,
    Accepted = 2,
    Rejected = 3,
}

/// <summary>Something that a member says is wrong.</summary>
/// <param name="Thing">Which day, month, reading or statement.</param>
/// <param name="Point">Of which metering point; absent: of all of the member's.</param>
/// <param name="BelievedWh">The value that the member believes.</param>
/// <param name="Reason">The cooperative's answer; absent while it is open.</param>
public sealed record Dispute(
    long DisputeId, string Participant, DisputeSubject Subject, string Thing, string? Point, string Words, long? BelievedWh, DisputeState State, Instant CreatedAt, Instant? AnsweredAt, string? Reason);

/// <summary>A dispute on its way in.</summary>
internal sealed record NewDispute(string Participant, DisputeSubject Subject, string Thing, string? Point, string Words, long? BelievedWh)
{
    /// <summary>Characters that a member may write.</summary>
    public const int MostWords = 2000;

    /// <summary>Open disputes of one member.</summary>
    public const int MostOpen = 50;
}
