using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Asks who wants something from the batteries; with nobody, self-consumption by rule.</summary>
internal sealed class WishBoard
{
    private readonly ImmutableArray<IWishSource> sources;
    private readonly BatteryWish rule;
    private readonly Power leastTarget;

    public WishBoard(DispatcherSettings settings, LimitSettings site, ImmutableArray<IWishSource> sources)
    {
        this.sources = sources;
        leastTarget = site.Contract.ZeroExport ? GridTargets.ZeroExport : -PowerMath.Unbounded;
        Power min = Power.Zero, max = Power.Zero;
        foreach (var battery in site.Batteries) (min, max) = (min + battery.Rated.Min, max + battery.Rated.Max);
        rule = new(BatteryMode.Balance, new(min, max), PowerMath.Max(settings.GridTarget, leastTarget));
    }

    public Chosen Ask(ControlImage now)
    {
        // A plan speaks of times of day: without a clock it says nothing.
        if (!now.ClockIsTrusted) return new(rule, null, Causes.Clock, null);
        string cause = Causes.NoPlan;
        string? failure = null;
        foreach (var source in sources)
        {
            try
            {
                var answer = source.WishFor(now);
                if (answer.Wish is { } wish) return new(Sane(wish), source.Name, null, failure) { Reason = answer.Reason };
                cause = answer.Cause ?? cause;
            }
            catch (Exception broken)
            {
                (cause, failure) = (Causes.Fault, $"{source.Name}: {broken.Message}");
            }
        }

        return new(rule, null, cause, failure);
    }

    /// <summary>Ends in order and no power beyond any building: the law computes with them.</summary>
    private BatteryWish Sane(BatteryWish wish)
    {
        var everything = new PowerRange(-PowerMath.Unbounded, PowerMath.Unbounded);
        Power a = everything.Clamp(wish.Bounds.Min), b = everything.Clamp(wish.Bounds.Max);
        return wish with { Bounds = new(PowerMath.Min(a, b), PowerMath.Max(a, b)), GridTarget = PowerMath.Max(everything.Clamp(wish.GridTarget), leastTarget) };
    }

    /// <param name="From">Absent: the rule.</param>
    /// <param name="Cause">Why it is the rule; absent if it is not.</param>
    /// <param name="Failure">A source that threw.</param>
    internal readonly record struct Chosen(BatteryWish Wish, string? From, string? Cause, string? Failure)
    {
        public PlanReason? Reason { get; init; }
    }
}
