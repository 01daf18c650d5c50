using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Simulator;

/// <summary>The simulated building with its devices on real terminals and sockets. Reachable as soon as it is constructed; meters send while it runs.</summary>
public sealed class SimulatedBuilding : IAsyncDisposable
{
    private static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(10);

    private readonly SimulatorOptions options;
    private readonly TimeProvider time;
    private readonly BuildingModel model;
    private readonly TruthLog? truth;
    private readonly WriteLog? writes;
    private readonly List<SmlDevice> pushing = [];
    private readonly List<MqttMeterDevice> publishing = [];
    private readonly List<ModbusHost> hosts = [];
    private readonly Dictionary<int, UnitStore> stores = [];
    private readonly Lock saving = new();

    /// <param name="options">Where everything stands.</param>
    /// <param name="time">Model time. A building without saved state begins when its <see cref="ModelTimeProvider"/> begins, else now.</param>
    /// <exception cref="LinkException">A port is taken.</exception>
    public SimulatedBuilding(SimulatorOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (this.options, this.time) = (options, time);
        var now = time.GetUtcNow();
        var begin = time is ModelTimeProvider clock && clock.Start < now ? clock.Start : now;
        var saved = options.StateFile is null ? null : SimulatorState.Load(options.StateFile, options.Building, now);
        var what = options.Building with { HasControllableLoads = options.Control || options.Building.HasControllableLoads };
        model = new BuildingModel(what, saved?.Moment ?? BuildingModel.Begin(what, begin));
        if (options.WritesFile is not null) writes = new WriteLog(options.WritesFile, TimeProvider.System);
        Devices = [.. AddSmlMeters(saved), .. AddModbusMeters(), AddStorage(), .. AddMqttMeters(), .. options.Control ? AddControllable() : []];
        if (options.TruthFile is not null) truth = new TruthLog(options.TruthFile);
        model.AtQuarterHour = at => truth?.Write(at, Devices);
        model.At(now);
    }

    public IReadOnlyList<SimulatedDevice> Devices { get; }

    /// <summary>The grid operator's contacts at the I/O module.</summary>
    public Contacts Contacts { get; } = new();

    /// <summary>The building behind the devices.</summary>
    public BuildingModel Building => model;

    /// <summary>The registers behind a port of the building file, for simulations in model time without sockets.</summary>
    public IModbusServerStore Registers(int port) => stores[port];

    /// <summary>Sends and counts until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll([KeepAsync(cancellationToken), .. pushing.Select(d => d.RunAsync(cancellationToken)), .. publishing.Select(d => d.RunAsync(cancellationToken))]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }

