using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Relays;

/// <summary>Which state of a contact means that its signal is given; differs with the wiring and is checked at commissioning.</summary>
public enum ActiveContact
{
    Closed,

    /// <summary>Closed-circuit wiring: a cut wire means the limit.</summary>
    Open,
}

/// <summary>A contact as a technician sees it: press it and watch.</summary>
/// <param name="Source">Where it is wired.</param>
/// <param name="IsClosed">Raw state; absent while it is not known.</param>
/// <param name="IsActive">What it means by the configured wiring.</param>
/// <param name="Edges">Changes seen since the start.</param>
/// <param name="Last">The latest changes, oldest first.</param>
/// <param name="Fault">Why it is not known, in English; absent if it is.</param>
public sealed record RelayInputState(
    RelayMeaning Meaning, string Source, ActiveContact Active, bool? IsClosed, bool? IsActive, Instant Since, long Edges, ImmutableArray<RelayEdge> Last, string? Fault);

/// <summary>One change of a contact.</summary>
/// <param name="IsClosed">Absent: the line or module was lost.</param>
public readonly record struct RelayEdge(RelayMeaning Meaning, string Source, Instant At, bool? IsClosed, bool? IsActive);

/// <summary>One contact: debounces what is seen of it and remembers its changes. Not safe from several threads.</summary>
internal sealed class RelayContact(RelayMeaning meaning, string source, ActiveContact active, Duration debounce, Instant start)
{
    /// <summary>Changes that are kept for the technician.</summary>
    private const int Kept = 20;

    private bool? pending;
    private Duration pendingSince;

    public RelayInputState State { get; private set; } = new(meaning, source, active, null, null, start, 0, [], "It was not read yet.");

    /// <summary>The contact was seen in this state. A first look counts at once, a change when it has lasted.</summary>
    /// <param name="at">Monotonic, for the debouncing.</param>
    /// <returns>The change, if it is one.</returns>
    public RelayEdge? Seen(bool isClosed, Duration at, Instant now)
    {
        if (State.IsClosed is null) return Change(isClosed, now, null);
        if (isClosed == State.IsClosed)
        {
            pending = null;
            return null;
        }

        if (pending != isClosed) (pending, pendingSince) = (isClosed, at);
        return at - pendingSince >= debounce ? Change(isClosed, now, null) : null;
    }

    /// <summary>Nobody knows its state any more.</summary>
    /// <returns>The change, if it was known before.</returns>
    public RelayEdge? Lost(string fault, Instant now)
    {
        if (State.IsClosed is not null) return Change(null, now, fault);
        State = State with { Fault = fault };
        return null;
    }

    private RelayEdge Change(bool? isClosed, Instant now, string? fault)
    {
        pending = null;
        bool? isActive = isClosed is { } closed ? closed == (active == ActiveContact.Closed) : null;
        var edge = new RelayEdge(meaning, source, now, isClosed, isActive);
        var last = State.Last.Length < Kept ? State.Last : State.Last.RemoveAt(0);
        State = State with { IsClosed = isClosed, IsActive = isActive, Since = now, Edges = State.Edges + 1, Last = last.Add(edge), Fault = fault };
        return edge;
    }
}
