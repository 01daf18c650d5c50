using System.Security.Cryptography;
using CoMaKo.Devices.Linux.Mqtt;
using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>A meter that publishes through a broker of its own network. It comes back by itself when the broker does.</summary>
public sealed class MqttMeterDevice : SimulatedDevice, IAsyncDisposable
{
    private readonly MqttSettings broker;
    private readonly MqttMeterText text;
    private readonly BuildingModel model;
    private readonly Func<BuildingMoment, MeterFace> face;
    private readonly TimeProvider time;
    private readonly TimeSpan period;
    private readonly bool bringsBus;
    private readonly FaceFaults faults = new();
    private readonly SemaphoreSlim switching = new(1);
    private volatile IMqttSession? session;
    private volatile bool isGarbage, isNoisy, isSilent, isFrozen;
    private volatile byte[]? last;

    /// <param name="broker">Host and port; each meter has a client id of its own.</param>
    /// <param name="text">What it says, and where.</param>
    /// <param name="model">The building.</param>
    /// <param name="face">Which part of the building it measures.</param>
    /// <param name="time">Model time.</param>
    /// <param name="period">Between messages, whole seconds of model time.</param>
    /// <param name="bringsBus">Whether the broker stands in the building file by this meter.</param>
    /// <exception cref="LinkException">CME-2501: MQTT cannot be used on this machine.</exception>
    public MqttMeterDevice(
        (string Host, int Port) broker, MqttMeterText text, BuildingModel model, Func<BuildingMoment, MeterFace> face, TimeProvider time, TimeSpan period, bool bringsBus)
        : base(text.Id)
    {
        if (MosquittoSession.WhyNot is { } missing) throw missing;
        string client = FormattableString.Invariant($"comako-sim-{text.Id}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
        this.broker = new(broker.Host, broker.Port, client);
        (this.text, this.model, this.face, this.time, this.period, this.bringsBus) = (text, model, face, time, period, bringsBus);
        session = Begin();
    }

    public override object Describe() => new { Id, Protocol = "mqtt", Path = $"{broker.Host}:{broker.Port}", text.Topic };

    public override BuildingFileLines BuildingLines() => new(
        bringsBus ? FormattableString.Invariant($"{{ id: broker, mqtt: \"{broker.Host}:{broker.Port}\" }}") : null,
        FormattableString.Invariant($"{{ id: {Id}, name: Meter {Id}, role: load, bus: broker, mqtt: {{ {text.Map}, every: {(int)period.TotalSeconds} s }}"));

    /// <inheritdoc/>
    /// <remarks>Absent where no energy is said.</remarks>
    public override DeviceTruth? Truth(BuildingMoment at) => text.HasEnergy && face(at) is var shown ? new(null, shown.Import, shown.Export) : null;

    public override async ValueTask<bool> SwitchAsync(Fault fault, bool on)
    {
        switch (fault)
        {
            case Fault.DropLine: await ConnectAsync(!on); return true;
            case Fault.CorruptCrc: isGarbage = on; return true;
            case Fault.Noise: isNoisy = on; return true;
            case Fault.StopSending: isSilent = on; return true;
            case Fault.FreezeValue: isFrozen = on; return true;
            case Fault.RetainLast:
                isSilent = on;
                Retain(on ? Message() : []);
                return true;
            default: return faults.Switch(fault, on);
        }
    }

    /// <summary>Publishes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            // Timers count whole milliseconds: one more, so that no second is said twice.
            await Task.Delay(TimeSpan.FromTicks(period.Ticks - now.UtcTicks % period.Ticks) + TimeSpan.FromMilliseconds(1), time, cancellationToken);
            byte[] message = Message();
            if (isSilent) continue;
            if (isGarbage) message = message[..(message.Length / 2)];
            if (isNoisy) RandomNumberGenerator.Fill(message);
            Publish(text.Topic, message, retain: false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ConnectAsync(false);
        switching.Dispose();
    }

    /// <summary>What it says now; frozen, word by word what it said before, its time as well.</summary>
    private byte[] Message()
    {
        var at = model.At(time.GetUtcNow());
        return last = isFrozen && last is { } before ? before : text.Payload(faults.Apply(face(at)), at.At);
    }

    /// <summary>An empty payload makes the broker forget.</summary>
    private void Retain(byte[] payload) => Publish(text.Topic, payload, retain: true);

    private void Publish(string topic, byte[] payload, bool retain)
    {
        try
        {
            session?.Publish(topic, payload, retain);
        }
        catch (ObjectDisposedException)
        {
            // Switched off in this moment: nobody hears it.
        }
    }

    private IMqttSession Begin()
    {
        var begun = new MosquittoSession(broker, time);
        if (text.Availability is var (topic, online, offline))
        {
            begun.SetWill(topic, offline);
            begun.Connected += () => begun.Publish(topic, online, retain: true);
        }

        begun.Start();
        return begun;
    }

    private async Task ConnectAsync(bool on)
    {
        await switching.WaitAsync();
        try
        {
            if (on) session ??= Begin();
            else if (Interlocked.Exchange(ref session, null) is { } open) await open.DisposeAsync();
        }
        finally
        {
            switching.Release();
        }
    }
}
