using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>What device and battery management permit now; a faulted battery gets nothing.</summary>
internal sealed class RatingLimit(LimitSettings settings) : ILimit
{
    public string Name => "device";

    public LimitRank Rank => LimitRank.Device;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        var state = LimitState.Idle(LimitSource.Ratings);
        var ranges = ImmutableArray.CreateBuilder<PowerRange>(now.Batteries.Length);
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            var (battery, rated) = (now.Batteries[i], settings.Batteries[i].Rated);
            var range = battery.IsFaulted
                ? PowerRange.Pin(Power.Zero)
                : new PowerRange(PowerMath.Max(rated.Min, -(battery.MaxCharge ?? PowerMath.Unbounded)), PowerMath.Min(rated.Max, battery.MaxDischarge ?? PowerMath.Unbounded));
            ranges.Add(range);
            if (battery.IsFaulted) state = new(LimitKind.Active, LimitSource.DeviceFault, battery.Id.Value);
            else if (range != rated && state.Kind == LimitKind.Idle) state = new(LimitKind.Active, LimitSource.BatteryManagement, battery.Id.Value);
        }

        var permitted = ranges.MoveToImmutable();
        return new(allowed.NarrowCommands(permitted).NarrowFollowing(permitted), state);
    }
}
