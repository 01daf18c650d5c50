using CoMaKo.Devices;

namespace CoMaKo.Edge.Publishing;

/// <summary>One scalar topic: its name, what it measures and how Home Assistant classes it.</summary>
/// <param name="Name">Last level of the topic.</param>
/// <param name="Measurand">What it carries of a reading; energies come from the register, not from the reading.</param>
/// <param name="Unit">Of the payload.</param>
/// <param name="Label">For people, English.</param>
/// <param name="DeviceClass">Home Assistant's word.</param>
internal sealed record PublishedQuantity(string Name, Measurand Measurand, string Unit, string Label, string DeviceClass)
{
    /// <summary>All of them, in the order in which they are shown. README.md beside this file lists them for people.</summary>
    public static IReadOnlyList<PublishedQuantity> All { get; } =
    [
        new("power", Measurand.ActivePower, "W", "Power", "power"),
        new("power_l1", Measurand.ActivePowerL1, "W", "Power L1", "power"),
        new("power_l2", Measurand.ActivePowerL2, "W", "Power L2", "power"),
        new("power_l3", Measurand.ActivePowerL3, "W", "Power L3", "power"),
        new("energy_import", Measurand.ActiveEnergyImport, "Wh", "Energy import", "energy"),
        new("energy_export", Measurand.ActiveEnergyExport, "Wh", "Energy export", "energy"),
        new("soc", Measurand.StateOfCharge, "%", "State of charge", "battery"),
        new("voltage_l1", Measurand.VoltageL1, "V", "Voltage L1", "voltage"),
        new("voltage_l2", Measurand.VoltageL2, "V", "Voltage L2", "voltage"),
        new("voltage_l3", Measurand.VoltageL3, "V", "Voltage L3", "voltage"),
        new("current_l1", Measurand.CurrentL1, "A", "Current L1", "current"),
        new("current_l2", Measurand.CurrentL2, "A", "Current L2", "current"),
        new("current_l3", Measurand.CurrentL3, "A", "Current L3", "current"),
        new("frequency", Measurand.Frequency, "Hz", "Frequency", "frequency"),
        new("temperature", Measurand.Temperature, "°C", "Temperature", "temperature"),
    ];

    /// <summary>Whether it only grows, apart from an exchanged meter.</summary>
    public bool IsEnergy => Unit == "Wh";
}
