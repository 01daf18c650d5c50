using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>The plant and its limits, as the building file gives them. Defaults are the values of the regulations (local-control §3, §6).</summary>
/// <param name="Batteries">In the order of <see cref="ControlImage.Batteries"/>.</param>
/// <param name="Loads">In the order of <see cref="ControlImage.Loads"/>.</param>
/// <param name="Plants">PV plants behind the connection.</param>
public sealed record LimitSettings(ImmutableArray<BatterySite> Batteries, ImmutableArray<LoadSite> Loads, ImmutableArray<PlantSite> Plants)
{
    public SoCSettings SoC { get; init; } = new();

    public TemperatureSettings Temperature { get; init; } = new();

    public DimSettings Dim { get; init; } = new();

    public FeedInSettings FeedIn { get; init; } = new();

    /// <summary>Absent: the connection is not watched.</summary>
    public FuseSettings? Fuse { get; init; }

    /// <summary>Greatest difference between phases by single-phase devices: 4.6 kVA (VDE-AR-N 4100, 5.5).</summary>
    public Power Unbalance { get; init; } = Power.FromWatts(4600);

    /// <summary>Absent: no reserve is kept.</summary>
    public ReserveSettings? Reserve { get; init; }

    public ContractSettings Contract { get; init; } = new();

    /// <summary>Whether batteries may be charged from the grid. Off: stored energy keeps its origin in EEG plants (local-control §6.4).</summary>
    public bool GridChargeAllowed { get; init; }
}

/// <param name="Rated">Commissioned charge (negative) and discharge power.</param>
/// <param name="Capacity">Usable energy; absent: a state of charge that stands still cannot be noticed.</param>
public sealed record BatterySite(DeviceId Id, PowerRange Rated, Energy? Capacity = null)
{
    public Phases Phases { get; init; } = Phases.All;

    /// <summary>Whether it is a controllable consumer of §14a EnWG: above 4.2 kW, commissioned from 2024 or moved over.</summary>
    public bool IsDimmable { get; init; } = true;
}

/// <param name="Rated">Greatest power that it draws.</param>
public sealed record LoadSite(DeviceId Id, Power Rated, LoadKind Kind);

public enum LoadKind
{
    Wallbox,
    HeatPump,
    Cooling,
}

/// <param name="Installed">Peak power of the modules.</param>
public sealed record PlantSite(DeviceId Id, Power Installed)
{
    /// <summary>Greatest feed-in as share of <see cref="Installed"/> that always holds: 0.6 or 0.7 where the law asks for it (local-control §6.2), else 1.</summary>
    public decimal StaticShare { get; init; } = 1;

    public Phases Phases { get; init; } = Phases.All;
}

/// <summary>Phases that a device is connected to; one or all three.</summary>
[Flags]
public enum Phases
{
    L1 = 1,
    L2 = 2,
    L3 = 4,
    All = L1 | L2 | L3,
}

/// <summary>Percent. Hard limits hold at once, the window with hysteresis.</summary>
public sealed record SoCSettings
{
    public decimal HardMin { get; init; } = 3;

    public decimal HardMax { get; init; } = 100;

    public decimal WindowMin { get; init; } = 5;

    public decimal WindowMax { get; init; } = 100;

    public decimal Hysteresis { get; init; } = 2;

    /// <summary>Older than this: no more power than then (local-control §5).</summary>
    public Duration OldAfter { get; init; } = Duration.FromSeconds(60);

    /// <summary>Older than this: no discharge.</summary>
    public Duration UnknownAfter { get; init; } = Duration.FromMinutes(10);

    /// <summary>A jump by more than this counts only after <see cref="JumpConfirmedAfter"/>.</summary>
    public decimal Jump { get; init; } = 5;

    public Duration JumpConfirmedAfter { get; init; } = Duration.FromSeconds(60);

    /// <summary>A value that stands still while this share of the capacity (percent) has passed through is not believed.</summary>
    public decimal StuckAfter { get; init; } = 10;
}

