using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Devices.Simulator;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Tests.Simulator;

/// <summary>The product's drivers against the simulated devices, on real terminals and sockets.</summary>
public sealed class SimulatedBuildingTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-").FullName;
    private readonly CancellationTokenSource end = new(TimeSpan.FromSeconds(30));
    private readonly List<ModbusBus> buses = [];
    private CancellationTokenSource stop = null!;
    private ModelTimeProvider clock = null!;
    private SimulatedBuilding building = null!;
    private Task running = null!;

    public Task InitializeAsync()
    {
        // Night, so that the battery carries the house; 20 times as fast, so that limits run out within the test; begun 100 s ago.
        clock = new ModelTimeProvider(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), 20, TimeProvider.System.GetUtcNow().AddSeconds(-5));
        Start();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task GridMeter_ReadByTheDriver_ShowsTheBuilding()
    {
        var reading = await NextReadingAsync();
        Assert.StartsWith("0a01434d4b", reading.ServerId, StringComparison.Ordinal);
        var truth = building.Building.At(clock.GetUtcNow());
        decimal shown = reading.Find(Measurand.ActiveEnergyImport)!.Value;
        Assert.InRange(truth.Energy.GridImport / 3_600_000m - shown, 0, 1);
        Assert.NotNull(reading.Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task PvMeter_ReadOverModbus_CountsProductionAsExport()
    {
        var meter = Client(Endpoint("pv"));
        float export = Float(await meter.ReadRegistersAsync(1, RegisterTable.Input, 0x4A, 2, end.Token));
        float import = Float(await meter.ReadRegistersAsync(1, RegisterTable.Input, 0x48, 2, end.Token));
        Assert.Equal((float)(building.Building.At(clock.GetUtcNow()).Energy.Pv / 3.6e9), export);
        Assert.Equal(0, import);
        Assert.InRange(Float(await meter.ReadRegistersAsync(1, RegisterTable.Input, 0x46, 2, end.Token)), 49.9f, 50.1f);
        Assert.InRange(Float(await meter.ReadRegistersAsync(2, RegisterTable.Input, 0x34, 2, end.Token)), 60f, 12_000f);
    }

    [Theory]
    [InlineData(RegisterTable.Input, 0x01, 2, 2)]
    [InlineData(RegisterTable.Input, 0x00, 82, 3)]
    [InlineData(RegisterTable.Input, 0x17E, 4, 2)]
    [InlineData(RegisterTable.Holding, 0x00, 2, 2)]
    public async Task PvMeter_WrongRequest_IsRefusedAsByARealOne(RegisterTable table, ushort start, int count, byte code)
    {
        var meter = Client(Endpoint("pv"));
        var refused = await Assert.ThrowsAsync<ModbusException>(async () => await meter.ReadRegistersAsync(1, table, start, count, end.Token));
        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public async Task Storage_ModelChain_IsCompleteAndEnds()
    {
        var inverter = Client(Endpoint("battery"));
        Assert.Equal([0x5375, 0x6E53], await inverter.ReadRegistersAsync(1, RegisterTable.Holding, 40000, 2, end.Token));
        var chain = new List<(int Id, int Length)>();
        for (int address = 40002; ;)
        {
            ushort[] head = await inverter.ReadRegistersAsync(1, RegisterTable.Holding, (ushort)address, 2, end.Token);
            chain.Add((head[0], head[1]));
            if (head[0] == 0xFFFF) break;
            address += 2 + head[1];
        }

        Assert.Equal([(1, 66), (103, 50), (120, 26), (121, 30), (122, 44), (123, 24), (124, 24), (802, 62), (0xFFFF, 0)], chain);
        ushort[] name = await inverter.ReadRegistersAsync(1, RegisterTable.Holding, 40004, 16, end.Token);
        Assert.Equal("CoMaKo", Encoding.ASCII.GetString([.. name.SelectMany(w => new[] { (byte)(w >> 8), (byte)w })]).TrimEnd('\0'));
    }

    [Fact]
    public async Task Storage_DischargeForbidden_ShowsAtTheGridMeterAndFallsBack()
    {
        var inverter = Client(Endpoint("battery"));
        int storage = 40002 + 68 + 52 + 28 + 32 + 46 + 26; // model 124
        Assert.Equal(124, (await inverter.ReadRegistersAsync(1, RegisterTable.Holding, (ushort)storage, 1, end.Token))[0]);
        Assert.InRange((await NextReadingAsync()).Find(Measurand.ActivePower)!.Value, -100, 100);

        await inverter.WriteRegisterAsync(1, (ushort)(storage + 12), 0, end.Token);
        await inverter.WriteRegisterAsync(1, (ushort)(storage + 15), 40, end.Token);
        await inverter.WriteRegisterAsync(1, (ushort)(storage + 5), 2, end.Token);
        await PassAsync(TimeSpan.FromSeconds(10));
        var held = await NextReadingAsync();
        Assert.True(held.Find(Measurand.ActivePower) > 150, $"{held.Find(Measurand.ActivePower)} W");

        await PassAsync(TimeSpan.FromSeconds(50));
        Assert.InRange((await NextReadingAsync()).Find(Measurand.ActivePower)!.Value, -100, 100);
        Assert.Equal(0, (await inverter.ReadRegistersAsync(1, RegisterTable.Holding, (ushort)(storage + 5), 1, end.Token))[0]);
        Assert.Equal(3, (await Assert.ThrowsAsync<ModbusException>(async () => await inverter.WriteRegisterAsync(1, (ushort)(storage + 12), 20_000, end.Token))).Code);
        Assert.Equal(2, (await Assert.ThrowsAsync<ModbusException>(async () => await inverter.WriteRegisterAsync(1, (ushort)(storage + 8), 1, end.Token))).Code);
    }

    [Fact]
    public async Task Fault_MeterSwapped_HasNewIdentityAndCountsFromZeroAlsoAfterRestart()
    {
        var before = await NextReadingAsync();
        Assert.True(await building.SwitchAsync(FaultSwitch.Parse("swap-meter")!));
        var after = await NextReadingAsync();
        Assert.NotEqual(before.ServerId, after.ServerId);
        Assert.True(after.Find(Measurand.ActiveEnergyImport) < 100);

        await StopAsync();
        Start();
        Assert.Equal(after.ServerId, (await NextReadingAsync()).ServerId);
    }

    [Fact]
    public async Task Fault_CorruptCrc_LeavesNoGoodFrame()
    {
        await building.SwitchAsync(FaultSwitch.Parse("corrupt-crc on grid")!);
        var statistics = new LinkStatistics();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => NextReadingAsync(statistics, soon.Token));
        Assert.True(statistics.CrcErrors >= 3, $"{statistics.CrcErrors}");
        Assert.Equal(0, statistics.GoodFrames);
    }

    [Fact]
    public async Task Fault_LineDropped_IsAnUnpluggedCableUntilItComesBack()
    {
        await building.SwitchAsync(FaultSwitch.Parse("drop-line on")!);
        Assert.Equal("CME-1902", (await Assert.ThrowsAsync<LinkException>(() => NextReadingAsync())).Code);
        await building.SwitchAsync(FaultSwitch.Parse("drop-line off")!);
        await NextReadingAsync();
    }

    [Fact]
    public async Task Fault_RegisterJump_GoesAndComesBack()
    {
        decimal before = (await NextReadingAsync()).Find(Measurand.ActiveEnergyImport)!.Value;
        await building.SwitchAsync(FaultSwitch.Parse("jump-register on grid")!);
        Assert.InRange((await NextReadingAsync()).Find(Measurand.ActiveEnergyImport)!.Value - before, 1_000_000, 1_000_100);
        await building.SwitchAsync(FaultSwitch.Parse("jump-register off grid")!);
        await building.SwitchAsync(FaultSwitch.Parse("jump-back on grid")!);
        Assert.InRange((await NextReadingAsync()).Find(Measurand.ActiveEnergyImport)!.Value - before, -5_000, -4_900);
    }

    [Fact]
    public async Task Fault_InverterReboots_RefusesThenForgetsItsLimits()
    {
        var inverter = Client(Endpoint("battery"));
        int storage = 40002 + 68 + 52 + 28 + 32 + 46 + 26;
        await inverter.WriteRegisterAsync(1, (ushort)(storage + 5), 3, end.Token);
        await building.SwitchAsync(FaultSwitch.Parse("reboot-inverter")!);
        await Assert.ThrowsAnyAsync<IOException>(async () => await inverter.ReadRegistersAsync(1, RegisterTable.Holding, 40000, 2, end.Token));
        Assert.Equal(0, (await WhenBackAsync(async () => await inverter.ReadRegistersAsync(1, RegisterTable.Holding, (ushort)(storage + 5), 1, end.Token)))[0]);
    }

    [Theory]
    [InlineData("slow-answer grid")]
    [InlineData("swap-meter battery")]
    [InlineData("noise on nowhere")]
    public async Task Fault_DeviceCannotHaveIt_IsRefused(string text) => Assert.False(await building.SwitchAsync(FaultSwitch.Parse(text)!));

    [Fact]
    public async Task Truth_AtQuarterHours_HoldsWhatTheMetersShow()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        building.Building.At(clock.GetUtcNow().AddMinutes(30));
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder, "truth.jsonl"), end.Token);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal(1_780_272_900, first.RootElement.GetProperty("second").GetInt64());
        var grid = first.RootElement.GetProperty("devices").GetProperty("grid");
        Assert.True(grid.GetProperty("import").GetInt64() > 0);
        Assert.StartsWith("0a01434d4b", grid.GetProperty("serverId").GetString(), StringComparison.Ordinal);
    }

    public async Task DisposeAsync()
    {
        foreach (var bus in buses) await bus.DisposeAsync();
        await StopAsync();
        end.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Start()
    {
        building = new SimulatedBuilding(new SimulatorOptions
        {
            SmlTerminals = [Path.Combine(folder, "grid.tty")],
            StateFile = Path.Combine(folder, "state.json"),
            TruthFile = Path.Combine(folder, "truth.jsonl"),
        }, clock);
        stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
        running = building.RunAsync(stop.Token);
    }

    private async Task StopAsync()
    {
        await stop.CancelAsync();
        await running;
        await building.DisposeAsync();
        stop.Dispose();
    }

    /// <summary>Lets model time pass.</summary>
    private Task PassAsync(TimeSpan model) => Task.Delay(model, clock, end.Token);

    /// <summary>Asks until the device answers again; <see cref="end"/> bounds it.</summary>
    private async Task<T> WhenBackAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (LinkException)
            {
                await PassAsync(TimeSpan.FromSeconds(5));
            }
        }
    }

    private async Task<Reading> NextReadingAsync(LinkStatistics? statistics = null, CancellationToken? until = null)
    {
        await using var device = new SmlDevice(
            new DeviceId("grid"), DeviceRole.Grid, new SerialLink(Path.Combine(folder, "grid.tty"), SerialSettings.Sml), TimeProvider.System, new SmlDeviceOptions(), statistics ?? new LinkStatistics());
        await foreach (var reading in device.ReadAsync(until ?? end.Token)) return reading;
        throw new InvalidOperationException("The meter ended.");
    }

    private IPEndPoint Endpoint(string device)
    {
        var description = JsonSerializer.SerializeToElement(building.Devices.Single(d => d.Id == device).Describe());
        return IPEndPoint.Parse(description.GetProperty("Address").GetString()!);
    }

    private ModbusClient Client(IPEndPoint at)
    {
        var bus = new ModbusBus(new TcpLink(at.Address.ToString(), at.Port), new ModbusBusOptions(ModbusFraming.Tcp), TimeProvider.System);
        buses.Add(bus);
        return bus.For(new DeviceId(at.Port.ToString(CultureInfo.InvariantCulture)), new LinkStatistics());
    }

    private static float Float(ushort[] words) => BitConverter.UInt32BitsToSingle((uint)words[0] << 16 | words[1]);
}
