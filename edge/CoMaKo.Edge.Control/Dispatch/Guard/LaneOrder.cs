using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>What one cycle asks of one device.</summary>
/// <param name="Range">What it shall hold; of <see cref="OrderKind.Command"/>.</param>
/// <param name="Bound">What it holds must lie inside; otherwise it is written at once.</param>
/// <param name="Number">Of the cycle; the same number again is the same order.</param>
internal readonly record struct LaneOrder(OrderKind Kind, PowerRange Range, PowerRange Bound, long Number)
{
    /// <summary>Absent: the guard's usual one.</summary>
    public Duration? Validity { get; init; }
}

/// <summary>What a cycle asks of a battery.</summary>
public enum OrderKind
{
    /// <summary>Hold this.</summary>
    Command,

    /// <summary>Nothing new and no renewal: the inputs are too old. What is no longer allowed is narrowed all the same.</summary>
    Keep,

    /// <summary>Back to the device's own mode.</summary>
    Release,
}

/// <summary>Whether commands reach a device.</summary>
public enum ControlReach
{
    /// <summary>No technician has confirmed its direction: it is only read.</summary>
    ReadOnly,

    Controlled,

    /// <summary>A technician's write test has it.</summary>
    Testing,

    /// <summary>Writes fail or hang; each cycle tries again.</summary>
    Unreachable,

    /// <summary>It takes writes but does something else; it gets another try later.</summary>
    NotControllable,
}

/// <summary>How writing to a device stands.</summary>
/// <param name="Verified">Absent: read-only.</param>
/// <param name="Held">What was last written and still holds; absent: in its own mode, as far as we know.</param>
/// <param name="WrittenAt">Wall clock of the last confirmed write or release.</param>
/// <param name="ReadBack">What the device last said it holds; absent: nothing, or it was not asked.</param>
/// <param name="Code">Stable code of what is wrong; absent if nothing.</param>
/// <param name="Text">English sentence to <paramref name="Code"/>.</param>
/// <param name="IsBusy">A write is under way.</param>
public sealed record DeviceWrites(
    DeviceId Device, ControlReach Reach, Verified? Verified, PowerRange? Held, Instant? WrittenAt, PowerRange? ReadBack, string? Code, string? Text, bool IsBusy);

/// <summary>A write or release that a device took.</summary>
/// <param name="Range">Absent: released, or its time has run out.</param>
/// <param name="At">Monotonic.</param>
public readonly record struct Confirmation(DeviceId Device, PowerRange? Range, Duration At);
