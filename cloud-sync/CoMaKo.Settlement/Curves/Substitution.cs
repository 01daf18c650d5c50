using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Settlement.Curves;

/// <summary>How a substitute value was formed; the numbers are those of the domain reference §4 and of <c>met_curve_day.method</c>.</summary>
public enum SubstituteMethod : byte
{
    None = 0,

    /// <summary>The register gave the sum, nothing gave a shape: split evenly. The operator must confirm it.</summary>
    RegisterSum = 1,

    /// <summary>At most three slots between two neighbours.</summary>
    Interpolation = 2,

    /// <summary>Same wall time of an earlier day of the same type.</summary>
    ComparisonDay = 3,

    /// <summary>Consumption by profile, generation by a sister plant or a weather model.</summary>
    Profile = 4,

    /// <summary>A second meter of the same energy.</summary>
    ComparisonMeter = 5,

    /// <summary>Nothing known: zero. The operator must confirm it.</summary>
    Zero = 6,

    /// <summary>The meter operator delivered it as a substitute.</summary>
    Delivered = 7,
}

/// <summary>A gap and all that may help to fill it. What is not known is left out.</summary>
/// <param name="From">First missing slot.</param>
/// <param name="To">First slot after the gap.</param>
public sealed record SubstituteInput(QuarterHour From, QuarterHour To, EnergyDirection Direction, MarketCalendar Calendar)
{
    /// <summary>Energy of the whole gap, from the register's totals at both ends.</summary>
    public long? SumWh { get; init; }

    /// <summary>Value of the slot before the gap.</summary>
    public long? Before { get; init; }

    /// <summary>Value of the slot after the gap.</summary>
    public long? After { get; init; }

    /// <summary>Measured or corrected values of the same series, never substituted ones: substitutes do not breed.</summary>
    public Func<QuarterHour, long?>? History { get; init; }

    /// <summary>A second meter of the same energy.</summary>
    public Func<QuarterHour, long?>? ComparisonMeter { get; init; }

    /// <summary>Whether the second meter is calibrated (Z88) or not (Z89).</summary>
    public bool IsComparisonCalibrated { get; init; }

    /// <summary>Expected consumption of a year, with <see cref="Profile"/>.</summary>
    public long? AnnualWh { get; init; }

    public ProfileTable? Profile { get; init; }

    /// <summary>A plant of the community with its peak power, with <see cref="OwnPeakWatts"/>.</summary>
    public (Func<QuarterHour, long?> Values, long PeakWatts)? SisterPlant { get; init; }

    public long OwnPeakWatts { get; init; }

    /// <summary>Generation by a weather model.</summary>
    public Func<QuarterHour, long?>? WeatherModel { get; init; }
}

/// <summary>Substitute values of a gap, for its slots in order.</summary>
/// <param name="Method">The rule that gave the values or their shape.</param>
/// <param name="IsSumExact">Rule 1: their sum is the register's.</param>
/// <param name="Reason">One English sentence with the inputs used, to be stored beside the values.</param>
/// <param name="MarketCode">Method code of market communication (STS): Z92, ZJ2, Z88, Z89; absent where there is none.</param>
public sealed record Substitution(IReadOnlyList<long> Wh, SubstituteMethod Method, bool IsSumExact, string Reason, string? MarketCode)
{
    /// <summary>Not billable before the operator confirms it (rule 6, and an even split).</summary>
    public bool NeedsConfirmation => NeedsConfirmationOf(Method);

    /// <summary>Whether values of a method are billable only after the operator confirmed them.</summary>
    public static bool NeedsConfirmationOf(SubstituteMethod method) => method is SubstituteMethod.RegisterSum or SubstituteMethod.Zero;
}
