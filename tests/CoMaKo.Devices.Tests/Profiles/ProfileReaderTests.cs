using System.Text.Json;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Profiles;

public sealed class ProfileReaderTests
{
    [Fact]
    public void Read_EveryKey_GivesTheProfile()
    {
        var (profile, findings) = ProfileReader.Read("""
            profile: all-keys
            title: Everything
            kind: battery
            transport: modbus
            wordOrder: lo-hi
            blocks: [{ start: 10, count: 6, table: input }, { start: 10, count: 2, table: holding }]
            readings:
              - { measurand: ActiveEnergyImportTariff1, register: 12, table: input, type: uint64, unit: kWh, scale: -0.1, invalid: [0x7FFF], wordOrder: hi-lo }
              - { measurand: Frequency, register: 10, table: input, type: uint16, unit: Hz, scale: 0.01 }
              - { measurand: StateOfCharge, register: 11, table: holding, type: uint16, unit: "%" }
            serial: { register: 100, table: holding, type: uint32 }
            identify: [{ register: 10, table: input, type: uint16, min: 4500, max: 6500 }]
            setpoints: [{ name: discharge-limit, register: 40, table: holding, type: int16, min: -100, max: 100, scale: 0.1, memory: eeprom, revertSeconds: 60 }]
            """);

        Assert.Empty(findings);
        var energy = profile!.Readings[0];
        Assert.Equal((Measurand.ActiveEnergyImportTariff1, "1-0:1.8.1*255", -100m), (energy.Measurand, energy.Obis.ToString(), energy.Factor));
        Assert.Equal((RegisterType.UInt64, WordOrder.HighFirst, 0x7FFFUL), (energy.Field.Type, energy.Field.Order, Assert.Single(energy.Field.Invalid)));
        Assert.Equal(WordOrder.LowFirst, profile.Readings[1].Field.Order);
        Assert.Equal([RegisterTable.Input, RegisterTable.Holding], profile.Blocks.Select(b => b.Table));
        Assert.Equal(100, profile.Serial!.Address);
        Assert.Equal(6500, Assert.Single(profile.Identify).Max);
        Assert.Equal((0.1m, false, 60), (Assert.Single(profile.Setpoints).Factor, profile.Setpoints[0].IsVolatile, profile.Setpoints[0].RevertSeconds));
    }

    [Fact]
    public void Read_WrongProfile_AllFindingsWithPathAndLine()
    {
        var (profile, findings) = ProfileReader.Read("""
            profile: Wrong Name
            kind: fridge
            transport: modbus
            colour: red
            blocks:
              - { start: 0, count: 4 }
              - { start: 2, count: 4 }
              - { start: 100, count: 126 }
              - { start: 200, count: 2 }
            readings:
              - { measurand: ActivePower, register: 0, table: input, type: float32, unit: kWh }
              - { measurand: Frequency, register: 3, table: input, type: int24, unit: Hz }
              - { measurand: VoltageL1, register: 2, table: input, type: uint16, unit: V, obis: "1-0:32.7.0*255" }
              - { measurand: Speed, register: 70000, table: input, type: uint16, unit: rpm, scale: 0 }
              - { measurand: ActiveEnergyImport, table: input, type: uint32, unit: kWh, obis: "1.8.0" }
            setpoints:
              - { name: limit, register: 1, table: input, type: uint16, min: 5, max: 1, memory: paper }
            verify: { capture: ../secret, expect: { ActivePower: many, Speed: 1 } }
            """);

        Assert.Null(profile);
        (string, string, int)[] expected =
        [
            ("CME-1207", "profile", 1), ("CME-1207", "kind", 2), ("CME-1204", "colour", 4), ("CME-1212", "blocks[1]", 7), ("CME-1207", "blocks[2].count", 8),
            ("CME-1207", "readings[0].unit", 11), ("CME-1207", "readings[1].type", 12), ("CME-1215", "readings[2].obis", 13),
            ("CME-1207", "readings[3].measurand", 14), ("CME-1207", "readings[3].register", 14), ("CME-1207", "readings[3].scale", 14),
            ("CME-1205", "readings[4].register", 15), ("CME-1215", "readings[4].obis", 15),
            ("CME-1207", "setpoints[0].memory", 17), ("CME-1207", "setpoints[0].table", 17), ("CME-1207", "setpoints[0].max", 17),
            ("CME-1207", "verify.capture", 18), ("CME-1206", "verify.expect.ActivePower", 18), ("CME-1204", "verify.expect.Speed", 18),
        ];
        Assert.Equal(expected.Order(), findings.Select(f => (f.Code, f.Path, f.Line!.Value)).Order());
    }