/// <summary>Cell temperatures in °C inside which a battery may work.</summary>
public sealed record TemperatureSettings
{
    public decimal ChargeMin { get; init; }

    public decimal ChargeMax { get; init; } = 50;

    public decimal DischargeMin { get; init; } = -10;

    public decimal DischargeMax { get; init; } = 55;

    public decimal Hysteresis { get; init; } = 2;
}

/// <summary>§14a EnWG as laid down in BK6-22-300; every number may be set.</summary>
public sealed record DimSettings
{
    /// <summary>Whether a relay of the grid operator is wired: without a known state of it the limit holds.</summary>
    public bool HasRelay { get; init; }

    public DimMode Mode { get; init; } = DimMode.Group;

    /// <summary>What each device keeps at least.</summary>
    public Power PerDevice { get; init; } = Power.FromWatts(4200);

    /// <summary>Heat pumps and cooling above this keep a share of their rated power instead.</summary>
    public Power LargeAbove { get; init; } = Power.FromWatts(11_000);

    public decimal LargeShare { get; init; } = 0.4m;

    /// <summary>Simultaneity factors for 2, 3, … devices; the last one holds for all greater numbers (BK6-22-300, annex 1).</summary>
    public ImmutableArray<decimal> Simultaneity { get; init; } = [0.80m, 0.75m, 0.70m, 0.65m, 0.60m, 0.55m, 0.50m, 0.45m];

    /// <summary>The group's limit if the grid operator has agreed on another; absent: by the formula.</summary>
    public Power? GroupLimit { get; init; }

    /// <summary>Weight of a device in the sharing of the limit; a device that is not named weighs its own minimum in kilowatts.</summary>
    public ImmutableDictionary<DeviceId, decimal> Weights { get; init; } = ImmutableDictionary<DeviceId, decimal>.Empty;
}

public enum DimMode
{
    /// <summary>The grid operator dims each device: each keeps its own minimum.</summary>
    PerDevice,

    /// <summary>One value for all devices together, shared out by the gateway as energy management system.</summary>
    Group,
}

/// <summary>§9 EEG.</summary>
public sealed record FeedInSettings
{
    /// <summary>Contacts that are wired: one whose state is not known counts as closed.</summary>
    public ImmutableArray<RelayMeaning> Relays { get; init; } = [];

    /// <summary>What holds while no contact of a four-contact receiver is closed (commissioning item).</summary>
    public FeedInDefault WhenNoneActive { get; init; } = FeedInDefault.Full;

    /// <summary>Greatest share of installed power while a contact's state is not known; absent: as if that contact were closed.</summary>
    public decimal? FailsafeShare { get; init; }

    /// <summary>How fast a plant's output is released again, as share of installed power per minute.</summary>
    public decimal ReleasePerMinute { get; init; } = 0.10m;

    /// <summary>So long may batteries with room take to absorb what is too much; then the plants are limited. In effect after 10 s (local-control §6.2).</summary>
    public Duration BatteryFirst { get; init; } = Duration.FromSeconds(8);

    /// <summary>The same where nothing may be exported: back at 0 W after 5 s (local-control §3).</summary>
    public Duration BatteryFirstAtZeroExport { get; init; } = Duration.FromSeconds(3);
}

public enum FeedInDefault
{
    Full,

    /// <summary>The stage that was last asked for goes on.</summary>
    LastStage,
}

/// <param name="ImportPerPhase">Rated power of the fuse, per phase.</param>
/// <param name="ExportPerPhase">The same for feed-in.</param>
public sealed record FuseSettings(Power ImportPerPhase, Power ExportPerPhase);

/// <param name="Percent">State of charge that is kept for an outage.</param>
public sealed record ReserveSettings(decimal Percent)
{
    /// <summary>Whether an empty reserve is filled by force; otherwise it only is not discharged.</summary>
    public bool Refill { get; init; } = true;
}

/// <summary>Limits of contracts, magnitudes at the connection; absent: none.</summary>
public sealed record ContractSettings
{
    public bool ZeroExport { get; init; }

    public Power? ExportMax { get; init; }

    public Power? ImportMax { get; init; }
}
