using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Where totals, segments and events become durable.</summary>
public interface IOutbox
{
    /// <summary>Appends all records and state entries in one transaction; durable on return. Either list may be empty.</summary>
    /// <returns>Sequence of the last record in the store; 0 if it holds none yet.</returns>
    /// <exception cref="IOException">Nothing was stored (disk full, read-only, broken); the caller keeps the records and tries again.</exception>
    ValueTask<long> AppendAsync(IReadOnlyList<SyncRecord> records, IReadOnlyList<StateEntry> state, CancellationToken cancellationToken);
}

/// <summary>A named value that must change together with records: virtual registers, the last good time.</summary>
public readonly record struct StateEntry(string Key, string Value);

/// <summary>What acquisition needs to know of earlier runs.</summary>
public interface IRegisterHistory
{
    /// <summary>The newest segment of each register, with its last total.</summary>
    ValueTask<IReadOnlyList<RegisterState>> LoadRegistersAsync(CancellationToken cancellationToken);

    /// <summary>The greatest segment id in the store; 0 if there is none.</summary>
    ValueTask<long> LastSegmentAsync(CancellationToken cancellationToken);

    /// <summary>A state entry; absent if never written.</summary>
    ValueTask<string?> LoadStateAsync(string key, CancellationToken cancellationToken);
}

/// <summary>The newest segment of a register.</summary>
/// <param name="Begin">Its begin record.</param>
/// <param name="End">Its end record, if it was closed.</param>
/// <param name="Last">Its last total; absent if it has none.</param>
public sealed record RegisterState(RegisterSegment Begin, RegisterSegment? End, RegisterTotal? Last);

/// <summary>How far the gateway's clock can be trusted.</summary>
public enum ClockState
{
    /// <summary>Started, not synchronised yet: totals are evidence only.</summary>
    Unknown,

    /// <summary>Synchronised now.</summary>
    Synced,

    /// <summary>Was synchronised since the start; the source is lost.</summary>
    Holdover,

    /// <summary>Set by a technician.</summary>
    SetByTechnician,
}

/// <summary>Asks the system whether its clock is synchronised.</summary>
public interface IClockSource
{
    /// <summary>Whether a time source disciplines the clock now.</summary>
    bool IsSynchronised { get; }
}

/// <summary>The clock as the page shows it.</summary>
public sealed record ClockStatus(ClockState State, Instant Since, Duration? LastStep);