        Save();
    }

    /// <summary>Switches a fault.</summary>
    /// <returns>False if there is no such device or it cannot have this fault.</returns>
    public async ValueTask<bool> SwitchAsync(FaultSwitch change)
    {
        ArgumentNullException.ThrowIfNull(change);
        foreach (var device in Devices)
        {
            if (change.Device is not null && change.Device != device.Id) continue;
            if (!await device.SwitchAsync(change.Fault, change.On)) continue;
            truth?.Write(model.At(time.GetUtcNow()).Second, change with { Device = device.Id });
            Save();
            return true;
        }

        return false;
    }

    /// <summary>Opens or closes a contact of the I/O module.</summary>
    /// <returns>False if there is no such module.</returns>
    public bool Switch(ContactSwitch change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!options.Control) return false;
        Contacts[change.Input] = change.Closed;
        writes?.Contact(Contacts.Names[change.Input], change.Closed);
        truth?.Write(model.At(time.GetUtcNow()).Second, $"{Contacts.Names[change.Input]} {(change.Closed ? "closed" : "open")}");
        return true;
    }

    /// <summary>Makes a consumer want this power from now on; absent: as its day goes.</summary>
    /// <param name="load"><c>wallbox</c>, <c>heat-pump</c> or <c>extra</c>.</param>
    /// <param name="watts">0 or more.</param>
    /// <returns>False if there is no such consumer.</returns>
    public bool Demand(string load, int? watts)
    {
        if (!options.Control || load is not ("wallbox" or "heat-pump" or "extra") || watts < 0) return false;
        model.Change(time.GetUtcNow(), moment => moment with
        {
            Loads = load switch
            {
                "wallbox" => moment.Loads! with { CarDemand = watts * 1000L },
                "heat-pump" => moment.Loads! with { HeatDemand = watts * 1000L },
                _ => moment.Loads! with { Extra = (watts ?? 0) * 1000L },
            },
        });
        return true;
    }

    /// <summary>Switches a fault at its times, counted from now.</summary>
    public async Task SwitchAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fault);
        await Task.Delay(fault.From, time, cancellationToken);
        await SwitchAsync(new FaultSwitch(fault.Fault, true, fault.Device));
        if (fault.To is not { } to) return;
        await Task.Delay(to - fault.From, time, cancellationToken);
        await SwitchAsync(new FaultSwitch(fault.Fault, false, fault.Device));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in pushing) await device.DisposeAsync();
        foreach (var device in publishing) await device.DisposeAsync();
        foreach (var host in hosts) await host.DisposeAsync();
        truth?.Dispose();
        writes?.Dispose();
    }

    private IEnumerable<SimulatedDevice> AddSmlMeters(SimulatorState? saved)
    {
        for (int i = 0; i < options.SmlTerminals.Count; i++)
        {
            int flat = i - 1;
            string id = flat < 0 ? "grid" : FormattableString.Invariant($"flat-{i}");
            var exchange = saved?.Exchanges.GetValueOrDefault(id) ?? MeterExchange.None;
            pushing.Add(new(id, options.SmlTerminals[i], 4711_000u + 1000u * (uint)i, model,
                flat < 0 ? MeterFace.Grid : at => MeterFace.Flat(at, flat % options.Building.Flats), exchange, time, SendPeriod));
        }

        return pushing;
    }

    /// <summary>A real meter sends each second; when model time runs fast, a hundred frames a second are enough for anybody.</summary>
    private TimeSpan SendPeriod => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((time is ModelTimeProvider clock ? clock.Factor : 1) / 100)));

    private IEnumerable<SimulatedDevice> AddMqttMeters()
    {
        if (options.Mqtt is not { } broker) return [];
        MqttMeterText[] texts = [MqttMeterText.Tasmota("tasmota"), MqttMeterText.Shelly("shelly"), MqttMeterText.Own("own-json")];
        foreach (var (i, text) in texts.Index())
        {
            int flat = i % options.Building.Flats;
            publishing.Add(new(broker, text, model, at => MeterFace.Flat(at, flat), time, SendPeriod, bringsBus: i == 0));
        }

        return publishing;
    }

    private List<SimulatedDevice> AddModbusMeters()
    {
        var (host, units) = AddHost(options.MeterPort);
        var meters = new List<SimulatedDevice> { new Sdm630Device("pv", 1, host, units, model, MeterFace.Pv, time) };
        for (int i = 0; i < options.Building.Flats; i++)
        {
            int flat = i;
            meters.Add(new Sdm630Device(FormattableString.Invariant($"sub-{i + 1}"), (byte)(i + 2), host, units, model, at => MeterFace.Flat(at, flat), time));
        }

        if (options.Control) meters.Add(new Sdm630Device("heat-pump", (byte)(options.Building.Flats + 2), host, units, model, MeterFace.HeatPump, time));
        return meters;
    }

    private SimulatedDevice AddStorage()
    {
        var (host, units) = AddHost(options.BatteryPort);
        return options.Building.Inverter == InverterKind.SetPoint
            ? new SetPointDevice("battery", host, units, model, time)
            : new StorageDevice("battery", host, units, model, time);
    }

    private IEnumerable<SimulatedDevice> AddControllable()
    {
        var (io, ioUnits) = AddHost(0);
        yield return new IoModuleDevice("io", io, ioUnits, Contacts, model, time);
        var (wallbox, wallboxUnits) = AddHost(0);
        yield return new WallboxDevice("wallbox", wallbox, wallboxUnits, model, time);
        var (inverter, inverterUnits) = AddHost(0);
        yield return new PvInverterDevice("pv-inverter", inverter, inverterUnits, model, time);
    }

    private (ModbusHost Host, UnitStore Units) AddHost(int port)
    {
        var units = new UnitStore(writes);
        var host = new ModbusHost(units, port);
        hosts.Add(host);
        stores[host.EndPoint.Port] = units;
        return (host, units);
    }

    /// <summary>Keeps the building moving when nobody reads it, and saves it.</summary>
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SavePeriod, time is ModelTimeProvider ? TimeProvider.System : time);
        while (await timer.WaitForNextTickAsync(cancellationToken)) Save();
    }

    private void Save()
    {
        var moment = model.At(time.GetUtcNow());
        if (options.StateFile is null) return;
        lock (saving) new SimulatorState(moment, pushing.ToDictionary(d => d.Id, d => d.Exchange)).Save(options.StateFile);
    }
}
