using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// A technician's narrow permission to command one battery that is not verified yet. It ends by itself: without a sign of life, after its time, and with <see cref="End"/>;
/// the battery is then released. What is commanded is written by the next cycle, clamped to the permission and to all limits.
/// </summary>
/// <remarks>Safe from any thread.</remarks>
public sealed class WriteTest
{
    private readonly Lock gate = new();
    private readonly Func<Duration> clock;
    private readonly Duration lifeSign;
    private Duration aliveAt;
    private (Power Power, Duration? ValidFor)? command;
    private bool isOver;

    internal WriteTest(DeviceId device, PowerRange permitted, Duration length, Duration lifeSign, Func<Duration> clock)
    {
        (Device, Permitted, this.lifeSign, this.clock) = (device, permitted, lifeSign, clock);
        aliveAt = clock();
        EndsAt = aliveAt + length;
    }

    public DeviceId Device { get; }

    /// <summary>Nothing outside is ever written in this test.</summary>
    public PowerRange Permitted { get; }

    /// <summary>Monotonic.</summary>
    public Duration EndsAt { get; }

    /// <summary>Over a second before its last command would run out, so that it is taken back and not left to the device alone.</summary>
    public bool IsOver
    {
        get
        {
            lock (gate) return isOver |= clock() is var now && (now >= EndsAt || Left(now) <= Duration.FromSeconds(1));
        }
    }

    /// <summary>The page is still there.</summary>
    public void KeepAlive()
    {
        lock (gate) aliveAt = clock();
    }

    /// <summary>What the battery shall do from the next cycle on; absent: its own mode.</summary>
    /// <param name="validFor">Shorter than what the last sign of life leaves; absent: that.</param>
    public void Command(Power? power, Duration? validFor = null)
    {
        lock (gate) command = power is { } watts ? (watts, validFor) : null;
    }

    public void End()
    {
        lock (gate) isOver = true;
    }

    /// <summary>What shall be written now and for how long, in whole seconds; absent: nothing.</summary>
    internal (Power Power, Duration ValidFor)? Wanted
    {
        get
        {
            lock (gate)
            {
                if (command is not { } wanted) return null;
                var longest = Left(clock());
                var seconds = Math.Floor(Duration.Min(wanted.ValidFor ?? longest, longest).TotalSeconds);
                return seconds >= 1 ? (wanted.Power, Duration.FromSeconds(seconds)) : null;
            }
        }
    }

    private Duration Left(Duration now) => aliveAt + lifeSign - now;
}