    [Theory]
    [InlineData("blocks: [{ start: 0, count: 1 }]", "register: 0, table: input, type: uint32", "CME-1211", "readings[0].register")]
    [InlineData("blocks: [{ start: 0, count: 2, table: holding }]", "register: 0, table: input, type: uint32", "CME-1211", "readings[0].register")]
    [InlineData("blocks: [{ start: 0, count: 2 }, { start: 7, count: 1 }]", "register: 0, table: input, type: uint32", "CME-1212", "blocks[1]")]
    [InlineData("blocks: [{ start: 0, count: 2 }]", "register: 65535, table: input, type: uint32", "CME-1207", "readings[0].register")]
    public void Read_BlocksThatDoNotFit_SaysWhere(string blocks, string field, string code, string path)
    {
        var findings = ProfileReader.Read($$"""
            profile: p
            kind: meter
            transport: modbus
            {{blocks}}
            readings: [{ measurand: ActivePower, {{field}}, unit: W }]
            """).Findings;

        Assert.Contains(findings, f => f.Code == code && f.Path == path);
    }

    [Theory]
    [InlineData("battery", "write: { charge: [{ mode: 1, power: charge }] }, expires: { after: 60 }", "control.write")]
    [InlineData("battery", "write: { power: [{ mode: 1, power: power }] }", "control.write")]
    [InlineData("battery", "write: { power: [{ power: power, mode: 1 }] }, expires: { after: 60 }", "control.write.power[0].mode")]
    [InlineData("battery", "write: { power: [{ mode: 7 }] }, expires: { after: 60 }", "control.write.power[0].mode")]
    [InlineData("battery", "write: { power: [{ power: output }] }, expires: { after: 60 }", "control.solar")]
    [InlineData("battery", "write: { power: [{ power: limit }] }, expires: { after: 60 }", "control.write")]
    [InlineData("battery", "write: { power: [{ power: power }] }, expires: { setpoint: timer }", "control.expires.setpoint")]
    [InlineData("battery", "write: { power: [{ power: power }] }, expires: { setpoint: mode }", "control.expires")]
    [InlineData("battery", "write: { power: [{ power: power }], charge: [{ power: charge }] }, expires: { after: 60 }", "control.write.charge")]
    [InlineData("battery", "write: { power: [{ single: 1, mode: 1 }] }, expires: { after: 60 }", "control.write.power[0].mode")]
    [InlineData("load", "write: { power: [{ power: power }] }, expires: { after: 60 }", "control.write")]
    [InlineData("meter", "write: { power: [{ power: power }] }, expires: { after: 60 }", "control")]
    public void Read_ControlThatDoesNotFit_SaysWhere(string kind, string control, string path)
    {
        var findings = Control(kind, control);
        Assert.Contains(findings, f => f.Code == "CME-2411" && f.Path == path);
    }

    [Fact]
    public void Read_ControlWithUnknownWordsAndSetpoints_IsReportedTogether()
    {
        var findings = Control("battery", "write: { power: [{ mode: 1, power: much, speed: 3 }] }, expires: { after: 60 }");
        Assert.Equal([("CME-1204", "control.write.power[0].speed"), ("CME-1207", "control.write.power[0].power")], findings.Select(f => (f.Code, f.Path)).Order());
        Assert.Empty(Control("battery", "write: { power: [{ mode: 1, power: power }] }, expires: { after: 60 }"));
    }

    private static IReadOnlyList<Finding> Control(string kind, string control) => ProfileReader.Read($$"""
        profile: p
        kind: {{kind}}
        transport: modbus
        blocks: [{ start: 0, count: 1 }]
        readings: [{ measurand: ActivePower, register: 0, table: input, type: int16, unit: W }]
        setpoints:
          - { name: single, register: 39, table: holding, type: uint16, min: 0, max: 1, memory: volatile, function: single }
          - { name: mode, register: 40, table: holding, type: uint16, min: 0, max: 1, memory: volatile }
          - { name: power, register: 41, table: holding, type: int32, min: -100, max: 100, memory: volatile }
        control: { {{control}} }
        """).Findings;

