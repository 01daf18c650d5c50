using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control;

/// <summary>
/// What may be done in this cycle. Starts as the ratings of the devices; each <see cref="Limits.ILimit"/> may only shrink it, which the narrowing methods enforce.
/// </summary>
/// <param name="Batteries">Powers that each battery may be told, + discharge, in the order of <see cref="ControlImage.Batteries"/>.</param>
/// <param name="Loads">Greatest power of each controllable consumer, in the order of <see cref="ControlImage.Loads"/>.</param>
/// <param name="GridImport">Greatest import at the connection; absent: none asked for.</param>
/// <param name="GridExport">Greatest export at the connection, a magnitude; absent: none asked for.</param>
/// <param name="PvOutput">Greatest output of all PV plants; absent: none asked for.</param>
/// <param name="Conflicts">Limits that could not be kept beside a stricter-ranked one; they took the nearest point of it.</param>
public sealed record AllowedRanges(
    ImmutableArray<PowerRange> Batteries, ImmutableArray<Power> Loads, Power? GridImport, Power? GridExport, Power? PvOutput, ImmutableArray<string> Conflicts)
{
    /// <summary>
    /// Bounds inside which a battery may follow the meter by its own loop. Such a loop charges from surplus and discharges into the house only, so limits that
    /// depend on the surplus of the moment (no charging from the grid, no export of stored energy) do not narrow these bounds; all others do.
    /// </summary>
    public ImmutableArray<PowerRange> Following { get; init; } = Batteries;

    /// <summary>
    /// What limits of lower rank on single batteries will ask for: whoever shares a burden among the batteries spares these as long as others can carry it.
    /// Not a limit itself.
    /// </summary>
    public ImmutableArray<PowerRange> Preferred { get; init; } = Batteries;

    /// <summary>Shrinks the range of one battery; where nothing would remain, the nearest point of the earlier range is kept and the conflict noted.</summary>
    public AllowedRanges NarrowBattery(int battery, PowerRange to, string limit) =>
        NarrowCommand(battery, to, limit) with { Following = Following.SetItem(battery, Shrink(Following[battery], to)) };

    /// <summary>The same for <see cref="Batteries"/> alone: a limit that the battery's own loop keeps by itself.</summary>
    public AllowedRanges NarrowCommand(int battery, PowerRange to, string limit)
    {
        var from = Batteries[battery];
        bool isEmpty = to.Min > from.Max || to.Max < from.Min;
        var narrowed = this with { Batteries = Batteries.SetItem(battery, Shrink(from, to)) };
        return isEmpty ? narrowed.NoteConflict(limit) : narrowed;
    }

    /// <summary>Shrinks what all batteries may be told at once, each to the nearest powers of its new range.</summary>
    public AllowedRanges NarrowCommands(ImmutableArray<PowerRange> to) => this with { Batteries = [.. Batteries.Zip(to, Shrink)] };

    /// <summary>Shrinks the bounds of all batteries' own loops at once.</summary>
    public AllowedRanges NarrowFollowing(ImmutableArray<PowerRange> to) => this with { Following = [.. Following.Zip(to, Shrink)] };

    /// <summary>Notes that a limit could not be kept; once for each limit.</summary>
    public AllowedRanges NoteConflict(string limit) => Conflicts.Contains(limit) ? this : this with { Conflicts = Conflicts.Add(limit) };

    public AllowedRanges NarrowLoad(int load, Power most) => this with { Loads = Loads.SetItem(load, Least(Loads[load], most)) };

    public AllowedRanges NarrowGridImport(Power most) => this with { GridImport = Least(GridImport ?? most, most) };

    public AllowedRanges NarrowGridExport(Power most) => this with { GridExport = Least(GridExport ?? most, most) };

    public AllowedRanges NarrowPvOutput(Power most) => this with { PvOutput = Least(PvOutput ?? most, most) };

    private static PowerRange Shrink(PowerRange from, PowerRange to) => new(from.Clamp(to.Min), from.Clamp(to.Max));

    private static Power Least(Power a, Power b) => a < b ? a : b;
}
