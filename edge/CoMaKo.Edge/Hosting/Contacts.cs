using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Relays;
using CoMaKo.Edge.Configuration;

namespace CoMaKo.Edge.Hosting;

/// <summary>The building's contacts: those of the grid operator as inputs, those of heat pumps as outputs, on GPIO lines or on Modbus I/O modules.</summary>
internal sealed class Contacts : IAsyncDisposable
{
    /// <param name="chips">Shared; they belong to their owner.</param>
    /// <param name="log">Hears every change of an input.</param>
    public Contacts(Building building, Buses buses, Chips chips, IFrameTap frames, TimeProvider clock, Action<RelayEdge> log)
    {
        var lines = building.Relays.Where(r => r.Contact.Chip is not null)
            .Select(r => new GpioRelay(r.Meaning, Active(r), chips[r.Contact.Chip!], r.Contact.Number, r.ClosedIsLow, r.Bias) { Debounce = r.Debounce });
        var modules = building.Relays.Where(r => r.Contact.Bus is not null)
            .Select(r => new ModbusRelay(r.Meaning, Active(r), buses.Modbus(r.Contact.Bus!).For(new(r.Contact.Bus!), new LinkStatistics(), frames), r.Contact.Bus!, r.Contact.Unit, (ushort)r.Contact.Number) { Debounce = r.Debounce });
        Signals = new RelayPanel([.. lines], [.. modules], clock, TimeProvider.System, log);
        HeatPumps =
        [
            .. PlantSettings.Loads(building).Where(d => d.Load!.SgReady is not null)
                .Select(d => new SgReadyLoad(Outputs(d.Load!.SgReady!, buses, chips, frames), new(d.Id, d.Load.Rated), clock)),
        ];
    }

    public RelayPanel Signals { get; }

    public IReadOnlyList<SgReadyLoad> HeatPumps { get; }

    public async ValueTask DisposeAsync()
    {
        await Signals.DisposeAsync();
        foreach (var pump in HeatPumps) await pump.DisposeAsync();
    }

    private static ActiveContact Active(ConfiguredRelay relay) => relay.Contact.ActiveWhenClosed ? ActiveContact.Closed : ActiveContact.Open;

    private static ISgReadyContacts Outputs(ConfiguredSgReady wiring, Buses buses, Chips chips, IFrameTap frames) => wiring.Chip is { } chip
        ? new SgReadyLines(chips[chip], wiring.First, wiring.Second, wiring.ClosedIsLow)
        : new SgReadyCoils(buses.Modbus(wiring.Bus!).For(new(wiring.Bus!), new LinkStatistics(), frames), wiring.Unit, (ushort)wiring.First);
}
