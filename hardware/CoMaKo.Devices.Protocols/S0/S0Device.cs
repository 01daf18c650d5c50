using System.Runtime.CompilerServices;
using CoMaKo.Devices.Protocols.Profiles;
using NodaTime;

namespace CoMaKo.Devices.Protocols.S0;

/// <summary>A pulse output as the building file has it.</summary>
/// <param name="Line">Of the GPIO chip.</param>
public sealed record S0Options(DeviceId Id, DeviceRole Role, int Line, PulseOptions Pulses)
{
    /// <summary>Time from one reading to the next.</summary>
    public Duration Poll { get; init; } = Duration.FromSeconds(1);

    public GpioBias Bias { get; init; } = GpioBias.PullUp;

    /// <summary>CT factor; greater than 0.</summary>
    public decimal Ratio { get; init; } = 1;
}

/// <summary>A meter with an S0 pulse output on a GPIO line. The kernel debounces by half a pulse; a reading comes each second, pulse or not.</summary>
/// <param name="restored">Where an earlier run stopped; keep <see cref="Count"/> each minute and at the end.</param>
/// <param name="clock">Stamps the readings.</param>
/// <param name="real">The clock of the edges, which a faster model time leaves alone.</param>
public sealed class S0Device(IGpioLines lines, S0Options options, PulseCount restored, TimeProvider clock, TimeProvider real) : IDevice
{
    private readonly Mounting mounting = new(options.Role, Invert: false, options.Ratio);
    private readonly PulseMeter meter = new(options.Pulses, restored, Duration.FromTimeSpan(real.GetElapsedTime(0)));
    private readonly Lock gate = new();

    public DeviceId Id => options.Id;

    public DeviceRole Role => options.Role;

    public Duration ExpectedPeriod => options.Poll;

    /// <summary>Pulses, rejected ones and lost edges so far. Safe from any thread.</summary>
    public PulseCount Count
    {
        get
        {
            lock (gate) return meter.Count;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Reading> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var input = lines.OpenInput(options.Line, new($"comako {options.Id}", options.Pulses.PulseLength / 2, options.Bias));
        lock (gate) meter.Restart();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pump = PumpAsync(input, stop.Token);
        try
        {
            using var timer = new PeriodicTimer(options.Poll.ToTimeSpan(), real);
            do
            {
                if (pump.IsCompleted) await pump;
                yield return Take();
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        finally
        {
            await stop.CancelAsync();
            await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // the chip belongs to its owner

    private async Task PumpAsync(IGpioInput input, CancellationToken stop)
    {
        await foreach (var edge in input.EdgesAsync(stop))
            lock (gate) meter.Accept(edge);
    }

    private Reading Take()
    {
        var values = new List<MeasuredValue>(2);
        lock (gate)
        {
            values.Add(mounting.OfMeter(new(Measurand.ActiveEnergyImport, ProfileWords.ObisOf(Measurand.ActiveEnergyImport), meter.TotalWattHours, meter.Step, IsFloat: false, IsDerived: false)));
            if (meter.PowerAt(Duration.FromTimeSpan(real.GetElapsedTime(0))) is { } watts)
                values.Add(mounting.OfMeter(new(Measurand.ActivePower, null, watts, 0, IsFloat: false, IsDerived: true)));
        }

        return Polling.Stamp(options.Id, clock, null, values);
    }
}
