using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator;

/// <summary>Which devices stand where and what is written down.</summary>
public sealed record SimulatorOptions
{
    public BuildingOptions Building { get; init; } = new();

    /// <summary>Terminals of the SML meters: the first is the grid meter, the others those of the flats 1, 2, …</summary>
    public required IReadOnlyList<string> SmlTerminals { get; init; }

    /// <summary>TCP port of the Modbus meters (unit 1 PV, units 2, 3, … the flats); 0 takes a free one.</summary>
    public int MeterPort { get; init; }

    /// <summary>TCP port of the storage inverter; 0 takes a free one.</summary>
    public int BatteryPort { get; init; }

    /// <summary>Broker through which three more meters publish the flats' consumption; absent for none.</summary>
    public (string Host, int Port)? Mqtt { get; init; }

    /// <summary>Whether there is something to control besides the storage: I/O module with the grid operator's contacts, wallbox, heat pump, PV inverter.</summary>
    public bool Control { get; init; }

    /// <summary>Where the building's state outlives the process; absent for none.</summary>
    public string? StateFile { get; init; }

    /// <summary>Where the exact totals at each quarter hour are appended as JSON lines; absent for none.</summary>
    public string? TruthFile { get; init; }

    /// <summary>Where every write that a device takes and every edge of a contact is appended as a JSON line; absent for none.</summary>
    public string? WritesFile { get; init; }
}
