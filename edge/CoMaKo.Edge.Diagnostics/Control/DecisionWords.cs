using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>A decision record in words.</summary>
internal static class DecisionWords
{
    public static string Trigger(Wording say, DecisionRecord record) => say.Find("trigger." + record.Trigger) ?? record.Trigger;

    /// <summary>The mode, and why if it is not the plan's.</summary>
    public static string Mode(Wording say, ControlMode mode, string? cause) =>
        cause is null ? say.Of(mode) : $"{say.Of(mode)}: {say.Find("cause." + cause) ?? cause}";

    /// <summary>A command, wish or range: one power, or from … to.</summary>
    public static string Range(Wording say, PowerRange? range) => range is not { } known ? "–"
        : known.Min == known.Max ? $"{say.Signed(known.Min)}\u00A0kW"
        : $"{say["battery.range", say.Signed(known.Min), say.Signed(known.Max)]}\u00A0kW";
}
