using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Keeps energy for an outage (local-control §3): towards the reserve the battery discharges less, at the reserve not at all, below it is filled again,
/// from own surplus or, where that is allowed, from the grid. Changes come as ramps, so that the house does not jump to the grid.
/// </summary>
internal sealed class ReserveLimit(LimitSettings settings) : ILimit, IRemembers
{
    /// <summary>Shares of rated power per second.</summary>
    private const decimal Ramp = 0.01m, StopRamp = 0.05m;
    private readonly ReserveLevel[] levels = new ReserveLevel[settings.Batteries.Length];
    private readonly (Power Most, Duration At)?[] ceilings = new (Power, Duration)?[settings.Batteries.Length];

    public string Name => "reserve";

    public LimitRank Rank => LimitRank.Reserve;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        if (settings.Reserve is not { } reserve) return new(allowed, LimitState.Idle(LimitSource.Reserve));
        var state = LimitState.Idle(LimitSource.Reserve);
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (now.Batteries[i].SoC is { } soc) levels[i] = Level(Math.Min(soc.Percent, now.Batteries[i].DoubtedSoC?.Percent ?? 100) - reserve.Percent, levels[i]);
        }

        var surplus = SharedSurplus(now);
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (Ceiling(i, now, surplus) is not { } most) continue;
            // An own loop absorbs the surplus by itself; only charging from the grid has to be forced on it.
            bool isForced = settings.GridChargeAllowed && levels[i] >= ReserveLevel.FillSlowly;
            allowed = allowed.NarrowBattery(i, PowerMath.AtMost(isForced ? most : PowerMath.Max(most, Power.Zero)), Name).NarrowCommand(i, PowerMath.AtMost(most), Name);
            state = new(LimitKind.Active, LimitSource.Reserve, now.Batteries[i].Id.Value, PowerMath.Abs(most));
        }

        return new(allowed, state);
    }

    public LimitMemory Remember(LimitMemory memory) => memory with
    {
        Reserve = levels.Select((level, i) => KeyValuePair.Create(settings.Batteries[i].Id.Value, level)).Where(l => l.Value != ReserveLevel.Free).ToImmutableDictionary(),
    };

    public void Recall(LimitMemory memory)
    {
        for (int i = 0; i < levels.Length; i++) levels[i] = memory.Reserve.GetValueOrDefault(settings.Batteries[i].Id.Value);
    }

    /// <summary>Worse at once; better only above the reserve.</summary>
    private static ReserveLevel Level(decimal above, ReserveLevel before)
    {
        var here = above switch
        {
            <= -4 => ReserveLevel.FillFast,
            <= -2 => ReserveLevel.FillSlowly,
            <= -1 => ReserveLevel.FillFromSurplus,
            <= 0 => ReserveLevel.Hold,
            <= 1 => ReserveLevel.Half,
            _ => ReserveLevel.Free,
        };
        return above >= 1 || here > before ? here : before;
    }

    private Power? Ceiling(int i, ControlImage now, Power surplus)
    {
        var rated = settings.Batteries[i].Rated;
        var target = Target(levels[i], rated, surplus);
        if (ceilings[i] is not { } before)
        {
            // The first look after a start: there is nothing to ramp from.
            ceilings[i] = levels[i] == ReserveLevel.Free ? null : (target, now.Monotonic);
            return ceilings[i]?.Most;
        }

        decimal seconds = (decimal)Math.Clamp((now.Monotonic - before.At).TotalSeconds, 0, 100);
        bool stops = target < before.Most && before.Most > Power.Zero;
        var step = rated.Max.Scale(seconds * (stops ? StopRamp : Ramp));
        var most = target < before.Most
            ? PowerMath.Max(before.Most - step, stops ? PowerMath.Max(target, Power.Zero) : target)
            : PowerMath.Min(before.Most + step, target);
        ceilings[i] = levels[i] == ReserveLevel.Free && most >= rated.Max ? null : (most, now.Monotonic);
        return ceilings[i]?.Most;
    }

    private Power Target(ReserveLevel level, PowerRange rated, Power surplus) => level switch
    {
        ReserveLevel.Free => rated.Max,
        ReserveLevel.Half => rated.Max.Scale(0.5m),
        _ when level == ReserveLevel.Hold || !settings.Reserve!.Refill => Power.Zero,
        ReserveLevel.FillSlowly when settings.GridChargeAllowed => PowerMath.Min(rated.Min.Scale(0.1m), -surplus),
        ReserveLevel.FillFast when settings.GridChargeAllowed => PowerMath.Min(rated.Min.Scale(0.5m), -surplus),
        _ => -surplus,
    };

    /// <summary>What each battery that has to be filled may count on.</summary>
    private Power SharedSurplus(ControlImage now)
    {
        var surplus = PowerMath.Max(-(SiteBalance.Of(now).NetLoad ?? Power.Zero), Power.Zero);
        int filling = levels.Count(l => l >= ReserveLevel.FillFromSurplus);
        return filling > 1 ? surplus.Scale(1m / filling) : surplus;
    }
}

/// <summary>From free to worst.</summary>
public enum ReserveLevel
{
    /// <summary>More than 1 % above the reserve.</summary>
    Free,

    /// <summary>Discharge with half the rated power.</summary>
    Half,

    /// <summary>No discharge.</summary>
    Hold,

    /// <summary>1 % below: charge from surplus.</summary>
    FillFromSurplus,

    /// <summary>2 % below: charge with 10 % of rated power where grid charging is allowed.</summary>
    FillSlowly,

    /// <summary>4 % below: with 50 %.</summary>
    FillFast,
}
