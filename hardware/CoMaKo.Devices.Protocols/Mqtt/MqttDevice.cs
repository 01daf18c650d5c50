using System.Runtime.CompilerServices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>A meter behind a broker as the building file has it.</summary>
public sealed record MqttDeviceOptions(DeviceId Id, DeviceRole Role)
{
    /// <summary>Mounted the other way round.</summary>
    public bool Invert { get; init; }

    /// <summary>CT factor; greater than 0.</summary>
    public decimal Ratio { get; init; } = 1;
}

/// <summary>
/// A meter whose values come through a broker. Each fresh message is a reading; what the broker had kept, what waited too long, what says an old time or says it again is none.
/// Of a meter with several topics a reading also carries the momentary values of the others while they are younger than its period; energy is never carried, because its instant counts.
/// </summary>
/// <param name="inbox">Of the map's topics; it belongs to the session.</param>
/// <param name="clock">The one that stamped the messages.</param>
/// <param name="tap">Sees every payload; absent if nobody looks.</param>
public sealed class MqttDevice(IMqttInbox inbox, MqttMeterMap map, MqttDeviceOptions options, TimeProvider clock, LinkStatistics statistics, IFrameTap? tap = null) : IDevice
{
    /// <summary>So many unusable messages in a row are said aloud.</summary>
    private const int FaultsUntilSaid = 3;

    /// <summary>What waited longer in the queue is not now's value.</summary>
    private static readonly Duration LongestWait = Duration.FromSeconds(2);

    private static readonly Duration FutureTolerance = Duration.FromSeconds(60);

    private readonly Mounting mounting = new(options.Role, options.Invert, options.Ratio);
    private readonly Duration longestWait = LongestWait * (clock is ModelTimeProvider model ? model.Factor : 1);
    private readonly Dictionary<string, (IReadOnlyList<MeasuredValue> Values, Duration Monotonic)> lately = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instant> times = new(StringComparer.Ordinal);
    private int faultsInRow;
    private string? said;
    private string? meterId;

    public DeviceId Id => options.Id;

    public DeviceRole Role => options.Role;

    public Duration ExpectedPeriod => map.Period;

    /// <inheritdoc/>
    /// <exception cref="LinkException">The broker is gone or refuses (CME-2501 to 2507), or message after message cannot be used (CME-2511 to 2517).</exception>
    public async IAsyncEnumerable<Reading> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        inbox.Clear();
        lately.Clear();
        while (true)
        {
            var message = await inbox.ReadAsync(cancellationToken);
            statistics.CountBytes(message.Size);
            if (Read(message) is { } reading) yield return reading;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // the session belongs to its owner

    /// <summary>The reading that a message makes; absent if it makes none.</summary>
    private Reading? Read(MqttMessage message)
    {
        if (message.IsRetained)
        {
            tap?.Message(Id, message.Topic, isRetained: true, message.Payload.Span, null);
            return null;
        }

        if (Duration.FromTimeSpan(clock.GetElapsedTime(0)) - message.Monotonic > longestWait) return null;
        if (message.Size > MqttLimits.Payload)
            return Unusable(message, new("CME-2516", 0, FormattableString.Invariant($"The payload of '{message.Topic}' has {message.Size} bytes; {MqttLimits.Payload} are allowed.")));
        var content = MqttPayload.Read(map, message.Topic, message.Payload);
        if (content.Faults.Count > 0 && content.Values.Count == 0) return Unusable(message, content.Faults[0]);
        if (TimeFault(message, content) is { } wrong) return Unusable(message, wrong);

        if (content.Faults.Count == 0) statistics.CountGood();
        else statistics.CountFault(FrameFault.Malformed);
        tap?.Message(Id, message.Topic, isRetained: false, message.Payload.Span, content.Faults.Count == 0 ? null : FrameFault.Malformed);
        (faultsInRow, said) = (0, null);
        meterId = content.MeterId ?? meterId;
        return Compose(message, content);
    }

    private Reading Compose(MqttMessage message, MqttContent content)
    {
        var values = content.Values.Select(v => map.CountsAsInverter ? mounting.OfInverter(v) : mounting.OfMeter(v)).ToList();
        var own = values.ToArray();
        foreach (var (topic, (others, since)) in lately)
        {
            if (topic == message.Topic || message.Monotonic - since > map.Period) continue;
            values.AddRange(others.Where(v => v.Obis is null));
        }

        if (map.Topics.Count > 1) lately[message.Topic] = (own, message.Monotonic);
        return new(Id, message.At, message.Monotonic, meterId, null, MeterAlarms.None, values);
    }

    /// <summary>A device's clock must go on, and must be near the gateway's: a bridge that hands on old messages is found out by either.</summary>
    private ParseError? TimeFault(MqttMessage message, MqttContent content)
    {
        if (map.Time is null) return null;
        if (content.TakenAt is not { } taken) return content.Faults.FirstOrDefault(f => f.Code == "CME-2515") ?? new("CME-2515", 0, $"'{message.Topic}' says no time, although the building file expects one.");
        if (message.At - taken > map.Period * 3) return new("CME-2517", 0, $"'{message.Topic}' says {taken}, which is long past: check the device's clock, or remove 'time'.");
        if (taken - message.At > FutureTolerance) return new("CME-2517", 0, $"'{message.Topic}' says {taken}, which is in the future: check the device's clock, or remove 'time'.");
        if (times.TryGetValue(message.Topic, out var last) && taken <= last) return new("CME-2517", 0, $"'{message.Topic}' says {taken} once more: its values stand still.");
        times[message.Topic] = taken;
        return null;
    }

    private Reading? Unusable(MqttMessage message, ParseError fault)
    {
        statistics.CountFault(FrameFault.Malformed);
        tap?.Message(Id, message.Topic, isRetained: false, message.Payload.Span, FrameFault.Malformed);
        if (++faultsInRow < FaultsUntilSaid || said == fault.Code) return null;
        said = fault.Code;
        throw new LinkException(fault.Code, fault.Text);
    }
}
