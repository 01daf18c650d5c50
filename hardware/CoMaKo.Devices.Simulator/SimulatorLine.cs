using System.Globalization;
using CoMaKo.Devices.Simulator.Devices;

namespace CoMaKo.Devices.Simulator;

/// <summary>A line that a person or a test types while the simulator runs.</summary>
internal static class SimulatorLine
{
    public const string Forms = "fault NAME [on|off] [DEVICE] | contact NAME [on|off] | demand wallbox|heat-pump|extra WATTS|off";

    /// <returns>False if the line has another form or there is nothing that could obey it.</returns>
    public static async ValueTask<bool> ObeyAsync(string line, SimulatedBuilding building)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length < 2) return false;
        return words[0] switch
        {
            "fault" => FaultSwitch.Parse(words[1]) is { } fault && await building.SwitchAsync(fault),
            "contact" => ContactSwitch.Parse(words[1]) is { } contact && building.Switch(contact),
            "demand" => Demand(words[1], building),
            _ => false,
        };
    }

    private static bool Demand(string text, SimulatedBuilding building)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 2) return false;
        if (words[1] == "off") return building.Demand(words[0], null);
        return int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int watts) && watts <= 50_000 && building.Demand(words[0], watts);
    }
}
