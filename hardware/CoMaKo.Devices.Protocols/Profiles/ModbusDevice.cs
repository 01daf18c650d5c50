using System.Globalization;
using System.Text;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>A device read by a register-map profile. One reading is one round over all blocks of the profile.</summary>
public sealed class ModbusDevice(DeviceProfile profile, IModbusClient client, ModbusDeviceOptions options, TimeProvider time) : IDevice
{
    private readonly Mounting mounting = options.Mounting;
    private readonly bool isInverter = profile.Kind is DeviceKind.Inverter or DeviceKind.Battery; // these count delivery as export by themselves
    private string? serverId;
    private bool isKnown;

    public DeviceId Id => options.Id;

    public DeviceRole Role => options.Role;

    public Duration ExpectedPeriod => options.Poll;

    public IAsyncEnumerable<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        isKnown = false; // another device may be there since the last time
        return Polling.EveryAsync(options.Poll, time, PollAsync, cancellationToken);
    }

    /// <summary>One reading now.</summary>
    /// <exception cref="IOException">No answer, a refusal, or a device that is not what the profile describes.</exception>
    public async ValueTask<Reading> PollAsync(CancellationToken cancellationToken)
    {
        if (!isKnown) await RecogniseAsync(cancellationToken);
        var values = new List<MeasuredValue>(profile.Readings.Count);
        foreach (var block in profile.Blocks)
        {
            ushort[] words = await ReadAsync(block, cancellationToken);
            foreach (var reading in profile.Readings)
                if (block.Holds(reading.Field) && reading.Decode(words.AsSpan(reading.Field.Address - block.Start)) is { } value)
                    values.Add(isInverter ? mounting.OfInverter(value) : mounting.OfMeter(value));
        }

        return Polling.Stamp(Id, time, serverId, values);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // the bus belongs to its owner

    private async ValueTask RecogniseAsync(CancellationToken cancellationToken)
    {
        foreach (var check in profile.Identify)
        {
            var number = await ReadAsync(check.Field, cancellationToken);
            if (number is { } n && n.Value >= check.Min && n.Value <= check.Max) continue;
            string found = number?.Value.ToString(CultureInfo.InvariantCulture) ?? "no value";
            throw new IOException(FormattableString.Invariant($"{Id} does not look like a {profile.Title}: register 0x{check.Field.Address:x4} holds {found}, ")
                + FormattableString.Invariant($"expected {check.Min} to {check.Max}. Check profile, unit id and word order."));
        }

        if (profile.Serial is { } field)
            serverId = await ReadAsync(field, cancellationToken) is { } serial ? Convert.ToHexStringLower(Encoding.ASCII.GetBytes(serial.Value.ToString(CultureInfo.InvariantCulture))) : null;
        isKnown = true;
    }

    private async ValueTask<RawNumber?> ReadAsync(RegisterField field, CancellationToken cancellationToken) =>
        field.Decode(await ReadAsync(new RegisterBlock(field.Table, field.Address, field.Length), cancellationToken));

    private ValueTask<ushort[]> ReadAsync(RegisterBlock block, CancellationToken cancellationToken) =>
        Polling.AskAsync(Id, block.ToString(), () => client.ReadRegistersAsync(options.Unit, block.Table, block.Start, block.Count, cancellationToken));
}
