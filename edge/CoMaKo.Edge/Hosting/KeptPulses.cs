using System.Runtime.CompilerServices;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.S0;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// A pulse output whose count outlives the process: it is on the disk at the end, every ten seconds, and before the first reading of each quarter hour goes on to be booked, so that
/// no count begins below a total that was sent. A power cut costs the pulses of ten seconds and those that nobody saw.
/// </summary>
internal sealed partial class KeptPulses : IDevice
{
    private static readonly Duration KeepEvery = Duration.FromSeconds(10);

    private readonly S0Device device;
    private readonly ConfiguredPulses pulses;
    private readonly SqliteControlStore store;
    private readonly ILogger log;
    private readonly string key;
    private PulseCount kept;
    private Instant keptAt = Instant.MinValue;
    private bool isRefused;

    public KeptPulses(ConfiguredDevice configured, IGpioLines lines, Power greatest, SqliteControlStore store, TimeProvider clock, TimeProvider real, ILogger log)
    {
        (pulses, this.store, this.log, key) = (configured.Pulses!, store, log, $"s0/{configured.Id}");
        kept = Restored();
        var options = new PulseOptions(pulses.PerKilowattHour) { PulseLength = pulses.Length, StartWattHours = pulses.Start.WattHours, GreatestWatts = greatest.Watts / configured.Ratio };
        device = new(lines, new(configured.Id, configured.Role, pulses.Line, options) { Poll = configured.Poll, Ratio = configured.Ratio }, kept, clock, real);
    }

    public DeviceId Id => device.Id;

    public DeviceRole Role => device.Role;

    public Duration ExpectedPeriod => device.ExpectedPeriod;

    public async IAsyncEnumerable<Reading> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var reading in device.ReadAsync(cancellationToken))
            {
                if (keptAt == Instant.MinValue || QuarterHour.Containing(reading.At) != QuarterHour.Containing(keptAt) || reading.At - keptAt >= KeepEvery || reading.At < keptAt) Keep(reading.At);
                yield return reading;
            }
        }
        finally
        {
            Keep(keptAt);
        }
    }

    public ValueTask DisposeAsync() => device.DisposeAsync();

    /// <summary>Begins at the configured reading if the meter behind the line has become another one.</summary>
    private PulseCount Restored()
    {
        var memory = ControlJson.Read<PulseMemory>(Recall());
        return memory is not null && memory.PerKilowattHour == pulses.PerKilowattHour && memory.Start == pulses.Start ? memory.Count : PulseCount.Zero;
    }

    private string? Recall()
    {
        try
        {
            return store.State(key);
        }
        catch (StoreException e)
        {
            Lost(device?.Id.Value ?? key, e.Message);
            return null;
        }
    }

    private void Keep(Instant at)
    {
        keptAt = at;
        if (device.Count is var count && count == kept) return;
        try
        {
            store.SetState(key, ControlJson.Write(new PulseMemory(count, pulses.PerKilowattHour, pulses.Start)), at);
            (kept, isRefused) = (count, false);
        }
        catch (StoreException e)
        {
            if (!isRefused) Lost(device.Id.Value, e.Message);
            isRefused = true;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "CME-1607 The pulse count of {Device} cannot be kept: {Reason} Counting goes on; a restart now would lose pulses.")]
    private partial void Lost(string device, string reason);

    /// <param name="PerKilowattHour">The count belongs to this meter.</param>
    private sealed record PulseMemory(PulseCount Count, decimal PerKilowattHour, Energy Start);
}