    [Fact]
    public void Read_SameMeasurandTwice_IsReported()
    {
        var findings = ProfileReader.Read("""
            profile: p
            kind: meter
            transport: modbus
            blocks: [{ start: 0, count: 2 }]
            readings:
              - { measurand: ActivePower, register: 0, table: input, type: int16, unit: W }
              - { measurand: ActivePower, register: 1, table: input, type: int16, unit: W }
            """).Findings;

        Assert.Equal(("CME-1214", "readings[1].measurand", 7), Assert.Single(findings.Select(f => (f.Code, f.Path, f.Line!.Value))));
    }

    [Fact]
    public void Read_SunSpecWithRegisters_IsReported()
    {
        var findings = ProfileReader.Read("{ profile: p, kind: battery, transport: sunspec, blocks: [], readings: [] }").Findings;

        Assert.Equal(["blocks", "readings"], findings.Select(f => f.Path).Order());
        Assert.All(findings, f => Assert.Equal("CME-1213", f.Code));
    }

    /// <summary>The schema for editors and the reader must know the same keys and words.</summary>
    [Theory]
    [InlineData("", "{ wrong: 1, transport: modbus, verify: {} }", "wrong")]
    [InlineData("blocks/items", "{ blocks: [{ wrong: 1 }] }", "blocks[0].wrong")]
    [InlineData("readings/items", "{ readings: [{ wrong: 1 }] }", "readings[0].wrong")]
    [InlineData("serial", "{ serial: { wrong: 1 } }", "serial.wrong")]
    [InlineData("identify/items", "{ identify: [{ wrong: 1 }] }", "identify[0].wrong")]
    [InlineData("setpoints/items", "{ setpoints: [{ wrong: 1 }] }", "setpoints[0].wrong")]
    [InlineData("control", "{ control: { wrong: 1 } }", "control.wrong")]
    [InlineData("control/expires", "{ control: { expires: { wrong: 1 } } }", "control.expires.wrong")]
    [InlineData("control/require/items", "{ control: { require: [{ wrong: 1 }] } }", "control.require[0].wrong")]
    [InlineData("control/ratings", "{ control: { ratings: { wrong: 1 } } }", "control.ratings.wrong")]
    [InlineData("control/write", "{ control: { write: { wrong: 1 } } }", "control.write.wrong")]
    [InlineData("verify", "{ verify: { wrong: 1 } }", "verify.wrong")]
    public void Schema_Keys_AreThoseOfTheReader(string place, string yaml, string path)
    {
        var schema = Schema();
        foreach (string step in place.Split('/', StringSplitOptions.RemoveEmptyEntries)) schema = step == "items" ? schema.GetProperty("items") : schema.GetProperty("properties").GetProperty(step);
        if (place.StartsWith("control", StringComparison.Ordinal)) yaml = yaml.Replace("{ control", "{ transport: modbus, control", StringComparison.Ordinal);
        var finding = ProfileReader.Read(yaml).Findings.Single(f => f.Code == "CME-1204" && f.Path == path);

        string[] known = finding.Text[(finding.Text.IndexOf("are ", StringComparison.Ordinal) + 4)..].TrimEnd('.').Split(", ");
        Assert.Equal(schema.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order(), known.Order());
    }

    [Fact]
    public void Schema_Words_AreThoseOfTheProduct()
    {
        var words = Schema().GetProperty("$defs");

        Assert.Equal(Enum.GetNames<Measurand>().Where(n => n != nameof(Measurand.Other)).Order(), Words("measurand").Order());
        Assert.Equal(Enum.GetNames<RegisterType>().Select(n => n.ToLowerInvariant()).Order(), Words("type").Order());

        IEnumerable<string> Words(string name) => words.GetProperty(name).GetProperty("enum").EnumerateArray().Select(e => e.GetString()!);
    }

    private static JsonElement Schema() => JsonDocument.Parse(File.ReadAllText(Repository.At("contracts", "schemas", "device-profile.schema.json"))).RootElement;
}
