using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>What the law says in one cycle.</summary>
/// <param name="Wanted">Power of all driven batteries together, + discharge; absent: keep what was last written (and renew its validity).</param>
/// <param name="NetLoad">House without batteries as estimated now, + towards the building; absent before the first meter sample.</param>
/// <param name="Events">What happened in this cycle and belongs in the journal; mostly empty.</param>
public readonly record struct BalancingStep(Power? Wanted, Power? NetLoad, BalancingState State, ImmutableArray<BalancingEvent> Events);

public enum BalancingState
{
    /// <summary>Follows the meter with the learned response of the batteries.</summary>
    Following,

    /// <summary>Follows slowly: the response of a battery is not learned yet, or the loop has oscillated.</summary>
    Cautious,

    /// <summary>The grid moved the wrong way: the batteries take small steps and what the meter says to them decides.</summary>
    CheckingMeterSign,

    /// <summary>The grid meter counts the wrong way round: release the batteries.</summary>
    Stopped,
}

/// <param name="Code">Stable code (<see cref="BalancingCodes"/>).</param>
/// <param name="Device">Whom it concerns; absent if it concerns the loop as a whole.</param>
/// <param name="Text">English, one sentence with what to do.</param>
public sealed record BalancingEvent(string Code, DeviceId? Device, string Text);

/// <summary>Stable codes of the law's events.</summary>
public static class BalancingCodes
{
    public const string NotFollowing = "CME-2051";
    public const string FollowsAgain = "CME-2052";
    public const string Oscillation = "CME-2053";
    public const string ResponseLearned = "CME-2054";
    public const string DelayMoved = "CME-2055";
    public const string MeterSignDoubted = "CME-2056";
    public const string MeterSignInverted = "CME-2057";
    public const string MeterSignFine = "CME-2058";
}
