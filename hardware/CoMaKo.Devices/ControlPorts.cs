using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices;

/// <summary>
/// The write side of a battery inverter. Given to the write guard alone.
/// </summary>
/// <remarks>
/// A command is a range of active power, never a bare set-point: the device may act inside it and no further. A range of one power pins it.
/// All calls throw <see cref="IOException"/> (or <see cref="TimeoutException"/>) if the device does not take the write; nothing then counts as written.
/// A <see cref="WriteRefusedException"/> comes from the driver itself: no such control, not set up for it, or a settings register that may not be written any more today.
/// </remarks>
public interface IBatteryControl
{
    DeviceId Device { get; }

    /// <summary>Before the first call that reached the device: what the configuration says, else no power at all.</summary>
    BatteryControlTraits Traits { get; }

    /// <summary>Allows <paramref name="range"/> (positive = discharge) for <paramref name="validFor"/>; afterwards the device falls back to its own mode by itself.</summary>
    Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken);

    /// <summary>Gives the battery back to its own mode. Leaves everything alone that was not set here.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken);

    /// <summary>The range that the device now holds from us; absent if it is in its own mode.</summary>
    Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken);
}

/// <summary>A write side that can say beforehand which registers a command would write.</summary>
public interface IRegisterPreview
{
    /// <summary>What <see cref="IBatteryControl.SetRangeAsync"/> would write, in order, and what stands there now. Writes nothing and changes nothing here; safe beside a write.</summary>
    Task<IReadOnlyList<RegisterPreview>> PreviewAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken);
}

/// <param name="Register">Address and name, e.g. <c>101 set-point</c>.</param>
/// <param name="Now">In the register's unit; absent if it holds no number.</param>
/// <param name="Then">What the command writes, rounded as the register does.</param>
public sealed record RegisterPreview(string Register, decimal? Now, decimal Then);

/// <summary>What kind of control an inverter offers.</summary>
/// <param name="Limits">Rated charge (negative) and discharge (positive) power.</param>
/// <param name="Follows">Who balances inside the range: the device by its own meter, or the gateway second by second.</param>
/// <param name="LongestValidity">Greatest time that the device's revert timer can be set to; zero: it has none and keeps the last command until it is released.</param>
/// <param name="Resolution">Smallest step of the register, in watts; read-back may differ by it.</param>
public sealed record BatteryControlTraits(PowerRange Limits, BatteryFollower Follows, Duration LongestValidity, Power Resolution);

/// <summary>Who follows the meter inside the quarter hour.</summary>
public enum BatteryFollower
{
    /// <summary>The gateway pins the power each second (set-point registers).</summary>
    Gateway,

    /// <summary>The inverter's own loop, inside the range that it was given (SunSpec model 124, mode switches).</summary>
    Device,
}

/// <summary>The write side of a PV plant's feed-in limit. Given to the write guard alone.</summary>
public interface IFeedInLimit
{
    DeviceId Device { get; }

    /// <summary>Installed power of the plant.</summary>
    Power Installed { get; }

    /// <summary>Limits the plant's output (a magnitude, 0 or more) for <paramref name="validFor"/>; absent releases the limit.</summary>
    Task SetFeedInLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken);

    /// <summary>The limit that the device now holds; absent if none is in force.</summary>
    Task<Power?> ReadBackAsync(CancellationToken cancellationToken);
}

/// <summary>The write side of a consumer that the grid operator may dim (wallbox, heat pump). Given to the write guard alone.</summary>
public interface ILoadLimit
{
    DeviceId Device { get; }

    /// <summary>Limits the consumer's power for <paramref name="validFor"/>; absent releases it. A device with steps only (SG-Ready relay) takes the next lower step.</summary>
    Task SetLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken);
}

/// <summary>A range of power, both ends included.</summary>
/// <param name="Min">Not above <paramref name="Max"/>.</param>
public readonly record struct PowerRange(Power Min, Power Max)
{
    public bool Contains(Power power) => power >= Min && power <= Max;

    /// <summary>The nearest power inside.</summary>
    public Power Clamp(Power power) => power < Min ? Min : power > Max ? Max : power;

    /// <summary>One power and no other.</summary>
    public static PowerRange Pin(Power power) => new(power, power);
}

