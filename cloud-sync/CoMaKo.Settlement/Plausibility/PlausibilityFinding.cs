using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Plausibility;

/// <summary>Rules of the domain reference §3; the numbers are the rule's.</summary>
public enum PlausibilityRule
{
    Gap = 1,
    Overlap = 2,
    Duplicate = 3,
    Negative = 4,
    BeyondConnection = 5,
    GenerationAtNight = 6,
    Outlier = 7,
    ZeroRun = 8,
    ChangeDayCount = 9,
    Future = 10,
    Backwards = 11,
    SumDiffers = 12,
    BuildingBalance = 13,
    CommunityBalance = 14,
    Constant = 15,
}

/// <summary>What a finding means for the value.</summary>
public enum FindingClass
{
    /// <summary>Plausible, but somebody should look.</summary>
    Warning = 1,

    /// <summary>The value must not be billed as it is.</summary>
    Error = 2,
}

/// <summary>One anomaly.</summary>
/// <param name="Slot">Where it is, or where it begins.</param>
/// <param name="Value">What was found, in the rule's unit (Wh, slots, seconds).</param>
/// <param name="Limit">What would have been allowed, in the same unit.</param>
public sealed record PlausibilityFinding(PlausibilityRule Rule, QuarterHour Slot, decimal Value, decimal Limit)
{
    /// <summary>Id in the REST interface: P01 to P15.</summary>
    public string RuleId => "P" + ((int)Rule).ToString("00", CultureInfo.InvariantCulture);

    /// <summary>Stable code: CMH-3101 to CMH-3115.</summary>
    public string Code => "CMH-" + (3100 + (int)Rule).ToString(CultureInfo.InvariantCulture);

    public FindingClass Class => Rule is PlausibilityRule.GenerationAtNight or PlausibilityRule.Outlier or PlausibilityRule.ZeroRun or PlausibilityRule.BuildingBalance or PlausibilityRule.Constant
        ? FindingClass.Warning
        : FindingClass.Error;
}

/// <summary>One slot of a series under check.</summary>
/// <param name="Wh">Absent if there is no value; below zero only where a source delivers nonsense.</param>
public readonly record struct CheckedSlot(QuarterHour Slot, long? Wh);
