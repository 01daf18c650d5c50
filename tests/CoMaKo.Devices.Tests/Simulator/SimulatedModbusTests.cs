using System.Net;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Simulator;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Simulator;

/// <summary>The shipped SDM630 profile and the SunSpec driver against the simulated building, on real sockets.</summary>
public sealed class SimulatedModbusTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-").FullName;
    private readonly CancellationTokenSource stop = new(TimeSpan.FromSeconds(30));
    private readonly List<ModbusBus> buses = [];
    // A sunny noon, begun an hour of model time ago.
    private readonly ModelTimeProvider clock = new(new DateTimeOffset(2026, 6, 1, 10, 0, 0, TimeSpan.Zero), 20, TimeProvider.System.GetUtcNow().AddMinutes(-3));
    private SimulatedBuilding building = null!;
    private Task running = null!;

    public Task InitializeAsync()
    {
        building = new SimulatedBuilding(
            new SimulatorOptions { SmlTerminals = [Path.Combine(folder, "grid.tty")], StateFile = Path.Combine(folder, "state.json"), TruthFile = Path.Combine(folder, "truth.jsonl") }, clock);
        running = building.RunAsync(stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var bus in buses) await bus.DisposeAsync();
        await stop.CancelAsync();
        await running;
        await building.DisposeAsync();
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Sdm630_MountedAtThePlant_ProductionIsPositivePowerAndExport()
    {
        var reading = await First(await Sdm630(1, DeviceRole.Pv, invert: true));
        var truth = building.Building.At(clock.GetUtcNow());

        Assert.InRange(reading.Find(Measurand.ActivePower)!.Value, 500, 20_000);
        var export = reading.Values.Single(v => v.Measurand == Measurand.ActiveEnergyExport);
        Assert.InRange(truth.Energy.Pv / 3_600_000m - export.Value, -export.Step, 100);
        Assert.Equal(0, reading.Find(Measurand.ActiveEnergyImport));
        Assert.InRange(reading.Find(Measurand.VoltageL2)!.Value, 220, 240);
    }

    [Fact]
    public async Task Storage_ReadBySunSpec_ShowsItsPowerAndCharge()
    {
        var driver = new SunSpecDevice(Client("battery"), new(new("battery"), DeviceRole.Battery, 1), clock);
        var reading = await First(driver);
        var truth = building.Building.At(reading.At.ToDateTimeOffset());

        Assert.InRange(reading.Find(Measurand.ActivePower)!.Value - truth.Power.Battery / 1000m, -1500, 1500);
        Assert.InRange(reading.Find(Measurand.StateOfCharge)!.Value, 0, 100);
        Assert.Equal(("CoMaKo", "SIM-0001"), (driver.Identity!.Manufacturer, driver.Identity.Serial));
    }

    [Fact]
    public async Task Meter_SlowAnswersThenNone_IsAnErrorNeverAnotherValue()
    {
        var device = await Sdm630(2, DeviceRole.Load, invert: false, TimeSpan.FromSeconds(1));
        await First(device);
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("slow-answer on pv")!));
        var e = await Assert.ThrowsAsync<IOException>(() => First(device));
        Assert.Contains("did not answer within 1 s", e.Message, StringComparison.Ordinal);
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("slow-answer off pv")!));

        Assert.InRange((await First(device)).Find(Measurand.Frequency)!.Value, 49.5m, 50.5m);
    }

    private static async Task<Reading> First(IDevice device)
    {
        await foreach (var reading in device.ReadAsync(default)) return reading;
        throw new InvalidOperationException("The device ended.");
    }

    private async Task<IDevice> Sdm630(byte unit, DeviceRole role, bool invert, TimeSpan? timeout = null)
    {
        var library = await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles", "meters")], default);
        return library.Profiles["eastron-sdm630"].Connect(Client("pv", timeout), new(new("meter"), role, unit) { Invert = invert }, clock);
    }

    private ModbusClient Client(string device, TimeSpan? timeout = null)
    {
        var description = JsonSerializer.SerializeToElement(building.Devices.Single(d => d.Id == device).Describe());
        var at = IPEndPoint.Parse(description.GetProperty("Address").GetString()!);
        var bus = new ModbusBus(
            new TcpLink(at.Address.ToString(), at.Port), new(ModbusFraming.Tcp) { Timeout = timeout ?? TimeSpan.FromSeconds(5) }, TimeProvider.System);
        buses.Add(bus);
        return bus.For(new("meter"), new LinkStatistics());
    }
}
