using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>A device of the simulated building on a real terminal or socket.</summary>
public abstract class SimulatedDevice(string id)
{
    /// <summary>Its name in faults, building file and truth log.</summary>
    public string Id { get; } = id;

    /// <summary>Where it can be reached and what it speaks, for the ready line.</summary>
    public abstract object Describe();

    /// <summary>What a gateway needs in its building file to read it.</summary>
    public abstract BuildingFileLines BuildingLines();

    /// <summary>What its registers would show at this moment without faults; a swapped meter counts from its own 0. Absent if it counts nothing.</summary>
    public abstract DeviceTruth? Truth(BuildingMoment at);

    /// <summary>Switches a fault.</summary>
    /// <returns>False if this device cannot have it.</returns>
    public abstract ValueTask<bool> SwitchAsync(Fault fault, bool on);
}

/// <summary>What stands in the building file's lists.</summary>
/// <param name="Bus">In <c>buses</c>; absent if another device brings the bus.</param>
/// <param name="Device">In <c>devices</c>, without the closing brace; absent if it is none.</param>
/// <param name="Control">Further keys of the device for a gateway that controls it.</param>
public sealed record BuildingFileLines(string? Bus, string? Device, string? Control = null)
{
    /// <summary>Lines of <c>relays</c>.</summary>
    public IReadOnlyList<string> Relays { get; init; } = [];
}

/// <summary>One device in the truth log.</summary>
/// <param name="ServerId">Identity in lower-case hex where the device has one.</param>
/// <param name="Import">Milliwatt seconds of its import register (battery: charged).</param>
/// <param name="Export">Milliwatt seconds of its export register (PV: produced, battery: discharged).</param>
public sealed record DeviceTruth(string? ServerId, long Import, long Export);
