using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>An SML meter that pushes a frame each model second on a pseudo terminal.</summary>
public sealed class SmlDevice : SimulatedDevice, IAsyncDisposable
{
    private readonly BuildingModel model;
    private readonly Func<BuildingMoment, MeterFace> face;
    private readonly TimeProvider time;
    private readonly TimeSpan period;
    private readonly PseudoTerminal line;
    private readonly FaceFaults faults = new();
    private readonly Random noise = new(1);
    private readonly uint firstSerial;
    private volatile Mounted mounted;
    private volatile bool corruptsCrc, isNoisy, isSilent;

    /// <param name="id">Its name.</param>
    /// <param name="path">Stable name of the terminal.</param>
    /// <param name="serial">Serial number of the first meter; swapped ones count on.</param>
    /// <param name="model">The building.</param>
    /// <param name="face">Which part of the building it measures.</param>
    /// <param name="exchange">Where it stands after earlier swaps.</param>
    /// <param name="time">Model time.</param>
    /// <param name="period">Between frames, whole seconds of model time.</param>
    public SmlDevice(
        string id, string path, uint serial, BuildingModel model, Func<BuildingMoment, MeterFace> face, MeterExchange exchange, TimeProvider time, TimeSpan period)
        : base(id)
    {
        this.model = model;
        this.face = face;
        this.time = time;
        this.period = period;
        firstSerial = serial;
        mounted = Mount(exchange);
        line = PseudoTerminal.Create(path);
    }

    /// <summary>How often the meter was swapped and what the building's totals were then.</summary>
    public MeterExchange Exchange => mounted.Since;

    public override object Describe() => new { Id, Protocol = "sml", line.Path, ServerId = mounted.ServerId };

    public override BuildingFileLines BuildingLines() => new(
        $"{{ id: {Id}-head, serial: \"{line.Path}\", settings: 9600-8N1 }}",
        $"{{ id: {Id}, name: {(Id == "grid" ? "Grid meter" : $"Meter {Id}")}, role: {(Id == "grid" ? "grid" : "load")}, bus: {Id}-head, protocol: sml");

    public override DeviceTruth Truth(BuildingMoment at)
    {
        var now = mounted;
        var shown = now.Show(face(at));
        return new(now.ServerId, shown.Import, shown.Export);
    }

    public override async ValueTask<bool> SwitchAsync(Fault fault, bool on)
    {
        switch (fault)
        {
            case Fault.DropLine when on: await line.CloseAsync(); return true;
            case Fault.DropLine: await line.OpenAsync(CancellationToken.None); return true;
            case Fault.CorruptCrc: corruptsCrc = on; return true;
            case Fault.Noise: isNoisy = on; return true;
            case Fault.StopSending: isSilent = on; return true;
            case Fault.SwapMeter:
                var last = face(model.At(time.GetUtcNow()));
                if (on) mounted = Mount(new(mounted.Since.Count + 1, last.Import, last.Export));
                return true;
            default: return faults.Switch(fault, on);
        }
    }

    /// <summary>Sends until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            await Task.Delay(TimeSpan.FromTicks(period.Ticks - now.UtcTicks % period.Ticks), time, cancellationToken);
            var at = model.At(time.GetUtcNow());
            if (isSilent) continue;
            var current = mounted;
            byte[] frame = current.Meter.Frame(faults.Apply(current.Show(face(at))), (uint)(at.Second % 100_000_000));
            if (corruptsCrc) frame[^1] ^= 0x55;
            try
            {
                await line.WriteAsync(isNoisy ? Disturb(frame) : frame, cancellationToken);
            }
            catch (LinkException)
            {
                // The line is dropped: the meter sends all the same, nobody hears it.
            }
        }
    }

    public ValueTask DisposeAsync() => line.DisposeAsync();

    private Mounted Mount(MeterExchange since) => new(new SmlMeter(firstSerial + (uint)since.Count), since);

    private byte[] Disturb(byte[] frame)
    {
        byte[] dirt = new byte[noise.Next(0, 24)];
        noise.NextBytes(dirt);
        byte[] all = [.. dirt, .. frame];
        for (int i = 0; i < all.Length; i++)
            for (int bit = 0; bit < 8; bit++)
                if (noise.Next(2000) == 0) all[i] ^= (byte)(1 << bit);
        return all;
    }

    /// <summary>The meter that hangs on the wall now, and since when it counts.</summary>
    private sealed record Mounted(SmlMeter Meter, MeterExchange Since)
    {
        public string ServerId => Convert.ToHexStringLower(Meter.ServerId);

        public MeterFace Show(MeterFace actual) => actual with { Import = actual.Import - Since.Import, Export = actual.Export - Since.Export };
    }
}

/// <summary>Where a meter's registers begin after it was swapped.</summary>
/// <param name="Count">How many swaps there were.</param>
/// <param name="Import">The building's total at the last swap, milliwatt seconds.</param>
/// <param name="Export">As <paramref name="Import"/>.</param>
public sealed record MeterExchange(int Count, long Import, long Export)
{
    public static readonly MeterExchange None = new(0, 0, 0);
}
