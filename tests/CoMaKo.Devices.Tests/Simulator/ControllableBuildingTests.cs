using System.Globalization;
using System.Net;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Devices.Simulator;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Simulator;

/// <summary>What can be controlled in the simulated building, on real sockets; time is 20 times as fast.</summary>
public sealed class ControllableBuildingTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-").FullName;
    private readonly CancellationTokenSource end = new(TimeSpan.FromSeconds(30));
    private readonly List<ModbusBus> buses = [];
    // Noon, so that there is sun.
    private readonly ModelTimeProvider clock = new(new DateTimeOffset(2026, 6, 1, 10, 0, 0, TimeSpan.Zero), 20, TimeProvider.System.GetUtcNow().AddSeconds(-5));
    private SimulatedBuilding building = null!;
    private Task running = null!;

    public Task InitializeAsync() => StartAsync(InverterKind.SetPoint);

    [Fact]
    public async Task SetPoint_WrittenOverModbus_MovesBatteryAndGridUntilTheWatchdogEnds()
    {
        var inverter = Client("battery");
        await inverter.WriteRegistersAsync(1, 100, new ushort[] { 1, 0xFFFF, unchecked((ushort)-2500), 40 }, end.Token);
        await PassAsync(20);
        ushort[] shown = await inverter.ReadRegistersAsync(1, RegisterTable.Input, 0, 13, end.Token);
        Assert.InRange((int)(shown[0] << 16 | shown[1]), -2500, -2480);
        Assert.Equal(2, shown[12]);
        Assert.Equal([1, 0xFFFF, unchecked((ushort)-2500), 40], await inverter.ReadRegistersAsync(1, RegisterTable.Holding, 100, 4, end.Token));
        await PassAsync(30);
        Assert.Equal(0, (await inverter.ReadRegistersAsync(1, RegisterTable.Holding, 100, 1, end.Token))[0]);
        Assert.Equal(3, (await Assert.ThrowsAsync<ModbusException>(async () => await inverter.WriteRegisterAsync(1, 103, 0, end.Token))).Code);
        Assert.Equal(2, (await Assert.ThrowsAsync<ModbusException>(async () => await inverter.WriteRegisterAsync(1, 104, 0, end.Token))).Code);
    }

    [Fact]
    public async Task SetPoint_DrivenByItsProfile_PinsExpiresAndReleases()
    {
        var library = await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles")], end.Token);
        var driver = new ProfileBattery(library.Profiles["comako-sim-setpoint"], Client("battery"), new(new("battery"), 1), new(clock), clock);
        Assert.Null(await driver.ReadBackAsync(end.Token));
        Assert.Equal((Power.FromWatts(-5000), Duration.FromMinutes(10)), (driver.Traits.Limits.Min, driver.Traits.LongestValidity));
        var pinned = PowerRange.Pin(Power.FromWatts(-3210));
        Assert.Equal(
            [new("100 mode", 0, 1), new("101 set-point", 0, -3210), new("103 watchdog", 60, 40)], await driver.PreviewAsync(pinned, Duration.FromSeconds(40), end.Token));
        Assert.Null(await driver.ReadBackAsync(end.Token));
        await driver.SetRangeAsync(pinned, Duration.FromSeconds(40), end.Token);
        Assert.Equal(pinned, await driver.ReadBackAsync(end.Token));
        await PassAsync(25);
        Assert.InRange(Now.Power.Battery, -3_210_000, -3_200_000);
        await PassAsync(25);
        Assert.Null(await driver.ReadBackAsync(end.Token));
        await driver.SetRangeAsync(pinned, Duration.FromSeconds(40), end.Token);
        await driver.ReleaseAsync(end.Token);
        Assert.Null(await driver.ReadBackAsync(end.Token));

        Assert.True(building.Demand("wallbox", 11_000));
        var wallbox = new ProfileLoad(library.Profiles["comako-sim-wallbox"], Client("wallbox"), new("wallbox"), 1, new(clock));
        await wallbox.SetLimitAsync(Power.FromWatts(5000), Duration.FromSeconds(60), end.Token);
        await PassAsync(4);
        Assert.Equal(5_000_000, Now.Power.Loads![0]);
        await wallbox.SetLimitAsync(null, Duration.FromSeconds(60), end.Token);
        await PassAsync(4);
        Assert.Equal(11_000_000, Now.Power.Loads![0]);
    }

    [Fact]
    public async Task Contacts_Switched_ShowAtTheIoModule()
    {
        var io = Client("io");
        Assert.Equal(new bool[5], await io.ReadBitsAsync(1, BitTable.DiscreteInputs, 0, 5, end.Token));
        Assert.True(building.Switch(ContactSwitch.Parse("dim on")!));
        Assert.True(building.Switch(ContactSwitch.Parse("feed-in-0")!));
        Assert.Equal(new[] { true, false, false, true, false }, await io.ReadBitsAsync(1, BitTable.DiscreteInputs, 0, 5, end.Token));
        Assert.True(building.Switch(ContactSwitch.Parse("dim off")!));
        Assert.False(Assert.Single(await io.ReadBitsAsync(1, BitTable.DiscreteInputs, 0, 1, end.Token)));
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("drop-line on io")!));
        await Assert.ThrowsAnyAsync<IOException>(async () => await io.ReadBitsAsync(1, BitTable.DiscreteInputs, 0, 5, end.Token));
        Assert.Null(ContactSwitch.Parse("dim maybe"));
        Assert.Null(ContactSwitch.Parse("k7 on"));
    }

    [Fact]
    public async Task SgReadyCoils_Blocked_StopTheHeatPump()
    {
        Assert.True(building.Demand("heat-pump", 5400));
        await PassAsync(4);
        Assert.Equal(5_400_000, Now.Power.Loads![1]);
        var io = Client("io");
        await io.WriteCoilsAsync(1, 0, new[] { true, false }, end.Token);
        await PassAsync(4);
        Assert.Equal(0, Now.Power.Loads![1]);
        await io.WriteCoilsAsync(1, 0, new[] { false, false }, end.Token);
        await PassAsync(4);
        Assert.Equal(5_400_000, Now.Power.Loads![1]);
    }

    [Fact]
    public async Task Wallbox_Limited_DrawsTheLimitAndRecoversByItself()
    {
        Assert.True(building.Demand("wallbox", 11_000));
        var wallbox = Client("wallbox");
        await wallbox.WriteRegisterAsync(1, 101, 30, end.Token);
        await wallbox.WriteRegisterAsync(1, 100, 4200, end.Token);
        await PassAsync(4);
        Assert.Equal([0, 4200], await wallbox.ReadRegistersAsync(1, RegisterTable.Input, 0, 2, end.Token));
        Assert.Equal(Now.Power.Home, Now.Power.Flats.Sum() + Now.Power.Loads!.Sum());
        await PassAsync(40);
        Assert.Equal([0, 11_000], await wallbox.ReadRegistersAsync(1, RegisterTable.Input, 0, 2, end.Token));
    }

    [Fact]
    public async Task PvInverter_LimitedByTheDriver_ProducesNoMore()
    {
        Assert.True(Now.Power.Pv > 600_000, $"{Now.Power.Pv}");
        var driver = new SunSpecFeedIn(Client("pv-inverter"), new(new("pv"), 1, Power.FromWatts(9800)));
        await driver.SetFeedInLimitAsync(Power.FromWatts(294), Duration.FromSeconds(40), end.Token);
        Assert.Equal(Power.FromWatts(294), await driver.ReadBackAsync(end.Token));
        await PassAsync(4);
        Assert.Equal(294_000, Now.Power.Pv);
        await PassAsync(50);
        Assert.True(Now.Power.Pv > 600_000, $"{Now.Power.Pv}");
        Assert.Null(await driver.ReadBackAsync(end.Token));
    }

    [Fact]
    public async Task SunSpecStorage_ForcedByTheDriver_ChargesFromTheGridAndFallsBack()
    {
        await StopAsync();
        await StartAsync(InverterKind.SunSpec);
        var options = new SunSpecBatteryOptions(new("battery"), 1) { MayChargeFromGrid = true };
        var driver = new SunSpecBattery(Client("battery"), options, new WearBudget(clock));
        var pinned = PowerRange.Pin(Power.FromWatts(-5000));
        building.Demand("extra", 9000); // so that the sun alone does not do
        await driver.SetRangeAsync(pinned, Duration.FromSeconds(40), end.Token);
        Assert.Equal(pinned, await driver.ReadBackAsync(end.Token));
        await PassAsync(6);
        Assert.Equal(-5_000_000, Now.Power.Battery);
        Assert.True(Now.Power.Grid > 1_000_000);
        await PassAsync(50);
        Assert.Null(await driver.ReadBackAsync(end.Token));
        await driver.SetRangeAsync(new(Power.Zero, Power.FromWatts(100)), Duration.FromSeconds(40), end.Token);
        await PassAsync(6);
        Assert.InRange(Now.Power.Battery, 0, 100_000);
        await driver.ReleaseAsync(end.Token);
        await PassAsync(6);
        Assert.True(Now.Power.Battery > 1_000_000, $"{Now.Power.Battery}");
    }

    [Fact]
    public async Task Faults_OfControl_AreTakenByTheirDevices()
    {
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("block-inverter on battery")!));
        await PassAsync(4);
        Assert.Equal(0, Now.Power.Battery);
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("invert-sign on pv")!));
        ushort[] words = await Client("pv").ReadRegistersAsync(1, RegisterTable.Input, 0x34, 2, end.Token);
        Assert.True(BitConverter.UInt32BitsToSingle((uint)words[0] << 16 | words[1]) > 0); // the meter counts production as negative
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("stop-sending on grid")!));
        Assert.False(await building.SwitchAsync(FaultSwitch.Parse("invert-sign on battery")!));
    }

    [Fact]
    public void BuildingFile_WithControl_NamesWriteSidesAndContacts()
    {
        string text = BuildingFileText.Of(building.Devices, control: true);
        Assert.Contains("profile: comako-sim-setpoint, unit: 1, control: { follows: gateway, charge: 5000 W, discharge: 5000 W, capacity: 10000 Wh, validity: 60 s } }", text, StringComparison.Ordinal);
        Assert.Contains("relays:\n  - { meaning: dim, bus: io, unit: 1, input: 0, active: closed }", text, StringComparison.Ordinal);
        Assert.DoesNotContain("control:", BuildingFileText.Of(building.Devices), StringComparison.Ordinal);
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        end.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private BuildingMoment Now => building.Building.At(clock.GetUtcNow());

    private Task StartAsync(InverterKind inverter)
    {
        building = new SimulatedBuilding(
            new SimulatorOptions { SmlTerminals = [Path.Combine(folder, "grid.tty")], Control = true, Building = new() { Inverter = inverter } }, clock);
        running = building.RunAsync(end.Token);
        return Task.CompletedTask;
    }

    private async Task StopAsync()
    {
        foreach (var bus in buses) await bus.DisposeAsync();
        buses.Clear();
        await building.DisposeAsync();
        Assert.False(running.IsFaulted);
    }

    private Task PassAsync(int seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), clock, end.Token);

    private ModbusClient Client(string device)
    {
        var description = JsonSerializer.SerializeToElement(building.Devices.Single(d => d.Id == device).Describe());
        var at = IPEndPoint.Parse(description.GetProperty("Address").GetString()!);
        var bus = new ModbusBus(new TcpLink(at.Address.ToString(), at.Port), new ModbusBusOptions(ModbusFraming.Tcp), TimeProvider.System);
        buses.Add(bus);
        return bus.For(new DeviceId(at.Port.ToString(CultureInfo.InvariantCulture)), new LinkStatistics());
    }
}
