using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Profiles;

public sealed class ModbusDeviceTests
{
    private static readonly DeviceProfile Profile = ProfileReader.Read("""
        profile: p
        title: Test meter
        kind: meter
        transport: modbus
        blocks: [{ start: 0, count: 6 }]
        readings:
          - { measurand: ActivePower, register: 0, table: holding, type: int16, unit: W }
          - { measurand: ActiveEnergyImport, register: 1, table: holding, type: uint16, unit: kWh, scale: 0.1 }
          - { measurand: ActiveEnergyExport, register: 2, table: holding, type: uint16, unit: kWh, scale: 0.1 }
          - { measurand: CurrentL1, register: 3, table: holding, type: uint16, unit: mA }
          - { measurand: VoltageL1, register: 4, table: holding, type: uint16, unit: V }
          - { measurand: Frequency, register: 5, table: holding, type: uint16, unit: Hz, scale: 0.1 }
        serial: { register: 10, table: holding, type: uint32 }
        identify: [{ register: 5, table: holding, type: uint16, min: 450, max: 650 }]
        """).Profile!;

    private readonly ModbusTables tables = new();
    private readonly FakeTimeProvider clock = new();

    public ModbusDeviceTests()
    {
        tables.Set(1, RegisterTable.Holding, 0, 0xFE0C, 123, 45, 1500, 230, 500);
        tables.Set(1, RegisterTable.Holding, 10, 0x0001, 0x0002);
    }

    [Fact]
    public async Task Poll_WholeMap_GivesOneReadingInTheProductsUnits()
    {
        var reading = await Device(DeviceRole.Grid).PollAsync(default);

        Assert.Equal([-500m, 12300m, 4500m, 1.5m, 230m, 50m], reading.Values.Select(v => v.Value));
        Assert.Equal([1m, 100m, 100m, 0.001m, 1m, 0.1m], reading.Values.Select(v => v.Step));
        Assert.Equal("1-0:1.8.0*255", reading.Values[1].Obis.ToString());
        Assert.Equal("3635353338", reading.ServerId); // "65538"
        Assert.Equal(Instant.FromDateTimeOffset(clock.GetUtcNow()), reading.At);
    }

    [Theory]
    [InlineData(DeviceRole.Grid, false, -500, 12300, 4500)]
    [InlineData(DeviceRole.Grid, true, 500, 4500, 12300)]
    [InlineData(DeviceRole.Pv, true, 500, 12300, 4500)] // a generation meter: production is its export and stays so
    [InlineData(DeviceRole.Pv, false, -500, 4500, 12300)]
    public async Task Poll_Mounting_KeepsPowerAndRegistersTogether(DeviceRole role, bool invert, int power, int import, int export)
    {
        var reading = await Device(role, invert).PollAsync(default);

        Assert.Equal((power, import, export), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.ActiveEnergyImport), reading.Find(Measurand.ActiveEnergyExport)));
        Assert.All(reading.Values.Where(v => v.Measurand == Measurand.ActiveEnergyExport), v => Assert.Equal(2, v.Obis!.Value.C));
    }

    [Fact]
    public async Task Poll_Ratio_MultipliesWhatFlowsThroughTheTransformerOnce()
    {
        var reading = await Device(DeviceRole.Grid, ratio: 40).PollAsync(default);

        Assert.Equal([-20_000m, 492_000m, 180_000m, 60m, 230m, 50m], reading.Values.Select(v => v.Value));
        Assert.Equal(4000m, reading.Values[1].Step);
    }

    [Fact]
    public async Task Poll_ValueThatTheDeviceDoesNotHave_IsAbsent()
    {
        tables.Set(1, RegisterTable.Holding, 1, 0xFFFF);

        var reading = await Device(DeviceRole.Grid).PollAsync(default);

        Assert.Null(reading.Find(Measurand.ActiveEnergyImport));
        Assert.Equal(5, reading.Values.Count);
    }

    [Fact]
    public async Task Poll_OtherDevice_SaysWhatToCheck()
    {
        tables.Set(1, RegisterTable.Holding, 5, 60000);

        var e = await Assert.ThrowsAsync<IOException>(async () => await Device(DeviceRole.Grid).PollAsync(default));
        Assert.Contains("does not look like a Test meter", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poll_RegisterThatIsNotThere_NamesTheBlock()
    {
        var other = new ModbusTables();
        other.Set(1, RegisterTable.Holding, 5, 500);
        other.Set(1, RegisterTable.Holding, 10, 0, 1);
        var device = new ModbusDevice(Profile, ModbusServer.Connect(other), new(new("m"), DeviceRole.Grid, 1), clock);

        var e = await Assert.ThrowsAsync<IOException>(async () => await device.PollAsync(default));
        Assert.Contains("Holding registers 0x0000 to 0x0005", e.Message, StringComparison.Ordinal);
        Assert.Contains("illegal data address", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ModelClock_PollsAtOnceAndThenEachPeriod()
    {
        await using var readings = Device(DeviceRole.Grid).ReadAsync(default).GetAsyncEnumerator();
        Assert.True(await readings.MoveNextAsync());
        var first = readings.Current;
        tables.Set(1, RegisterTable.Holding, 0, 700);
        var next = readings.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.True(await next);
        Assert.Equal(700m, readings.Current.Find(Measurand.ActivePower));
        Assert.Equal(Duration.FromSeconds(5), readings.Current.Monotonic - first.Monotonic);
    }

    private ModbusDevice Device(DeviceRole role, bool invert = false, decimal ratio = 1) =>
        new(Profile, ModbusServer.Connect(tables), new(new("m"), role, 1) { Invert = invert, Ratio = ratio, Poll = Duration.FromSeconds(5) }, clock);
}
