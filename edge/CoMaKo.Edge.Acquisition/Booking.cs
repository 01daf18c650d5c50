using System.Globalization;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Where the books of all registers write to during one reading: records in order, state that must change with them, and events.</summary>
/// <param name="ids">Gives segments their identities.</param>
/// <param name="journal">Takes events.</param>
/// <param name="clockStepTolerance">See <see cref="AcquisitionOptions"/>.</param>
public sealed class Booking(SegmentIds ids, EventJournal journal, Duration clockStepTolerance)
{
    /// <summary>Segments and totals since the last hand-over, in order.</summary>
    public List<SyncRecord> Records { get; } = [];

    /// <summary>State entries that must become durable with the records; the last one of a key counts.</summary>
    public Dictionary<string, string> State { get; } = [];

    /// <summary>False until the clock is synchronised: then nothing is booked but evidence.</summary>
    public bool ClockTrusted { get; set; }

    /// <summary>It is later than this: the last known good time plus what has passed on the monotonic clock.</summary>
    public Instant EarliestNow { get; set; }

    public SegmentIds Ids { get; } = ids;

    public EventJournal Journal { get; } = journal;

    public Duration ClockStepTolerance { get; } = clockStepTolerance;

    public void Remember(string key, decimal value) => State[key] = value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Identities of segments: the Unix µs of the opening, or one more than the last one where the clock is not ahead of that.</summary>
/// <param name="last">The greatest in the store; 0 if there is none.</param>
public sealed class SegmentIds(long last)
{
    private long last = last;

    /// <summary>A new identity, greater than all earlier ones.</summary>
    public long Next(Instant opening) => last = Math.Max(last + 1, opening.ToUnixTimeTicks() / 10);
}
