using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>What a slot's value may be used for (MSCONS words in brackets). The numbers are those of every table.</summary>
public enum ValueStatus : byte
{
    /// <summary>There is no value.</summary>
    Absent = 0,

    /// <summary>Not yet checked, or a guess that the operator must confirm [Z18]: counts as used, is not billed.</summary>
    Preliminary = 1,

    /// <summary>From registers, passed checks [220].</summary>
    Measured = 2,

    /// <summary>Formed by a rule [67, Z32].</summary>
    Substituted = 3,

    /// <summary>Measured again, recomputed or decided [220, Z34].</summary>
    Corrected = 4,

    /// <summary>Failed a hard check: as if absent.</summary>
    Faulty = 5,
}

/// <summary>One series of one day: 92, 96 or 100 slots.</summary>
/// <param name="Wh">Energy per slot, 0 to <see cref="MaxWh"/>; not read where the status says there is none.</param>
public sealed record SeriesDay(string Point, EnergyDirection Direction, ReadOnlyMemory<long> Wh, ReadOnlyMemory<ValueStatus> Status)
{
    /// <summary>The largest energy of a slot: sums of a million points still fit into 64 bits.</summary>
    public const long MaxWh = (1L << 41) - 1;

    /// <summary>A day whose values are all measured.</summary>
    public static SeriesDay Measured(string point, EnergyDirection direction, long[] wh)
    {
        ArgumentNullException.ThrowIfNull(wh);
        return new SeriesDay(point, direction, wh, StatusOf(wh.Length));
    }

    internal static ReadOnlyMemory<ValueStatus> StatusOf(int count) => count <= AllMeasured.Length ? AllMeasured.AsMemory(0, count) : throw new ArgumentException("A day has at most 100 slots.", nameof(count));

    private static readonly ValueStatus[] AllMeasured = [.. Enumerable.Repeat(ValueStatus.Measured, 100)];
}

/// <summary>The curves of one Berlin day. Series that are missing have no value; those of points that are no members that day are not looked at.</summary>
public sealed record DayCurves(LocalDate Day, IReadOnlyList<SeriesDay> Series);
