using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.SunSpec;

public sealed class SunSpecDeviceTests
{
    private readonly FakeTimeProvider clock = new();

    [Theory]
    [InlineData(40000, true)]
    [InlineData(0, true)]
    [InlineData(50000, false)]
    public async Task Scan_EveryBaseAddressAndEnd_FindsTheChain(int start, bool hasEndMark)
    {
        var tables = new SunSpecMap((ushort)start).Common("A").Inverter(0).Model(64001, 3).Common("B").Model(203, 105).Build(hasEndMark);

        var units = await SunSpecChain.ScanAsync(ModbusServer.Connect(tables), 1, default);

        Assert.Equal([[1, 103, 64001], [1, 203]], units.Select(u => u.Blocks.Select(b => b.Model).ToArray()));
        Assert.Equal(["A", "B"], units.Select(u => u.Identity.Serial));
        Assert.Equal(new SunSpecIdentity("Example", "Type", "1.0", "A"), units[0].Identity);
    }

    [Fact]
    public async Task Scan_NoSunSpec_SaysSo()
    {
        var tables = new ModbusTables();
        tables.Set(1, RegisterTable.Holding, 40000, 1, 2);

        var e = await Assert.ThrowsAsync<IOException>(async () => await SunSpecChain.ScanAsync(ModbusServer.Connect(tables), 1, default));
        Assert.Contains("no SunSpec map", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_ChainThatLeadsInCircles_Ends()
    {
        var tables = new ModbusTables();
        tables.Set(1, RegisterTable.Holding, 40000, [0x5375, 0x6E53, .. Enumerable.Repeat((ushort)0, 1000)]);

        var units = await SunSpecChain.ScanAsync(ModbusServer.Connect(tables), 1, default);
        Assert.Equal(100, Assert.Single(units).Blocks.Count);
    }

    [Fact]
    public async Task Poll_Meter_ScaleFactorsAndRegisters()
    {
        var tables = new SunSpecMap().Common("M1").Model(
            203, 105, (3, [0x8000]), (8, [2301, 2302, 2303]), (15, [-1]), (18, [-150, -50, -60, -40, 1]), (38, [0, 777]), (46, [1, 0]), (54, [1])).Build();

        var reading = await Device(tables, DeviceRole.Grid).PollAsync(default);

        Assert.Equal(-1500m, reading.Find(Measurand.ActivePower));
        Assert.Equal(-400m, reading.Find(Measurand.ActivePowerL3));
        Assert.Equal(230.2m, reading.Find(Measurand.VoltageL2));
        var import = reading.Values.Single(v => v.Measurand == Measurand.ActiveEnergyImport);
        Assert.Equal((655_360m, 10m, "1-0:1.8.0*255"), (import.Value, import.Step, import.Obis.ToString()));
        Assert.Equal(7770m, reading.Find(Measurand.ActiveEnergyExport));
        Assert.Null(reading.Find(Measurand.CurrentL1));
        Assert.Equal("4d31", reading.ServerId);
    }

    [Fact]
    public async Task Poll_FloatInverter_ValuesWithTheStepOfTheirSize()
    {
        ushort[] power = Words(1234.5f), energy = Words(12_345_678f);
        var tables = new SunSpecMap().Common("F").Model(113, 60, (22, [power[0], power[1]]), (32, [energy[0], energy[1]]), (36, [0x7FC0, 0])).Build();

        var reading = await Device(tables, DeviceRole.Pv).PollAsync(default);

        Assert.Equal(1234.5m, reading.Find(Measurand.ActivePower));
        var produced = Assert.Single(reading.Values, v => v.Measurand == Measurand.ActiveEnergyExport);
        Assert.Equal((12_345_678m, 1m, true, "1-0:2.8.0*255"), (produced.Value, produced.Step, produced.IsFloat, produced.Obis.ToString()));
        static ushort[] Words(float value) => [(ushort)(BitConverter.SingleToUInt32Bits(value) >> 16), (ushort)BitConverter.SingleToUInt32Bits(value)];
    }

    [Fact]
    public async Task Poll_ScaleFactorThatChanges_IsReadWithItsValue()
    {
        var map = new SunSpecMap().Common("S").Inverter(990, scale: 0);
        var device = Device(map.Build(), DeviceRole.Pv);
        Assert.Equal(990m, (await device.PollAsync(default)).Find(Measurand.ActivePower));

        map.Tables.Set(1, RegisterTable.Holding, (ushort)(map.AddressOf(103) + 14), 101, 1);

        Assert.Equal(1010m, (await device.PollAsync(default)).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Poll_StorageWith802_TakesItsPowerAndState()
    {
        var tables = new SunSpecMap().Common("B").Inverter(300).Model(120, 26, (2, [82]), (19, [10_000, 0]), (23, [4000, 0, 4500, 0])).Model(124, 24, (8, [5000]), (22, [-2]))
            .Model(802, 62, (11, [635]), (13, [98]), (47, [-200]), (54, [0]), (56, [-1]), (58, [0]), (63, [1])).Build();

        var reading = await Device(tables, DeviceRole.Battery).PollAsync(default);

        var power = Assert.Single(reading.Values, v => v.Measurand == Measurand.ActivePower);
        Assert.Equal((-2000m, 10m, false), (power.Value, power.Step, power.IsDerived));
        Assert.Equal((63.5m, 98m, 10_000m), (reading.Find(Measurand.StateOfCharge), reading.Find(Measurand.StateOfHealth), reading.Find(Measurand.BatteryCapacity)));
        Assert.Equal((4000m, 4500m), (reading.Find(Measurand.MaxChargePower), reading.Find(Measurand.MaxDischargePower)));
        Assert.DoesNotContain(reading.Values, v => v.Measurand is Measurand.ActiveEnergyExport or Measurand.ActiveEnergyImport);
        Assert.Equal("422d62", reading.ServerId); // "B-b"
    }

    [Theory]
    [InlineData(DeviceRole.Battery, 1500)] // discharge 1500 − charge 0
    [InlineData(DeviceRole.Pv, 3000)] // strings 1000 + 2000
    public async Task Poll_HybridWithFourModules_TellsStringsAndStorageApart(DeviceRole role, int watts)
    {
        var tables = Hybrid(4, 1000, 2000, 0, 1500).Build();

        var reading = await Device(tables, role).PollAsync(default);

        var power = Assert.Single(reading.Values, v => v.Measurand == Measurand.ActivePower);
        Assert.Equal((watts, true), (power.Value, power.IsDerived));
        Assert.Null(reading.Find(Measurand.ActiveEnergyExport)); // the inverter's output is neither part's
    }

    [Fact]
    public async Task Poll_HybridWithTwoStrings_StorageIsOutputLessStrings()
    {
        var reading = await Device(Hybrid(2, 1000, 2000).Build(), DeviceRole.Battery).PollAsync(default);

        Assert.Equal(4400m - 3000m, reading.Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Poll_HybridThatTellsNothingApart_HasNoPower()
    {
        var tables = new SunSpecMap().Common("H").Inverter(4400).Model(120, 26, (2, [82])).Model(124, 24, (8, [5000]), (22, [-2])).Build();

        Assert.Null((await Device(tables, DeviceRole.Battery).PollAsync(default)).Find(Measurand.ActivePower));
        Assert.Null((await Device(tables, DeviceRole.Pv).PollAsync(default)).Find(Measurand.ActivePower));
        Assert.Equal(50m, (await Device(tables, DeviceRole.Battery).PollAsync(default)).Find(Measurand.StateOfCharge));
    }

    [Fact]
    public async Task Poll_StorageInverterByItself_OutputIsItsPower()
    {
        var tables = new SunSpecMap().Common("D").Model(701, 153, (10, [-700]), (19, [0, 0, 0, 5]), (23, [0, 0, 1, 0]), (116, [0]), (120, [3])).Model(713, 7, (4, [42]), (8, [0])).Build();

        var reading = await Device(tables, DeviceRole.Battery).PollAsync(default);

        Assert.Equal((-700m, 42m), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.StateOfCharge)));
        Assert.Equal((65_536_000m, 5000m), (reading.Find(Measurand.ActiveEnergyImport), reading.Find(Measurand.ActiveEnergyExport)));
    }

    [Fact]
    public async Task Poll_Invert_ChangesTheSignOfPowerOnly()
    {
        var tables = new SunSpecMap().Common("B").Model(802, 62, (11, [50]), (47, [200]), (56, [0]), (63, [0])).Build();

        var reading = await Device(tables, DeviceRole.Battery, invert: true).PollAsync(default);

        Assert.Equal((-200m, 50m), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.StateOfCharge)));
    }

    [Fact]
    public async Task Poll_RoleWithoutPart_NamesTheModelsThatAreThere()
    {
        var tables = new SunSpecMap().Common("I").Inverter(100).Build();

        var e = await Assert.ThrowsAsync<IOException>(async () => await Device(tables, DeviceRole.Grid).PollAsync(default));
        Assert.Contains("no meter (201 to 214), only models 1, 103", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poll_ModelsMoved_NeverGivesAWrongValueAndScansAgain()
    {
        var map = new SunSpecMap().Common("I").Inverter(100);
        var device = Device(map.Build(), DeviceRole.Pv);
        await device.PollAsync(default);
        ushort[] moved = new SunSpecMap().Common("I").Model(64001, 10).Inverter(250).Build() is var after ? Copy(after) : [];
        map.Tables.Set(1, RegisterTable.Holding, 40000, moved);

        var e = await Assert.ThrowsAsync<IOException>(async () => await device.PollAsync(default));
        Assert.Contains("firmware", e.Message, StringComparison.Ordinal);
        Assert.Equal(250m, (await device.PollAsync(default)).Find(Measurand.ActivePower));

        static ushort[] Copy(ModbusTables tables)
        {
            var words = new List<ushort>();
            while (tables.Get(1, RegisterTable.Holding, (ushort)(40000 + words.Count)) is { } word) words.Add(word);
            return [.. words];
        }
    }

    [Fact]
    public async Task Read_DeviceExchangedBetweenConnections_IsMetAnew()
    {
        var map = new SunSpecMap().Common("OLD").Inverter(100);
        var device = Device(map.Build(), DeviceRole.Pv);
        Assert.Equal("4f4c44", (await FirstAsync(device)).ServerId);
        map.Tables.Set(1, RegisterTable.Holding, 40052, (ushort)('N' << 8 | 'E'), (ushort)('W' << 8));

        Assert.Equal("4e4557", (await FirstAsync(device)).ServerId);
        Assert.Equal("NEW", device.Identity!.Serial);

        static async Task<Reading> FirstAsync(SunSpecDevice device)
        {
            await foreach (var reading in device.ReadAsync(default)) return reading;
            throw new InvalidOperationException("No reading.");
        }
    }

    private static SunSpecMap Hybrid(int modules, params int[] watts) => new SunSpecMap().Common("H").Inverter(4400).Model(120, 26, (2, [82])).Model(124, 24, (8, [5000]), (22, [-2]))
        .Model(160, 8 + 20 * modules, [(4, [0]), (8, [modules]), .. watts.Select((w, i) => (21 + 20 * i, (int[])[w]))]);

    private SunSpecDevice Device(ModbusTables tables, DeviceRole role, bool invert = false) =>
        new(ModbusServer.Connect(tables), new ModbusDeviceOptions(new("s"), role, 1) { Invert = invert }, clock);
}
