using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control;

/// <summary>
/// What may be done in this cycle. Starts as the ratings of the devices; each <see cref="ILimit"/> may only shrink it, which the narrowing methods enforce.
/// </summary>
/// <param name="Batteries">Range of each battery, + discharge, in the order of <see cref="ControlImage.Batteries"/>.</param>
/// <param name="Loads">Greatest power of each controllable consumer, in the order of <see cref="ControlImage.Loads"/>.</param>
/// <param name="GridImport">Greatest import at the connection; absent: none asked for.</param>
/// <param name="GridExport">Greatest export at the connection, a magnitude; absent: none asked for.</param>
/// <param name="PvOutput">Greatest output of all PV plants; absent: none asked for.</param>
/// <param name="Conflicts">Limits that could not be kept beside a stricter-ranked one; they took the nearest point of it.</param>
public sealed record AllowedRanges(
    ImmutableArray<PowerRange> Batteries, ImmutableArray<Power> Loads, Power? GridImport, Power? GridExport, Power? PvOutput, ImmutableArray<string> Conflicts)
{
    /// <summary>Shrinks the range of one battery; where nothing would remain, the nearest point of the earlier range is kept and the conflict noted.</summary>
    public AllowedRanges NarrowBattery(int battery, PowerRange to, string limit)
    {
        var from = Batteries[battery];
        var (min, max) = (from.Clamp(to.Min), from.Clamp(to.Max));
        bool isEmpty = to.Min > from.Max || to.Max < from.Min;
        return this with
        {
            Batteries = Batteries.SetItem(battery, new(min, max)),
            Conflicts = isEmpty ? Conflicts.Add(limit) : Conflicts,
        };
    }

    public AllowedRanges NarrowLoad(int load, Power most) => this with { Loads = Loads.SetItem(load, Least(Loads[load], most)) };

    public AllowedRanges NarrowGridImport(Power most) => this with { GridImport = Least(GridImport ?? most, most) };

    public AllowedRanges NarrowGridExport(Power most) => this with { GridExport = Least(GridExport ?? most, most) };

    public AllowedRanges NarrowPvOutput(Power most) => this with { PvOutput = Least(PvOutput ?? most, most) };

    private static Power Least(Power a, Power b) => a < b ? a : b;
}

/// <summary>One reason why less is allowed. Limits are applied strictest rank first (architecture §4) and only narrow.</summary>
public interface ILimit
{
    /// <summary>Stable name for records and pages, e.g. <c>dim-14a</c>.</summary>
    string Name { get; }

    /// <summary>Narrows what is allowed now.</summary>
    AllowedRanges Apply(AllowedRanges allowed, ControlImage now);
}
