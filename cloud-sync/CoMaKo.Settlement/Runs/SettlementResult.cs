using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>Energy of a point in Wh, over a day or more.</summary>
/// <param name="Used">Consumption, in open slots too.</param>
/// <param name="Generated">Generation, in open slots too.</param>
/// <param name="Allocated">Consumption covered by the community.</param>
/// <param name="Credited">Generation that the community used.</param>
/// <param name="Grid">Consumption of settled slots beyond what was allocated.</param>
/// <param name="Surplus">Generation of settled slots beyond what was credited.</param>
public readonly record struct EnergyFigures(long Used, long Generated, long Allocated, long Credited, long Grid, long Surplus)
{
    public static EnergyFigures operator +(EnergyFigures one, EnergyFigures other) => checked(new(
        one.Used + other.Used, one.Generated + other.Generated, one.Allocated + other.Allocated,
        one.Credited + other.Credited, one.Grid + other.Grid, one.Surplus + other.Surplus));
}

/// <summary>How complete one direction of a point is.</summary>
/// <param name="Expected">Slots of its days as a member.</param>
/// <param name="Present">Slots with a value, billable or not.</param>
/// <param name="Billable">Slots with a billable value.</param>
/// <param name="SubstitutedWh">Energy of substituted values.</param>
public readonly record struct Coverage(int Expected, int Present, int Billable, long SubstitutedWh)
{
    public static Coverage operator +(Coverage one, Coverage other) => new(
        one.Expected + other.Expected, one.Present + other.Present, one.Billable + other.Billable, checked(one.SubstitutedWh + other.SubstitutedWh));
}

/// <summary>One point of a settlement.</summary>
/// <param name="Days">Figures per day of the period.</param>
/// <param name="Total">Their sum.</param>
/// <param name="Consumption">No slot present: there is no sum to show, not a sum of 0.</param>
public sealed record PointResult(string Point, PointDirections Directions, EnergyFigures Total, ReadOnlyMemory<EnergyFigures> Days, Coverage Consumption, Coverage Generation);

/// <summary>What a line charges; the numbers are those of <c>mkt_line</c>.</summary>
public enum LineKind
{
    SharedEnergy = 1,
    SharedGeneration = 2,
    Fee = 3,
    Surplus = 4,
    Deviation = 5,

    /// <summary>On what the cooperative charges.</summary>
    Tax = 6,

    /// <summary>On what it credits.</summary>
    CreditTax = 7,
}

/// <summary>One amount of one point (tax: of one person). Kind, point and begin name the line for ever, so that corrections find it.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Price">1/10 000 ct per kWh.</param>
/// <param name="Cents">Above zero: owed to the cooperative; below: owed by it. Shared energy and shared generation of a run sum to 0.</param>
public sealed record SettlementLine(LineKind Kind, string Point, LocalDate From, LocalDate To, long Wh, long Price, long Cents)
{
    /// <summary>The amount in EUR.</summary>
    public decimal Eur => Money.Eur(Cents);

    internal (LineKind Kind, string Point, LocalDate From) Key => (Kind, Point, From);
}

/// <summary>Why a slot is not settled.</summary>
public enum OpenReason
{
    /// <summary>A member's series has no billable value in it.</summary>
    Missing = 1,

    /// <summary>The day's terms are not complete; a finding says why.</summary>
    Terms = 2,
}

/// <summary>A slot that is not settled.</summary>
/// <param name="MissingSeries">How many series lack a billable value.</param>
/// <param name="FirstPoint">The smallest id among them; absent if there is none.</param>
public readonly record struct OpenSlot(QuarterHour Slot, OpenReason Reason, int MissingSeries, string? FirstPoint);

/// <summary>What a battery held at the end of the period, by origin.</summary>
/// <param name="OwnDischargedWh">Discharge of the period that came from the community's generation.</param>
/// <param name="GridDischargedWh">Discharge that came from the grid.</param>
/// <param name="UnknownDischargedWh">Discharge beyond all that was charged: from before the account began.</param>
public sealed record BatteryResult(string Point, long OwnWh, long GridWh, long OwnDischargedWh, long GridDischargedWh, long UnknownDischargedWh);

/// <summary>The settlement of a group over a period: equal inputs give an equal result, byte by byte in <see cref="SettlementJson"/>.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="InputHash">SHA-256 over all that counts of terms and curves, lower-case hex.</param>
/// <param name="ExpectedSlots">Slots of the days with members.</param>
/// <param name="Points">Ordered by id.</param>
/// <param name="Lines">Ordered by kind, point and begin; lines without energy are left out.</param>
/// <param name="OpenSlots">In order of time.</param>
public sealed record SettlementResult(
    string Group, LocalDate From, LocalDate To, string InputHash, int ExpectedSlots, EnergyFigures Total,
    IReadOnlyList<PointResult> Points, IReadOnlyList<SettlementLine> Lines, IReadOnlyList<OpenSlot> OpenSlots,
    IReadOnlyList<BatteryResult> Batteries, IReadOnlyList<TermsFinding> Findings)
{
    public int SettledSlots => ExpectedSlots - OpenSlots.Count;

    /// <summary>Settled share of the slots, three decimals, rounded down so that 1.000 means all; 0 without any.</summary>
    public decimal Completeness => ExpectedSlots == 0 ? 0 : decimal.Floor(1000m * SettledSlots / ExpectedSlots) / 1000;
}