/// <summary>Contacts of the grid operator's control box and the like, with the polarity of the wiring already applied.</summary>
public interface IRelaySignals
{
    /// <summary>All configured signals as last seen. Replaced as a whole; safe from any thread.</summary>
    RelayImage Current { get; }

    /// <summary>Completes at the next edge of any signal: lets the control cycle run at once instead of at its next second.</summary>
    ValueTask WaitForEdgeAsync(CancellationToken cancellationToken);
}

/// <param name="Signals">Only configured ones.</param>
public sealed record RelayImage(System.Collections.Immutable.ImmutableArray<RelaySignal> Signals)
{
    public static readonly RelayImage Empty = new([]);

    /// <summary>The signal of this meaning; absent if it is not wired.</summary>
    public RelaySignal? Find(RelayMeaning meaning) => Signals.FirstOrDefault(s => s.Meaning == meaning);
}

/// <param name="IsActive">Absent while the state is not known (line lost, chip gone): the failsafe limit applies then, never "no limit".</param>
/// <param name="Since">Since when it is what it is.</param>
/// <param name="Source">How people know it, e.g. <c>gpiochip0 line 17</c>.</param>
public sealed record RelaySignal(RelayMeaning Meaning, bool? IsActive, Instant Since, string Source);

/// <summary>What a contact asks for (FNN control box; ripple control receiver K1–K4).</summary>
public enum RelayMeaning
{
    /// <summary>§14a EnWG: dim controllable consumers.</summary>
    Dim,

    /// <summary>§9 EEG: feed-in at most 60 %, 30 %, 0 % of installed power; several active: the lowest holds.</summary>
    FeedIn60, FeedIn30, FeedIn0,

    /// <summary>§9 EEG: the contact of 100 %; active = no limit, in wirings where one contact always is.</summary>
    FeedIn100,
}

/// <summary>Lines of a GPIO chip.</summary>
public interface IGpioLines : IAsyncDisposable
{
    /// <summary>How people know the chip, e.g. <c>gpiochip0 (pinctrl-bcm2711)</c>.</summary>
    string Name { get; }

    /// <summary>Claims a line as input.</summary>
    /// <exception cref="LinkException">No such line, taken by another program, or no right to it; the message says which.</exception>
    IGpioInput OpenInput(int line, GpioInputOptions options);

    /// <summary>Claims a line as output with this level; gives it back as input when closed.</summary>
    /// <exception cref="LinkException">As for inputs.</exception>
    IGpioOutput OpenOutput(int line, bool level, string consumer);
}

/// <param name="Consumer">Shown by the kernel as the line's user.</param>
/// <param name="Debounce">Shorter changes are not reported; zero: every edge.</param>
public sealed record GpioInputOptions(string Consumer, Duration Debounce, GpioBias Bias = GpioBias.AsIs);

public enum GpioBias
{
    AsIs,
    PullUp,
    PullDown,
    Off,
}

public interface IGpioInput : IDisposable
{
    /// <summary>Physical level now; true = high.</summary>
    /// <exception cref="IOException">The chip is gone.</exception>
    bool Read();

    /// <summary>Edges in order until cancelled. Lost ones show as a gap in <see cref="GpioEdge.Sequence"/>.</summary>
    /// <exception cref="IOException">The chip is gone.</exception>
    IAsyncEnumerable<GpioEdge> EdgesAsync(CancellationToken cancellationToken);
}

public interface IGpioOutput : IDisposable
{
    bool Level { get; }

    /// <exception cref="IOException">The chip is gone.</exception>
    void Set(bool level);
}

/// <param name="Rising">To high.</param>
/// <param name="Monotonic">The kernel's monotonic time of the edge.</param>
/// <param name="Sequence">Counts the edges of this line from 1.</param>
public readonly record struct GpioEdge(bool Rising, Duration Monotonic, uint Sequence);
