using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>Who drives, as the comparison on the measured past has chosen.</summary>
/// <param name="Name">Stable word for records and pages; drivers that differ in tolerance only have the same.</param>
/// <param name="Tolerance">EUR/kWh that a decision must be worth against self-consumption; infinite: the rule drives.</param>
public sealed record Driver(string Name, double Tolerance)
{
    /// <summary>The drivers that compete, in the order of <see cref="Shadow.DriverChoice"/>; the last one is the rule.</summary>
    public static IReadOnlyList<Driver> All { get; } =
        [new("optimiser", 1e-6), new("optimiser", 0.005), new("optimiser", 0.01), new("optimiser", 0.02), new("rule", double.PositiveInfinity)];

    public static Driver Optimiser => All[0];

    public bool IsRule => double.IsPositiveInfinity(Tolerance);
}

/// <summary>
/// Turns the plan into what the batteries shall do in each cycle: the control law with the measured net load and charge (dispatch-optimisation §6). While no new plan comes,
/// it goes on with the values of the later slots until the plan ends.
/// </summary>
/// <param name="gridTarget">Power at the connection while following, + import.</param>
/// <param name="withoutPlan">Why there is none while there is none.</param>
public sealed class PlanWishes(LimitSettings site, Power gridTarget, string withoutPlan = Causes.NoPlan) : IWishSource
{
    /// <summary>A mode stays at least so long, unless changing it is worth more than <see cref="WorthChanging"/> (§6, item 4).</summary>
    private static readonly Duration LeastStay = Duration.FromMinutes(2);

    /// <summary>EUR in what is left of the slot.</summary>
    private const double WorthChanging = 0.01;

    private const double LeastHours = 10 / 3600.0;

    private readonly PlanBattery battery = new(site);
    private volatile RollingPlan? plan;
    private volatile Driver driver = Driver.Optimiser;
    private (LawAnswer Answer, Duration Since)? held;

    public string Name => "plan";

    /// <summary>The plan that is followed; absent: none. Set from any thread.</summary>
    public RollingPlan? Plan
    {
        get => plan;
        set => plan = value;
    }

    /// <summary>Set from any thread.</summary>
    public Driver Driver
    {
        get => driver;
        set => driver = value;
    }

    /// <summary>What may be exported while feeding in costs money and the plants can be limited; absent otherwise.</summary>
    public Power? PaidExport(Instant at)
    {
        if (plan?.Horizon is not { CurtailableShare: > 0 } horizon || horizon.SlotAt(at) is not (>= 0 and var slot) || slot >= horizon.Count || horizon.Prices.Export[slot] >= 0) return null;
        return horizon.Prices.CoopExport is { } neighbours && neighbours.Price[slot] >= 0 ? Power.FromWatts((decimal)(neighbours.Power[slot] * 1000)) : Power.Zero;
    }

    public WishAnswer WishFor(ControlImage now)
    {
        ArgumentNullException.ThrowIfNull(now);
        var answer = Answer(now);
        if (answer.Wish is null) held = null;
        return answer;
    }

    private WishAnswer Answer(ControlImage now)
    {
        if (plan is not { } followed) return WishAnswer.Nothing(withoutPlan);
        int slot = followed.Horizon.SlotAt(now.At);
        if (slot < 0 || slot >= followed.Values.Length) return WishAnswer.Nothing(Causes.PlanOld);
        if (driver is var drives && drives.IsRule) return WishAnswer.Nothing(Causes.RuleDrives);
        if (battery.Share(now) is not { } share) return WishAnswer.Nothing(Causes.SoCUnknown);
        if (PlanBattery.NetLoad(now) is not { } netLoad) return WishAnswer.Nothing(Causes.MeterStale);
        double stored = share * followed.Horizon.Battery.EMax, hours = Math.Max(LeastHours, (followed.Horizon.StartOf(slot + 1) - now.At).TotalHours);
        double pv = (double)(now.Pv?.Value.Watts ?? 0) / 1000;
        var question = new LawQuestion(followed.Horizon, followed.Penalties, slot, followed.Values[slot].View, pv, stored, drives.Tolerance);
        var law = Stay(PlanLaw.Decide(in question, netLoad, hours), followed, slot, in question, netLoad, hours, now.Monotonic);
        return WishAnswer.Of(law.ToWish(gridTarget), followed.ReasonNow(slot, netLoad, law.Power, stored));
    }

    /// <summary>A young mode stays unless the new one is clearly worth it.</summary>
    private LawAnswer Stay(LawAnswer wanted, RollingPlan followed, int slot, in LawQuestion question, double netLoad, double hours, Duration at)
    {
        if (held is not { } before || before.Answer.Mode == wanted.Mode)
        {
            held = (wanted, held?.Since ?? at);
            return wanted;
        }

        var old = before.Answer with { Power = Math.Clamp(netLoad - before.Answer.GridTarget, before.Answer.Min, before.Answer.Max) };
        if (at - before.Since < LeastStay && question.Cost(netLoad, old.Power, hours) - question.Cost(netLoad, wanted.Power, hours) < WorthChanging) return old;
        held = (wanted, at);
        return wanted;
    }
}
