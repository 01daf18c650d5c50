using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>Which energy a series counts; a prosumer has both series and they are never netted.</summary>
public enum EnergyDirection
{
    Consumption = 1,
    Generation = 2,
}

/// <summary>What a metering point has.</summary>
[Flags]
public enum PointDirections
{
    Consumption = 1,
    Generation = 2,
    Both = Consumption | Generation,
}

/// <summary>A metering point of the cooperative.</summary>
/// <param name="Id">Free text, compared ordinally; of equal fractions the smaller id gets the unit.</param>
/// <param name="IsProfile">No quarter-hour meter: its sums are split by a profile, which a group must allow.</param>
public sealed record SettlementPoint(string Id, PointDirections Directions, bool IsProfile = false);

/// <summary>A point takes part from a Berlin day on, until (exclusive) another.</summary>
/// <param name="To">Absent while it goes on.</param>
public sealed record Membership(string Point, LocalDate From, LocalDate? To = null);

/// <summary>How generation is allocated from a day on.</summary>
/// <param name="From">First Berlin day; absent: from ever.</param>
/// <param name="Weights">
/// Static methods: key of each consuming member in ppm, together 1 000 000. Ranked: its class from 1. Dynamic: not used.
/// A member without an entry blocks the day: a join or leave needs a new version.
/// </param>
public sealed record KeyVersion(LocalDate? From, AllocationMethod Method, IReadOnlyDictionary<string, long> Weights)
{
    /// <summary>The sum of all keys.</summary>
    public const long Whole = 1_000_000;

    /// <summary>Equal keys for these points, what is left of a millionth to the smaller ids.</summary>
    public static KeyVersion Equal(LocalDate? from, AllocationMethod method, IEnumerable<string> points)
    {
        string[] ids = [.. points.Order(StringComparer.Ordinal)];
        long[] keys = LargestRemainder.Distribute(Whole, [.. ids.Select(_ => 1L)]);
        return new KeyVersion(from, method, ids.Zip(keys).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal));
    }
}

/// <summary>Prices of a group from a day on, in 1/10 000 ct per kWh, 0 or more.</summary>
/// <param name="From">First Berlin day; absent: from ever.</param>
/// <param name="Internal">What a member pays and a producer gets for shared energy; 100 000 is 10 ct/kWh.</param>
/// <param name="Fee">What the cooperative keeps of shared generation.</param>
/// <param name="Surplus">What it pays for surplus; absent: nothing is paid.</param>
public sealed record PriceVersion(LocalDate? From, long Internal, long Fee = 0, long? Surplus = null);

/// <summary>A battery that is a member in both directions, with what it held at the begin of the period.</summary>
/// <param name="OwnWh">Energy allocated from the community's generation, not yet discharged.</param>
/// <param name="GridWh">Energy from the grid, not yet discharged.</param>
public sealed record BatteryAccount(string Point, long OwnWh = 0, long GridWh = 0);

/// <summary>All that a settlement needs to know about a balance group besides its curves; versions outside the period do not matter.</summary>
public sealed record GroupTerms(
    string Group, IReadOnlyList<SettlementPoint> Points, IReadOnlyList<Membership> Memberships,
    IReadOnlyList<KeyVersion> Keys, IReadOnlyList<PriceVersion> Prices)
{
    /// <summary>Whether points without quarter-hour meters may take part; § 42b and § 42c EnWG forbid it.</summary>
    public bool AllowsProfiles { get; init; }

    public IReadOnlyList<BatteryAccount> Batteries { get; init; } = [];
}

/// <summary>Why days cannot be settled, for the operator.</summary>
/// <param name="Code">CMH-3121 to CMH-3126.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Point">Absent if the finding concerns the group.</param>
public sealed record TermsFinding(string Code, LocalDate From, LocalDate To, string? Point, string Text);
