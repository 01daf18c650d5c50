using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>What the control loop does now. Pages look at it a few times a second; nobody is called back.</summary>
public interface IControlSource
{
    /// <summary>The state of the newest cycle, a new object per cycle; absent if this building has nothing to control. Safe from any thread.</summary>
    ControlState? Current { get; }
}

/// <summary>One control cycle as people look at it. Power is + towards the building: discharge, import.</summary>
/// <param name="At">When the cycle ran; an old one means that control stands still.</param>
/// <param name="Since">Since when <paramref name="Mode"/> is what it is.</param>
/// <param name="Cause">Why this mode, as a stable code, e.g. <c>no-plan</c>, <c>meter-stale</c>, <c>clock</c>; absent for <see cref="ControlMode.Planned"/>. Words: <c>cause.CODE</c> in the page's texts.</param>
/// <param name="Reason">Why the batteries do what they do now; absent if nothing is commanded.</param>
/// <param name="Batteries">Every controllable battery, in the building file's order.</param>
/// <param name="Limits">Limits of the batteries' power in rank order, strictest rank first; also those without effect.</param>
/// <param name="Relays">Every wired contact.</param>
/// <param name="Lock">Absent while no technician has locked control.</param>
public sealed record ControlState(
    Instant At, ControlMode Mode, Instant Since, string? Cause, Reason? Reason,
    IReadOnlyList<BatteryRow> Batteries, IReadOnlyList<LimitRow> Limits, IReadOnlyList<RelayRow> Relays, LockRow? Lock)
{
    /// <summary>The plan that is followed, or was last; absent if none was ever made.</summary>
    public PlanHead? Plan { get; init; }

    /// <summary>Greatest import at the connection now; absent: no limit.</summary>
    public Power? GridImport { get; init; }

    /// <summary>Greatest export at the connection now, a magnitude; absent: no limit.</summary>
    public Power? GridExport { get; init; }

    /// <summary>Greatest output of all PV plants now; absent: no limit.</summary>
    public Power? PvOutput { get; init; }

    /// <summary>Charge that is kept for an outage, percent; absent: none.</summary>
    public decimal? ReservePercent { get; init; }
}

/// <summary>The fallback ladder, one word on the page (architecture §4).</summary>
public enum ControlMode
{
    Planned,

    /// <summary>Without a plan: self-consumption.</summary>
    Balancing,

    /// <summary>The last command stays; nothing is increased.</summary>
    Hold,

    /// <summary>The batteries are in their own mode; nothing is commanded.</summary>
    Released,
}

/// <summary>One battery under control.</summary>
/// <param name="Rating">Charge (negative) to discharge (positive) power of the device.</param>
/// <param name="Power">As measured, + discharge; absent if unknown.</param>
/// <param name="SoCPercent">0 to 100; absent if unknown.</param>
/// <param name="Allowed">After all limits.</param>
/// <param name="Command">What was last written and still holds; absent if nothing is commanded.</param>
/// <param name="ReadBack">What the device says it holds; absent if unknown or nothing.</param>
/// <param name="WriteFault">Why the last write did not count; absent after a good one.</param>
/// <param name="Verified">The evidence that commands do what they should; absent: read-only until the write test has passed.</param>
/// <param name="Alarms">What the device or the supervision of its answers complains about; stable code and an English sentence.</param>
public sealed record BatteryRow(
    DeviceId Device, PowerRange Rating, Power? Power, decimal? SoCPercent, PowerRange Allowed, PowerRange? Command, PowerRange? ReadBack,
    CodedText? WriteFault, Verification? Verified, IReadOnlyList<CodedText> Alarms);

/// <param name="At">When the test passed.</param>
/// <param name="By">Account of the technician.</param>
/// <param name="ResponseTime">From the write until the measured power had moved.</param>
/// <param name="DeviationPercent">Between commanded and delivered power.</param>
public sealed record Verification(Instant At, string By, Duration ResponseTime, decimal DeviationPercent);

/// <summary>One limit and what it leaves of the range of all batteries together.</summary>
/// <param name="Name">Stable name, e.g. <c>device</c>, <c>dim-14a</c>, <c>eeg-9</c>, <c>grid-charge</c>. Words: <c>limit.NAME</c> in the page's texts.</param>
/// <param name="Source">Who or what asks for it, e.g. <c>DimRelay</c>, <c>SoCWindow</c>. Words: <c>LimitSource.NAME</c>.</param>
/// <param name="Detail">What the source cannot say: a relay's line, a directive's id, a device, the lost signal of a failsafe limit; absent if there is nothing to add.</param>
/// <param name="Since">Since when it stands as it stands; absent if always.</param>
/// <param name="Value">The number that people know it by, a magnitude; absent where it is none.</param>
/// <param name="Before">Range of all batteries that the limits above left.</param>
/// <param name="After">What this one leaves of it.</param>
public sealed record LimitRow(string Name, LimitStand Stand, string Source, string? Detail, Instant? Since, Power? Value, PowerRange Before, PowerRange After)
{
    /// <summary>It could not be kept beside a stricter-ranked one.</summary>
    public bool IsConflict { get; init; }

    /// <summary>It takes something away from the batteries.</summary>
    public bool HasEffect => Before != After;
}

/// <summary>How a limit stands.</summary>
public enum LimitStand
{
    /// <summary>Asks for nothing now.</summary>
    Idle,
    Active,

    /// <summary>The state of its input is not known: the safe limit is in force.</summary>
    Failsafe,
}

/// <summary>One contact of the grid operator.</summary>
/// <param name="IsActive">Absent while unknown; the failsafe limit applies then.</param>
/// <param name="Source">E.g. <c>gpiochip0 line 17</c>.</param>
/// <param name="IsClosed">Whether the contact is closed, as a technician sees it with a meter, whatever that means by its wiring; absent while unknown.</param>
/// <param name="Edges">Changes seen since the start.</param>
public sealed record RelayRow(RelayMeaning Meaning, bool? IsActive, Instant Since, string Source, bool? IsClosed, long Edges);

/// <summary>A technician has stopped control, e.g. to work on the plant.</summary>
/// <param name="By">Account.</param>
/// <param name="Until">When it ends by itself; absent: by hand only.</param>
public sealed record LockRow(Instant Since, string By, string? Note, Instant? Until);

/// <summary>A stable code with one English sentence; the page has words for the codes it knows.</summary>
public sealed record CodedText(string Code, string Text);
