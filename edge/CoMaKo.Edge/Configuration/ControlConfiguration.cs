using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>How a battery is commanded: key <c>control</c> of a battery. Without the key it is only read.</summary>
/// <param name="Follows">Who balances inside the quarter hour; absent: as the driver knows best.</param>
/// <param name="Rated">Commissioned charge (negative) and discharge power.</param>
/// <param name="Capacity">Usable energy.</param>
/// <param name="Validity">So long the inverter keeps a command that is not renewed.</param>
/// <param name="IsDimmable">A controllable consumer of §14a EnWG.</param>
public sealed record ConfiguredBattery(BatteryFollower? Follows, PowerRange Rated, Energy Capacity, Duration Validity, bool IsDimmable, Phases Phases)
{
    /// <summary>Share that comes back of what was charged, AC to AC; absent: the usual.</summary>
    public decimal? RoundTrip { get; init; }

    /// <summary>EUR per kWh discharged by which it ages; absent: the usual.</summary>
    public decimal? Wear { get; init; }
}

/// <summary>A PV plant behind the connection: key <c>feedIn</c> of its inverter or of its meter.</summary>
/// <param name="Installed">Peak power of the modules.</param>
/// <param name="Share">Greatest feed-in that always holds, as share of <paramref name="Installed"/>.</param>
/// <param name="IsLimited">Whether the gateway limits its output (SunSpec 123); otherwise only its size counts.</param>
public sealed record ConfiguredPlant(Power Installed, decimal Share, bool IsLimited, Phases Phases, Duration Validity);

/// <summary>A consumer that the grid operator may dim: key <c>controllable</c> of a device.</summary>
/// <param name="Least">Below this it stops (a wallbox: 6 A on its phases); absent: it can be limited to anything.</param>
/// <param name="SgReady">Contacts of a heat pump; absent: the device's profile has a register for the limit.</param>
public sealed record ConfiguredLoad(LoadKind Kind, Power Rated, Power? Least, ConfiguredSgReady? SgReady, Duration Validity);

/// <summary>The two contacts of an SG-Ready heat pump: coils of a Modbus I/O module, or lines of a GPIO chip.</summary>
/// <param name="Bus">Absent for lines.</param>
/// <param name="Chip">Absent for coils.</param>
/// <param name="ClosedIsLow">Lines only: a low level closes the contact.</param>
public sealed record ConfiguredSgReady(string? Bus, byte Unit, string? Chip, int First, int Second, bool ClosedIsLow);

/// <summary>One contact: an input of a Modbus I/O module, or a line of a GPIO chip.</summary>
/// <param name="Bus">Absent for a line.</param>
/// <param name="Chip">Absent for an I/O module.</param>
/// <param name="Number">Address of the input, or the line.</param>
/// <param name="ActiveWhenClosed">Whether the closed contact means that the signal is given.</param>
public sealed record ConfiguredContact(string? Bus, byte Unit, string? Chip, int Number, bool ActiveWhenClosed);

/// <summary>A contact of the grid operator: an entry of <c>relays</c>.</summary>
/// <param name="ClosedIsLow">Lines only: the contact closes to ground.</param>
public sealed record ConfiguredRelay(RelayMeaning Meaning, ConfiguredContact Contact, Duration Debounce, GpioBias Bias, bool ClosedIsLow);

/// <summary>Key <c>control</c>: what the building allows and aims at.</summary>
/// <param name="GridTarget">Power at the connection while following, + import; absent: the usual.</param>
/// <param name="PeakImport">Greatest 15-minute mean of import that peak shaving keeps; absent: none.</param>
public sealed record ControlConfiguration(
    SoCSettings SoC, ReserveSettings? Reserve, DimSettings Dim, FeedInSettings FeedIn, FuseSettings? Fuse, ContractSettings Contract, bool GridCharging, Power? GridTarget, Power? PeakImport)
{
    /// <summary>Of a building file that says nothing about control.</summary>
    public static readonly ControlConfiguration Usual = new(new(), null, new(), new(), null, new(), false, null, null);
}

/// <summary>Where the building stands, for the sun's position.</summary>
public sealed record Place(double LatitudeDegrees, double LongitudeDegrees);
