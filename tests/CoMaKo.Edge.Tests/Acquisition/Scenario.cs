using CoMaKo.Edge.Acquisition;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>What happens to the building or its gateway.</summary>
internal enum Mishap
{
    Gap,
    Restart,
    RestartWithoutClock,
    Swap,
    SwapWhileDown,
    Reset,
    ResetWhileDown,
    ClockStep,
    Glitch,
    MeterRestart,
}

/// <summary>
/// Some hours of a building with mishaps: a true load, a meter that counts it, a gateway that reads it, is killed and started again.
/// </summary>
internal sealed class Scenario
{
    private static readonly Instant Start = Instant.FromUtc(2026, 6, 1, 9, 53);
    private readonly Random random;
    private readonly long lengthMs;
    private readonly LoadCurve load;
    private readonly Display display;
    private readonly decimal ratio;
    private readonly decimal capacity;
    private readonly Queue<(long AtMs, Mishap What)> mishaps;
    private readonly FakeTimeProvider time = new(Start.ToDateTimeOffset());
    private readonly TestClockSource source = new();
    private readonly DeviceSettings settings;
    private GatewayUnderTest gateway;
    private TestMeter meter;
    private int meters;
    private long now;
    private long lastStepBack = -1_000_000;

    public Scenario(int seed, long lengthMs, Display display, decimal ratio, bool rollsOver, IReadOnlyCollection<Mishap> kinds)
    {
        (random, this.lengthMs, this.display, this.ratio) = (new Random(seed), lengthMs, display, ratio);
        load = new LoadCurve(random, lengthMs + 1);
        capacity = 100_000_000m * ratio; // 99 999.999 kWh on the display
        settings = new DeviceSettings(CtFactorMicro: (long)(ratio * 1_000_000m));
        decimal beginning = rollsOver ? capacity - load.Energy(lengthMs) * (decimal)random.NextDouble() : random.Next(20_000_000, 95_000_000) * ratio;
        meter = NewMeter(beginning);
        gateway = new GatewayUnderTest(Store, time, source, settings);
        mishaps = new(Enumerable.Range(0, kinds.Count == 0 ? 0 : random.Next(2, 9))
            .Select(_ => (random.NextInt64(lengthMs), kinds.ElementAt(random.Next(kinds.Count)))).OrderBy(mishap => mishap.Item1));
    }

    public MemoryStore Store { get; } = new();

    public LoadCurve Load => load;

    public SampleAccount Account { get; } = new();

    public decimal Capacity => capacity;

    public void Run()
    {
        while (now < lengthMs)
        {
            if (mishaps.TryPeek(out var next) && next.AtMs <= now) Happen(mishaps.Dequeue().What);
            Pass(random.Next(10) == 0 ? random.Next(200, 12_000) : random.Next(900, 2_100));
            if (now < lengthMs) ReadOnce();
        }

        gateway.Flush();
        Account.Flushed();
    }

    private void ReadOnce(decimal error = 0)
    {
        var wall = Instant.FromDateTimeOffset(time.GetUtcNow());
        gateway.Take(meter.Read(GatewayUnderTest.Device, now, wall, Monotonic, error));
        if (error == 0) Account.Take(new Sample(meter, now, wall, Monotonic), gateway.Clock.IsTrusted);
        if (random.Next(3) != 0) return;
        gateway.Flush();
        Account.Flushed();
    }

    private Duration Monotonic => Duration.FromTimeSpan(time.GetElapsedTime(0));

    private void Pass(long ms)
    {
        ms = Math.Min(ms, lengthMs - now);
        time.Advance(TimeSpan.FromMilliseconds(ms));
        now += ms;
    }

    private void Happen(Mishap what)
    {
        switch (what)
        {
            case Mishap.Gap: Pass(random.Next(2) == 0 ? random.Next(5_000, 70_000) : random.Next(60_000, 5_000_000)); break;
            case Mishap.Restart: Restart(); break;
            case Mishap.RestartWithoutClock: RestartWithoutClock(); break;
            case Mishap.Swap: Swap(); break;
            case Mishap.SwapWhileDown: Restart(Swap); break;
            case Mishap.Reset: ResetMeter(); break;
            case Mishap.ResetWhileDown: Restart(ResetMeter); break;
            case Mishap.ClockStep: StepClock(); break;
            case Mishap.Glitch: Glitch(); break;
            case Mishap.MeterRestart: RestartMeter(); break;
            default: throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    private void Restart(Action? meanwhile = null)
    {
        if (random.Next(2) == 0)
        {
            gateway.Flush();
            Account.Flushed();
        }

        Account.Stopped();
        Pass(random.Next(3_000, 900_000));
        meanwhile?.Invoke();
        gateway = new GatewayUnderTest(Store, time, source, settings);
    }

    /// <summary>A box without a battery-backed clock starts in 1970 and learns the time later.</summary>
    private void RestartWithoutClock()
    {
        source.IsSynchronised = false;
        Restart();
        var right = time.GetUtcNow();
        var wrong = DateTimeOffset.UnixEpoch.AddSeconds(17);
        time.StepWallClock(wrong - right);
        long until = now + random.Next(1_000, 2_000_000);
        while (now < until && now < lengthMs)
        {
            ReadOnce();
            Pass(random.Next(900, 2_100));
        }

        time.StepWallClock(right - wrong);
        source.IsSynchronised = true;
    }

    private void Swap()
    {
        Pass(random.Next(4_000, 200_000));
        meter = NewMeter(random.Next(0, 5_000_000) * ratio);
    }

    /// <summary>To less than a quarter, so that it is visible at all.</summary>
    private void ResetMeter()
    {
        if (meter.Exact(now) > Visible) meter.Reset(now, meter.Exact(now) * (decimal)random.NextDouble() / 4);
    }

    private void Glitch()
    {
        if (Account.IsFollowing(meter, now)) ReadOnce(random.Next(2) == 0 && meter.Exact(now) > Visible ? -meter.Exact(now) : 9_999_999m * ratio);
    }

    private void RestartMeter()
    {
        meter.SecondsOffset -= 1_000_000;
        Account.MeterRestarted();
    }

    /// <summary>Back by less than a minute at most once in a while, as a time source does; forwards as far as it likes.</summary>
    private void StepClock()
    {
        bool back = random.Next(2) == 0 && now - lastStepBack > 300_000;
        if (back) lastStepBack = now;
        time.StepWallClock(TimeSpan.FromMilliseconds(back ? -random.Next(100, 50_000) : random.Next(100, random.Next(2) == 0 ? 3_000 : 4_000_000)));
    }

    private decimal Visible => 20_000m * ratio;

    private TestMeter NewMeter(decimal start) =>
        new(FormattableString.Invariant($"0a01544553540000{++meters:x4}"), load, display, ratio, capacity, start, now);
}
