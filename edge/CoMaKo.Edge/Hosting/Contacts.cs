using CoMaKo.Devices;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Relays;
using CoMaKo.Edge.Configuration;

namespace CoMaKo.Edge.Hosting;

/// <summary>The building's contacts: those of the grid operator as inputs, those of heat pumps as outputs, on GPIO lines or on Modbus I/O modules.</summary>
internal sealed class Contacts : IAsyncDisposable
{
    private readonly Dictionary<string, LateChip> chips = new(StringComparer.Ordinal);

    /// <param name="log">Hears every change of an input.</param>
    public Contacts(Building building, Buses buses, IFrameTap frames, TimeProvider clock, Action<RelayEdge> log)
    {
        var lines = building.Relays.Where(r => r.Contact.Chip is not null)
            .Select(r => new GpioRelay(r.Meaning, Active(r), Chip(r.Contact.Chip!), r.Contact.Number, r.ClosedIsLow, r.Bias) { Debounce = r.Debounce });
        var modules = building.Relays.Where(r => r.Contact.Bus is not null)
            .Select(r => new ModbusRelay(r.Meaning, Active(r), buses.Modbus(r.Contact.Bus!).For(new(r.Contact.Bus!), new LinkStatistics(), frames), r.Contact.Bus!, r.Contact.Unit, (ushort)r.Contact.Number) { Debounce = r.Debounce });
        Signals = new RelayPanel([.. lines], [.. modules], clock, TimeProvider.System, log);
        HeatPumps =
        [
            .. PlantSettings.Loads(building).Where(d => d.Load!.SgReady is not null)
                .Select(d => new SgReadyLoad(Outputs(d.Load!.SgReady!, buses, frames), new(d.Id, d.Load.Rated), clock)),
        ];
    }

    public RelayPanel Signals { get; }

    public IReadOnlyList<SgReadyLoad> HeatPumps { get; }

    public async ValueTask DisposeAsync()
    {
        await Signals.DisposeAsync();
        foreach (var pump in HeatPumps) await pump.DisposeAsync();
        foreach (var chip in chips.Values) await chip.DisposeAsync();
    }

    private static ActiveContact Active(ConfiguredRelay relay) => relay.Contact.ActiveWhenClosed ? ActiveContact.Closed : ActiveContact.Open;

    private ISgReadyContacts Outputs(ConfiguredSgReady wiring, Buses buses, IFrameTap frames) => wiring.Chip is { } chip
        ? new SgReadyLines(Chip(chip), wiring.First, wiring.Second, wiring.ClosedIsLow)
        : new SgReadyCoils(buses.Modbus(wiring.Bus!).For(new(wiring.Bus!), new LinkStatistics(), frames), wiring.Unit, (ushort)wiring.First);

    private LateChip Chip(string name) => chips.TryGetValue(name, out var known) ? known : chips[name] = new(name);

    /// <summary>A chip that is opened when its first line is: one that is missing at the start makes its signals unknown and is tried again, it does not stop the gateway.</summary>
    private sealed class LateChip(string name) : IGpioLines
    {
        private readonly Lock gate = new();
        private GpioChip? chip;

        public string Name => chip?.Name ?? name;

        public IGpioInput OpenInput(int line, GpioInputOptions options) => Chip().OpenInput(line, options);

        public IGpioOutput OpenOutput(int line, bool level, string consumer) => Chip().OpenOutput(line, level, consumer);

        public ValueTask DisposeAsync() => chip?.DisposeAsync() ?? ValueTask.CompletedTask;

        private GpioChip Chip()
        {
            lock (gate) return chip ??= GpioChip.Open(name);
        }
    }
}
