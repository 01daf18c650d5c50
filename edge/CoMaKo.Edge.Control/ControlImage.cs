using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control;

/// <summary>The process image of one control cycle: every input frozen at one instant, with its age. Nothing in a cycle reads anything else.</summary>
/// <param name="At">Wall clock of the cycle.</param>
/// <param name="Monotonic">The same moment on the clock that never steps; all ages are differences to it.</param>
/// <param name="ClockIsTrusted">Without it no schedule is executed: balancing and grid-operator limits only.</param>
/// <param name="Grid">Power at the grid connection, + import; absent before the first reading.</param>
/// <param name="GridPhases">The same per phase L1–L3; empty if the meter does not tell.</param>
/// <param name="Pv">Production of all PV plants; absent if there is none or it is not known.</param>
/// <param name="Batteries">Every battery of the building file, in its order.</param>
/// <param name="Loads">Every controllable consumer (wallbox, heat pump), in the file's order.</param>
/// <param name="Relays">Contacts of the grid operator.</param>
public sealed record ControlImage(
    Instant At, Duration Monotonic, bool ClockIsTrusted, Measured? Grid, ImmutableArray<Power> GridPhases, Measured? Pv,
    ImmutableArray<BatteryImage> Batteries, ImmutableArray<LoadImage> Loads, RelayImage Relays)
{
    /// <summary>What people and the hub have ordered.</summary>
    public ControlOrders Orders { get; init; } = ControlOrders.None;
}

/// <summary>A measured power with the moment at which it arrived.</summary>
/// <param name="Monotonic">When its last byte arrived, on the clock of <see cref="ControlImage.Monotonic"/>; equal for a repeated sample.</param>
/// <param name="Period">How often a new one is expected.</param>
public readonly record struct Measured(Power Value, Duration Monotonic, Duration Period)
{
    public Duration AgeAt(Duration now) => now - Monotonic;
}

/// <summary>A battery as last read.</summary>
/// <param name="Power">+ discharge; absent before the first reading.</param>
/// <param name="SoC">State of charge as last read; absent before the first reading.</param>
/// <param name="MaxCharge">What the BMS permits now, a magnitude; absent if the device does not tell.</param>
/// <param name="MaxDischarge">The same for discharge.</param>
/// <param name="TemperatureCelsius">Of the cells; absent if the device does not tell.</param>
/// <param name="IsOnGrid">False in backup mode; absent if the device does not tell.</param>
/// <param name="IsFaulted">The driver has given up for now, or the device reports a fault.</param>
public sealed record BatteryImage(
    DeviceId Id, Measured? Power, MeasuredSoC? SoC, Power? MaxCharge, Power? MaxDischarge, decimal? TemperatureCelsius, bool? IsOnGrid, bool IsFaulted)
{
    /// <summary>False while commands do not reach it (not verified, not controllable, in its own mode): it then counts as part of the house.</summary>
    public bool IsControlled { get; init; } = true;

    /// <summary>
    /// What it contributed to the last sample of the grid meter, by the model of its commands; absent: as measured. Meter and battery are read at different
    /// moments, and their sum is only the house if both speak of the same one (local-control §2.1).
    /// </summary>
    public Power? PowerAtMeter { get; init; }

    /// <summary>The other value between which and <see cref="SoC"/> the truth lies while a jump is not confirmed; absent: no doubt.</summary>
    public MeasuredSoC? DoubtedSoC { get; init; }
}

/// <param name="Percent">0 to 100.</param>
public readonly record struct MeasuredSoC(decimal Percent, Duration Monotonic)
{
    public Duration AgeAt(Duration now) => now - Monotonic;
}

/// <summary>A consumer that the grid operator may dim, as last read.</summary>
/// <param name="Power">+ towards the consumer; absent if it is not measured or not known.</param>
public sealed record LoadImage(DeviceId Id, Measured? Power);
