using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Turns what may be exported into what the PV plants may produce. House and batteries come first: a plant is limited only to what house, batteries and limit can take together,
/// and further if there is still too much export when the batteries have had their time. Output is given back slowly (local-control §3, §6.2).
/// </summary>
internal sealed class PvOutputRule : IRemembers
{
    /// <summary>Shares of installed power: room before more is given back; distance to the limit at which nothing is.</summary>
    private const decimal Room = 0.03m, Near = 0.01m;
    private readonly LimitSettings settings;
    private readonly Power installed;
    private Power? most;
    private Duration at;
    private Duration? tooMuchSince;

    public PvOutputRule(LimitSettings settings)
    {
        this.settings = settings;
        installed = new(settings.Plants.Sum(p => p.Installed.Milliwatts));
    }

    public AllowedRanges Apply(AllowedRanges allowed, ControlImage now)
    {
        if (settings.Plants.IsEmpty || (allowed.GridExport is null && most is null)) return allowed;
        var rise = installed.Scale(settings.FeedIn.ReleasePerMinute * (decimal)Math.Clamp((now.Monotonic - at).TotalMinutes, 0, 60));
        at = now.Monotonic;
        var takeable = Takeable(allowed, now);
        Power export = SiteBalance.Fresh(now.Grid, now) is { } grid ? -grid : -PowerMath.Unbounded;
        var limit = allowed.GridExport ?? PowerMath.Unbounded;
        bool batteriesCan = BatteryRoom(allowed, now) > installed.Scale(Near);
        most = most is { } before ? Moved(before, takeable, rise, isNear: !batteriesCan && export > limit - installed.Scale(Near)) : takeable;
        if (IsTooMuch(now, export > limit, batteriesCan) && SiteBalance.Fresh(now.Pv, now) is { } pv)
            most = PowerMath.Min(most.Value, PowerMath.Max(pv - (export - limit), Power.Zero));
        if (most >= installed) most = null;
        return most is { } value ? allowed.NarrowPvOutput(value) : allowed;
    }

    public LimitMemory Remember(LimitMemory memory) => memory with { PvOutput = most };

    public void Recall(LimitMemory memory) => most = memory.PvOutput;

    private Power Moved(Power before, Power takeable, Power rise, bool isNear)
    {
        if (takeable <= before) return takeable;
        bool isWorthIt = takeable - before > installed.Scale(Room) || takeable >= installed;
        return isWorthIt && !isNear ? PowerMath.Min(before + rise, takeable) : before;
    }

    /// <summary>What house, batteries and limit can take together; with unknown readings no more than the limit itself.</summary>
    private static Power Takeable(AllowedRanges allowed, ControlImage now)
    {
        if (allowed.GridExport is not { } limit) return PowerMath.Unbounded;
        if (SiteBalance.Of(now).NetLoad is not { } netLoad || SiteBalance.Fresh(now.Pv, now) is not { } pv) return limit;
        var sum = limit + netLoad + pv;
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            // The bounds of own loops: what the commands leave depends on the very surplus that is being cut here.
            if (now.Batteries[i].IsControlled) sum += PowerMath.Max(-allowed.Following[i].Min, Power.Zero);
        }

        return PowerMath.Max(sum, limit);
    }

    /// <summary>How much more the batteries could take than the limits make them take now.</summary>
    private static Power BatteryRoom(AllowedRanges allowed, ControlImage now)
    {
        var sum = Power.Zero;
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (now.Batteries[i].IsControlled) sum += PowerMath.Max(allowed.Batteries[i].Max - allowed.Following[i].Min, Power.Zero);
        }

        return sum;
    }

    private bool IsTooMuch(ControlImage now, bool isNow, bool batteriesCan)
    {
        tooMuchSince = isNow ? tooMuchSince ?? now.Monotonic : null;
        var patience = !batteriesCan ? Duration.Zero : settings.Contract.ZeroExport ? settings.FeedIn.BatteryFirstAtZeroExport : settings.FeedIn.BatteryFirst;
        return now.Monotonic - tooMuchSince >= patience;
    }
}
