using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Protocols.Writes;

/// <summary>
/// Writes the set-points of one device. Only addresses of the profile's set-points can be written; what lives in an EEPROM is written on change only,
/// and only while its budget lasts.
/// </summary>
internal sealed class SetpointWriter(DeviceProfile profile, IModbusClient client, DeviceId device, byte unit, WearBudget wear)
{
    /// <summary>Settings registers as they were last read or written, by address.</summary>
    private readonly Dictionary<ushort, ushort[]> held = [];

    /// <summary>After a fault nobody knows what the device holds.</summary>
    public void Forget() => held.Clear();

    public ProfileControl Control { get; } = profile.Control
        ?? throw new WriteRefusedException("CME-2402", $"The profile {profile.Name} says nothing about control: {device} is read only.");

    /// <summary>What must be so before anything is written.</summary>
    /// <exception cref="WriteRefusedException"><c>CME-2403</c>: the device is not set up for it.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var required in Control.Require)
        {
            if (await ReadAsync(required.Field, cancellationToken) is { } value && value >= required.Min && value <= required.Max) continue;
            throw new WriteRefusedException("CME-2403", FormattableString.Invariant($"{device} is not set up to be controlled (register {required.Field.Address}): {required.Text}"));
        }
    }

    /// <summary>A raw number; absent if the device has none now.</summary>
    public async ValueTask<decimal?> ReadAsync(RegisterField field, CancellationToken cancellationToken) =>
        field.Decode(await ReadAsync(field.Table, field.Address, field.Length, cancellationToken))?.Value;

    /// <summary>Sends the requests of a command in their order.</summary>
    /// <param name="valueOf">What each word stands for now.</param>
    /// <param name="isProtective">It takes power back, so the reserve of the budget may be used.</param>
    public async ValueTask WriteAsync(ControlCommand command, Func<ControlWord, decimal> valueOf, bool isProtective, CancellationToken cancellationToken)
    {
        var planned = new List<(ushort Start, ushort[] Words, bool IsSingle, List<RegisterSetpoint> Settings)>();
        foreach (var write in Control.Of(command)) planned.AddRange(await PlanAsync(write, valueOf, cancellationToken));
        List<ushort> worn = [.. planned.SelectMany(p => p.Settings).Select(s => s.Field.Address).Distinct()];
        if (worn.Count > 0) await wear.SpendAsync(device, worn, isProtective, cancellationToken);
        foreach (var (start, words, isSingle, settings) in planned)
        {
            foreach (var setting in settings) held.Remove(setting.Field.Address); // unknown until the device has confirmed it
            await Polling.AskAsync(device, FormattableString.Invariant($"set-point {start}"), async () =>
            {
                if (isSingle) await client.WriteRegisterAsync(unit, start, words[0], cancellationToken);
                else await client.WriteRegistersAsync(unit, start, words, cancellationToken);
                return true;
            });
            foreach (var setting in settings) held[setting.Field.Address] = words[(setting.Field.Address - start)..(setting.Field.Address - start + setting.Field.Length)];
        }
    }

    /// <summary>The set-points of a command as the device holds them; absent where it holds no number.</summary>
    public async ValueTask<Dictionary<RegisterSetpoint, decimal?>> ReadBackAsync(ControlCommand command, CancellationToken cancellationToken)
    {
        var values = new Dictionary<RegisterSetpoint, decimal?>();
        foreach (var write in Control.Of(command))
        {
            ushort[] words = await ReadAsync(RegisterTable.Holding, write.Start, write.Length, cancellationToken);
            foreach (var (setpoint, _, _) in write.Values)
            {
                ushort[] own = words[(setpoint.Field.Address - write.Start)..(setpoint.Field.Address - write.Start + setpoint.Field.Length)];
                values[setpoint] = setpoint.Decode(own);
                if (!setpoint.IsVolatile) held[setpoint.Field.Address] = own;
            }
        }

        return values;
    }

    /// <summary>What a command would write beside what stands there now. Keeps nothing of what it reads.</summary>
    public async ValueTask<List<RegisterPreview>> PreviewAsync(ControlCommand command, Func<ControlWord, decimal> valueOf, CancellationToken cancellationToken)
    {
        var found = new List<RegisterPreview>();
        foreach (var (setpoint, literal, word) in Control.Of(command).SelectMany(write => write.Values))
        {
            var field = setpoint.Field;
            decimal? now = setpoint.Decode(await ReadAsync(RegisterTable.Holding, field.Address, field.Length, cancellationToken));
            decimal then = literal ?? valueOf(word!.Value);
            found.Add(new(FormattableString.Invariant($"{field.Address} {setpoint.Name}"), now, setpoint.Decode(setpoint.Encode(then)) ?? then));
        }

        return found;
    }

    /// <summary>The requests of one item: all of it if nothing is spared, else only the runs of settings that change.</summary>
    private async ValueTask<List<(ushort Start, ushort[] Words, bool IsSingle, List<RegisterSetpoint> Settings)>> PlanAsync(
        ControlWrite write, Func<ControlWord, decimal> valueOf, CancellationToken cancellationToken)
    {
        var runs = new List<(ushort Start, ushort[] Words, bool IsSingle, List<RegisterSetpoint> Settings)>();
        foreach (var (setpoint, literal, word) in write.Values)
        {
            ushort[] words = setpoint.Encode(literal ?? valueOf(word!.Value));
            if (!setpoint.IsVolatile && await IsKeptAsync(setpoint, words, cancellationToken)) continue;
            if (runs.Count > 0 && runs[^1] is var last && last.Start + last.Words.Length == setpoint.Field.Address) runs[^1] = last with { Words = [.. last.Words, .. words] };
            else runs.Add((setpoint.Field.Address, words, setpoint.IsSingle, []));
            if (!setpoint.IsVolatile) runs[^1].Settings.Add(setpoint);
        }

        return runs;
    }

    /// <summary>Whether a settings register may stay: it holds the value, or a little less of it in the same direction.</summary>
    private async ValueTask<bool> IsKeptAsync(RegisterSetpoint setpoint, ushort[] wanted, CancellationToken cancellationToken)
    {
        if (!held.TryGetValue(setpoint.Field.Address, out ushort[]? now))
            held[setpoint.Field.Address] = now = await ReadAsync(RegisterTable.Holding, setpoint.Field.Address, setpoint.Field.Length, cancellationToken);
        if (now.AsSpan().SequenceEqual(wanted)) return true;
        return setpoint.Decode(now) is { } has && setpoint.Decode(wanted) is { } wants && Math.Sign(has) == Math.Sign(wants)
            && Math.Abs(has) <= Math.Abs(wants) && Math.Abs(wants - has) < setpoint.Hysteresis;
    }

    private ValueTask<ushort[]> ReadAsync(RegisterTable table, ushort start, int count, CancellationToken cancellationToken) => Polling.AskAsync(
        device, FormattableString.Invariant($"set-point {start}"), () => client.ReadRegistersAsync(unit, table, start, count, cancellationToken));
}
