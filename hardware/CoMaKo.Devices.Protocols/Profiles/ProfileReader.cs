using System.Text.RegularExpressions;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>Reads a device profile and reports everything that is wrong with it at once.</summary>
/// <remarks>Codes besides those of <see cref="StrictYaml"/>: CME-1211 outside every block, CME-1212 blocks overlap or read nothing, CME-1213 not allowed with this transport,
/// CME-1214 given twice, CME-1215 OBIS code wrong or on a value that is no energy.</remarks>
public static partial class ProfileReader
{
    /// <summary>The profile, absent if there are findings.</summary>
    public static (DeviceProfile? Profile, IReadOnlyList<Finding> Findings) Read(string yaml) => Read(StrictYaml.Parse(yaml));

    /// <inheritdoc cref="Read(string)"/>
    public static (DeviceProfile? Profile, IReadOnlyList<Finding> Findings) Read(StrictYaml yaml)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        var root = yaml.Root;
        string name = root.Text("profile", NamePattern(), "1 to 64 of a-z, 0-9 and '-'");
        var kind = root.Word("kind", ProfileWords.Kinds);
        string title = root.OptionalText("title") ?? name;
        var transport = root.Word("transport", ProfileWords.Transports);
        var verify = root.OptionalMap("verify") is { } map ? Verification(map) : null;
        DeviceProfile profile = new(name, kind, transport, title, [], [], null, [], [], null, verify);
        profile = transport == ProfileTransport.Modbus ? WithRegisters(profile, root) : profile;
        if (transport == ProfileTransport.SunSpec)
            foreach (string key in (string[])["wordOrder", "blocks", "readings", "serial", "identify", "setpoints", "control"])
                if (root.Has(key)) root.Report("CME-1213", key, "A SunSpec device describes its registers itself: remove this key.");
        var findings = yaml.Complete();
        return (findings.Count == 0 ? profile : null, findings);
    }

    private static DeviceProfile WithRegisters(DeviceProfile profile, YamlMap root)
    {
        var order = root.OptionalWord("wordOrder", ProfileWords.Orders) ?? WordOrder.HighFirst;
        var blockMaps = root.Maps("blocks");
        var readingMaps = root.Maps("readings");
        var readings = readingMaps.Select(m => (Map: m, Reading: Reading(m, order))).ToList();
        var serial = root.OptionalMap("serial") is { } s ? Field(s, order, [RegisterType.UInt16, RegisterType.UInt32, RegisterType.UInt64]) : null;
        var checks = root.OptionalMaps("identify").Select(m => Check(m, order)).ToList();
        var setpoints = root.OptionalMaps("setpoints").Select(m => Setpoint(m, order)).ToList();
        var blocks = blockMaps.Select(m => (Map: m, Block: Block(m, readings.Select(r => r.Reading.Field)))).ToList();
        CheckTogether(readings, blocks);
        var control = root.OptionalMap("control") is { } c ? ControlReader.Read(c, profile.Kind, setpoints, m => Field(m, order, null)) : null;
        return profile with { Control = control, Blocks = [.. blocks.Select(b => b.Block)], Readings = [.. readings.Select(r => r.Reading)], Serial = serial, Identify = checks, Setpoints = setpoints };
    }

    private static RegisterReading Reading(YamlMap map, WordOrder order)
    {
        var measurand = map.Word("measurand", ProfileWords.Measurands);
        var field = Field(map, order, null);
        decimal unit = measurand == default && map.Has("unit") ? 1 : map.Word("unit", ProfileWords.UnitsOf(measurand));
        return new(measurand, Obis(map, measurand), field, Scale(map) * unit);
    }

    private static ObisCode? Obis(YamlMap map, Measurand measurand)
    {
        var usual = ProfileWords.ObisOf(measurand);
        if (map.OptionalText("obis") is not { } text) return usual;
        var parsed = ObisCode.Parse(text);
        if (usual is null && measurand != default) map.Report("CME-1215", "obis", "Only energy has an OBIS code: remove it.");
        else if (!parsed.Success) map.Report("CME-1215", "obis", parsed.Error.Text);
        return parsed.Success ? parsed.Value : usual;
    }

    private static RegisterField Field(YamlMap map, WordOrder usual, RegisterType[]? allowed)
    {
        var type = map.Word("type", allowed is null ? ProfileWords.Types : ProfileWords.Types.Where(t => allowed.Contains(t.Value)).ToDictionary());
        int length = RegisterField.LengthOf(type);
        ushort register = (ushort)map.Integer("register", 0, 0x10000 - length);
        var table = map.Word("table", ProfileWords.Tables);
        var order = map.OptionalWord("wordOrder", ProfileWords.Orders) ?? usual;
        long largest = length == 4 ? long.MaxValue : (1L << 16 * length) - 1;
        return new(table, register, type, order, [.. map.OptionalIntegers("invalid", 0, largest).Select(v => (ulong)v)]);
    }

    private static RegisterCheck Check(YamlMap map, WordOrder order)
    {
        var check = new RegisterCheck(Field(map, order, null), map.Decimal("min"), map.Decimal("max"));
        if (check.Min > check.Max) map.Report("CME-1207", "max", "'max' is below 'min'.");
        return check;
    }

    private static RegisterSetpoint Setpoint(YamlMap map, WordOrder order)
    {
        var setpoint = new RegisterSetpoint(
            map.Text("name", NamePattern(), "1 to 64 of a-z, 0-9 and '-'"), Field(map, order, null), Scale(map),
            map.Decimal("min"), map.Decimal("max"), map.Word("memory", ProfileWords.Memories), (int?)map.OptionalInteger("revertSeconds", 1, 86_400))
        {
            IsSingle = map.OptionalWord("function", ProfileWords.Functions) ?? false, Hysteresis = map.OptionalDecimal("hysteresis", 0, 1_000_000) ?? 0,
        };
        if (setpoint.IsSingle && setpoint.Field.Length > 1) map.Report("CME-1207", "function", "Function 6 writes one register only.");
        if (setpoint.IsVolatile && setpoint.Hysteresis > 0) map.Report("CME-1207", "hysteresis", "Only EEPROM is spared by a hysteresis: remove it.");
        if (setpoint.Field.Table != RegisterTable.Holding) map.Report("CME-1207", "table", "Only holding registers can be written.");
        if (setpoint.Min > setpoint.Max) map.Report("CME-1207", "max", "'max' is below 'min'.");
        return setpoint;
    }

    private static decimal Scale(YamlMap map)
    {
        decimal scale = map.OptionalDecimal("scale", -1_000_000, 1_000_000) ?? 1;
        if (scale == 0) map.Report("CME-1207", "scale", "The scale must not be 0.");
        return scale;
    }

    /// <summary>A block without a table has that of the readings inside it.</summary>
    private static RegisterBlock Block(YamlMap map, IEnumerable<RegisterField> fields)
    {
        ushort start = (ushort)map.Integer("start", 0, 0xFFFF);
        int count = (int)map.Integer("count", 1, Math.Min(ModbusPdu.MaxRegisters, 0x10000 - start));
        var tables = map.OptionalWord("table", ProfileWords.Tables) is { } given ? [given]
            : fields.Where(f => f.Address >= start && f.Address < start + count).Select(f => f.Table).Distinct().ToList();
        if (tables.Count > 1) map.Report("CME-1212", "table", "Readings of both tables lie here: say which one the block reads.");
        return new(tables.Count > 0 ? tables[0] : default, start, count);
    }

    /// <summary>Rules between readings and blocks; what is wrong by itself already is left out, so that one mistake is one finding.</summary>
    private static void CheckTogether(List<(YamlMap Map, RegisterReading Reading)> readings, List<(YamlMap Map, RegisterBlock Block)> blocks)
    {
        bool allReadings = readings.TrueForAll(r => r.Map.IsSound), allBlocks = blocks.TrueForAll(b => b.Map.IsSound);
        var soundReadings = readings.Where(r => r.Map.IsSound).ToList();
        var soundBlocks = blocks.Where(b => b.Map.IsSound).ToList();
        foreach (var twice in soundReadings.GroupBy(r => (r.Reading.Measurand, r.Reading.Obis)).SelectMany(g => g.Skip(1)))
            twice.Map.Report("CME-1214", "measurand", $"{twice.Reading.Measurand} is given twice.");
        foreach (var (map, reading) in soundReadings)
            if (allBlocks && !blocks.Exists(b => b.Block.Holds(reading.Field)))
                map.Report("CME-1211", "register", "This register is in no block, or not with its full length: add it to 'blocks' so that it is read.");
        for (int i = 0; i < soundBlocks.Count; i++)
        {
            var (map, block) = soundBlocks[i];
            if (allReadings && !readings.Exists(r => block.Holds(r.Reading.Field)))
                map.Report("CME-1212", "", "No reading uses this block: remove it, or check its start and count.");
            if (soundBlocks.Take(i).Any(b => b.Block.Overlaps(block))) map.Report("CME-1212", "", "This block overlaps another: one register would be read twice.");
        }
    }

    private static ProfileVerification Verification(YamlMap map)
    {
        string capture = map.Text("capture", CapturePattern(), "a file name beside the profile that ends in .hex");
        var expect = new Dictionary<Measurand, decimal>();
        var expected = map.Map("expect");
        foreach (string key in expected.Keys)
            if (ProfileWords.Measurands.TryGetValue(key, out var measurand)) expect[measurand] = expected.Decimal(key);
        return new(capture, expect, map.OptionalText("writes", CapturePattern(), "a file name beside the profile that ends in .hex"));
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\.hex\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex CapturePattern();
}
