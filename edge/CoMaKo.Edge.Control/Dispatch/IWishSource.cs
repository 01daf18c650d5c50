using CoMaKo.Edge.Control.Rolling;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Something that wants a mode of the batteries: plan, shadow's choice, hub. Asked in each cycle; computes and returns at once.</summary>
public interface IWishSource
{
    /// <summary>Stable name for records and pages, e.g. <c>plan</c>.</summary>
    string Name { get; }

    WishAnswer WishFor(ControlImage now);
}

/// <param name="Wish">Absent: nothing is wanted.</param>
/// <param name="Cause">Why nothing is wanted, e.g. <see cref="Causes.NoPlan"/>; absent beside a wish.</param>
public readonly record struct WishAnswer(BatteryWish? Wish, string? Cause)
{
    /// <summary>Why it is wanted; absent if the source does not say.</summary>
    public PlanReason? Reason { get; init; }

    public static WishAnswer Of(BatteryWish wish, PlanReason? reason = null) => new(wish, null) { Reason = reason };

    public static WishAnswer Nothing(string cause) => new(null, cause);
}
