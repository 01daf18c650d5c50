using System.Globalization;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>Reads the part <c>control</c> of a profile.</summary>
/// <remarks>Codes besides those of <see cref="StrictYaml"/>: CME-2411 the control does not fit the set-points or the kind of device.</remarks>
internal static class ControlReader
{
    private static readonly Dictionary<string, ControlCommand[]> Commands = new()
    {
        ["power"] = [ControlCommand.Charge, ControlCommand.Discharge], ["charge"] = [ControlCommand.Charge], ["discharge"] = [ControlCommand.Discharge],
        ["range"] = [ControlCommand.Range], ["limit"] = [ControlCommand.Limit], ["release"] = [ControlCommand.Release],
    };

    private static readonly ControlWord[] OfLoads = [ControlWord.Limit, ControlWord.Seconds];

    public static ProfileControl Read(YamlMap map, DeviceKind kind, IReadOnlyList<RegisterSetpoint> setpoints, Func<YamlMap, RegisterField> field)
    {
        var (seconds, setpoint) = Expires(map.OptionalMap("expires"), setpoints);
        var ratings = map.OptionalMap("ratings");
        var control = new ProfileControl(
            map.OptionalWord("follows", ProfileWords.Followers) ?? BatteryFollower.Gateway, map.OptionalDecimal("resolution", 0.001m, 10_000) ?? 1,
            seconds, setpoint, map.OptionalWord("readBack", ProfileWords.ReadBacks) ?? true, [.. map.OptionalMaps("require").Select(m => Requirement(m, field))],
            [.. map.OptionalMaps("solar").Select(field)], ratings?.OptionalMap("charge") is { } c ? field(c) : null, ratings?.OptionalMap("discharge") is { } d ? field(d) : null,
            Sequences(map.Map("write"), setpoints));
        CheckTogether(map, kind, control);
        return control;
    }

    private static (int? Seconds, RegisterSetpoint? Setpoint) Expires(YamlMap? map, IReadOnlyList<RegisterSetpoint> setpoints)
    {
        if (map is null) return (null, null);
        int? seconds = (int?)map.OptionalInteger("after", 1, 86_400);
        string? name = map.OptionalText("setpoint");
        var setpoint = setpoints.FirstOrDefault(s => s.Name == name);
        if (seconds is null == name is null) map.Report("CME-1206", "", "A command expires either 'after' so many seconds or by a 'setpoint'.");
        else if (name is not null && setpoint is null) map.Report("CME-2411", "setpoint", $"There is no set-point '{name}'.");
        return (seconds, setpoint);
    }

    private static ControlRequirement Requirement(YamlMap map, Func<YamlMap, RegisterField> field)
    {
        var required = new ControlRequirement(field(map), map.Decimal("min"), map.Decimal("max"), map.Text("text"));
        if (required.Min > required.Max) map.Report("CME-1207", "max", "'max' is below 'min'.");
        return required;
    }

    private static Dictionary<ControlCommand, IReadOnlyList<ControlWrite>> Sequences(YamlMap map, IReadOnlyList<RegisterSetpoint> setpoints)
    {
        var sequences = new Dictionary<ControlCommand, IReadOnlyList<ControlWrite>>();
        foreach (var (name, commands) in Commands)
        {
            var requests = map.OptionalMaps(name);
            if (requests.Count == 0) continue;
            List<ControlWrite> writes = [.. requests.Select(m => Write(m, setpoints)).Where(w => w.Values.Count > 0)];
            foreach (var command in commands)
                if (!sequences.TryAdd(command, writes)) map.Report("CME-2411", name, "'power' means both directions: give it, or 'charge' and 'discharge'.");
        }

        return sequences;
    }

    private static ControlWrite Write(YamlMap map, IReadOnlyList<RegisterSetpoint> setpoints)
    {
        var values = new List<ControlValue>();
        foreach (string name in map.Keys)
        {
            if (setpoints.FirstOrDefault(s => s.Name == name) is not { } setpoint) continue; // reported as an unknown key
            if (Value(map, name, setpoint) is { } value) values.Add(value);
        }

        foreach (var setpoint in setpoints) map.Has(setpoint.Name);
        for (int i = 1; i < values.Count; i++)
        {
            var (before, here) = (values[i - 1].Setpoint, values[i].Setpoint);
            if (before.Field.Address + before.Field.Length != here.Field.Address)
                map.Report("CME-2411", here.Name, $"'{here.Name}' does not stand right behind '{before.Name}': one request writes neighbours only.");
            if (before.IsSingle || here.IsSingle) map.Report("CME-2411", here.Name, "Function 6 writes one set-point per request.");
        }

        return new(values);
    }

    private static ControlValue? Value(YamlMap map, string name, RegisterSetpoint setpoint)
    {
        string text = map.Text(name);
        if (ProfileWords.ControlWords.TryGetValue(text, out var word)) return new(setpoint, null, word);
        bool isHex = text.StartsWith("0x", StringComparison.Ordinal);
        decimal? number = isHex && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long bits) ? bits
            : decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) ? value : null;
        if (number is null) map.Report("CME-1207", name, $"'{text}' is neither a number nor one of {string.Join(", ", ProfileWords.ControlWords.Keys)}.");
        else if (number < setpoint.Min || number > setpoint.Max) map.Report("CME-2411", name, FormattableString.Invariant($"{number} is outside {setpoint.Min} to {setpoint.Max} of this set-point."));
        else return new(setpoint, number, null);
        return null;
    }

    private static void CheckTogether(YamlMap map, DeviceKind kind, ProfileControl control)
    {
        bool isLoad = kind == DeviceKind.Load;
        if (kind is DeviceKind.Meter or DeviceKind.Inverter) map.Report("CME-2411", "", "Only a battery or a load is driven by set-points.");
        foreach (var command in isLoad ? (ControlCommand[])[ControlCommand.Limit] : [ControlCommand.Charge, ControlCommand.Discharge])
            if (control.Of(command).Count == 0) map.Report("CME-2411", "write", $"The command '{command.ToString().ToLowerInvariant()}' is missing.");
        if (control.Of(ControlCommand.Release).Count == 0 && control.ExpiresSeconds is null && control.ExpiresSetpoint is null)
            map.Report("CME-2411", "write", "Without 'release' and without 'expires' the device would never get its own mode back.");
        var words = control.Sequences.Values.SelectMany(s => s).SelectMany(w => w.Values).Select(v => v.Word).OfType<ControlWord>().ToHashSet();
        if (words.Any(w => w != ControlWord.Seconds && OfLoads.Contains(w) != isLoad)) map.Report("CME-2411", "write", "A load knows 'limit' and 'seconds', a battery all other words.");
        if (words.Contains(ControlWord.Output) && control.Solar.Count == 0) map.Report("CME-2411", "solar", "'output' is the battery's power and the strings': say where theirs stands.");
        if (control.ExpiresSetpoint is { } timer && !control.Sequences.Values.SelectMany(s => s).SelectMany(w => w.Values).Any(v => v.Setpoint == timer && v.Word == ControlWord.Seconds))
            map.Report("CME-2411", "expires", $"No request writes 'seconds' into '{timer.Name}'.");
    }
}
