namespace CoMaKo.Devices.Simulator.Model;

/// <summary>How an inverter with a set-point register answers to commands.</summary>
public sealed record DriveOptions
{
    /// <summary>From a write to the first change of power.</summary>
    public int DeadTimeSeconds { get; init; } = 1;

    /// <summary>Time constant of the way to the new power; 0: at once.</summary>
    public double TimeConstantSeconds { get; init; } = 2;

    /// <summary>Steepest change of power; 0: no limit.</summary>
    public int RampWattsPerSecond { get; init; }

    /// <summary>Set-points closer to the last one are ignored.</summary>
    public int DeadBandWatts { get; init; }

    /// <summary>What really comes of a commanded power.</summary>
    public int DeliveryPercent { get; init; } = 100;
}

/// <summary>An inverter between command and power.</summary>
/// <param name="Command">Set-point in force, mW, + discharge; absent: the inverter's own mode.</param>
/// <param name="Requested">The last one written, which the dead time may still keep back; absent after a release.</param>
/// <param name="ValidUntil">Unix second at which it falls back to its own mode.</param>
/// <param name="OnTheWay">Written and not yet in force, in order.</param>
/// <param name="Target">Where the power is going, mW.</param>
/// <param name="Output">Where it is, mW, before what gets lost on the way.</param>
public sealed record DriveMoment(long? Command, long? Requested, long? ValidUntil, IReadOnlyList<DelayedCommand> OnTheWay, long Target, long Output)
{
    /// <summary>In its own mode, doing nothing.</summary>
    public static readonly DriveMoment Own = new(null, null, null, [], 0, 0);

    /// <summary>Whether it obeys a set-point at this second.</summary>
    public bool IsRemoteAt(long second) => ValidUntil > second;

    /// <summary>This after a command was written at <paramref name="second"/>; no power means: back to the own mode.</summary>
    public DriveMoment Write(long second, long? power, int watchdog, int deadTime) => this with
    {
        Requested = power, ValidUntil = power is null ? null : second + watchdog, OnTheWay = [.. OnTheWay, new DelayedCommand(second + deadTime, power)],
    };

    /// <summary>A restart forgets every command.</summary>
    public DriveMoment Forget() => this with { Command = null, Requested = null, ValidUntil = null, OnTheWay = [] };
}

/// <param name="Second">Unix second at which it comes into force.</param>
/// <param name="Power">mW; absent: own mode.</param>
public sealed record DelayedCommand(long Second, long? Power);

/// <summary>Dead time, lag, ramp and dead band in exact steps of one second.</summary>
internal sealed class Drive(DriveOptions options)
{
    private const long Whole = 1_000_000;

    private readonly long approach = options.TimeConstantSeconds <= 0 ? Whole : (long)Math.Round((1 - Math.Exp(-1 / options.TimeConstantSeconds)) * Whole);
    private readonly long ramp = options.RampWattsPerSecond == 0 ? long.MaxValue : options.RampWattsPerSecond * 1000L;

    /// <summary>One second on.</summary>
    /// <param name="second">The second that begins.</param>
    /// <param name="own">What the inverter would do by itself, mW.</param>
    public DriveMoment Advance(DriveMoment last, long second, long own)
    {
        var now = last;
        if (last.Requested is not null && !last.IsRemoteAt(second)) now = last.Forget();
        if (now.OnTheWay.LastOrDefault(c => c.Second <= second) is { } due)
            now = now with { Command = due.Power, OnTheWay = [.. now.OnTheWay.Where(c => c.Second > second)] };
        long target = now.Command ?? own;
        if (now.Command is not null && last.Command is not null && Math.Abs(target - now.Target) < options.DeadBandWatts * 1000L) target = now.Target;
        long way = target - now.Output;
        long step = Math.Abs(way) <= 1000 ? way : Math.Clamp(way * approach / Whole, -ramp, ramp);
        return now with { Target = target, Output = now.Output + step };
    }

    /// <summary>What comes of a power that the inverter believes to give.</summary>
    public long Delivered(long output) => output * options.DeliveryPercent / 100;
}
