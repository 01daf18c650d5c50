using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Checks the owner's wishes against themselves and the window in which the battery may move: all findings at once.</summary>
public static class WishRules
{
    private const int MostTargets = 16;

    /// <param name="lowest">Least state of charge that the battery may have, per cent.</param>
    /// <param name="highest">Greatest.</param>
    /// <param name="path">Where the wishes stand in their file; keys below it are those of the building file.</param>
    public static IReadOnlyList<Finding> Check(OwnerWishes wishes, decimal lowest, decimal highest, string path)
    {
        ArgumentNullException.ThrowIfNull(wishes);
        var findings = new List<Finding>();
        if (wishes.GridChargeMaxPercent is { } ceiling && ceiling <= lowest) Add("gridCharge.upTo", $"is not above the lowest state of charge of {Text(lowest)} %: nothing would ever be charged.");
        if (wishes.Targets.Length > MostTargets) Add("targets", $"holds more than {MostTargets} targets.");
        for (int i = 0; i < wishes.Targets.Length; i++) Target(i, wishes.Targets[i]);
        return findings;

        void Target(int i, ChargeTarget target)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"targets[{i}]");
            if (target.Percent > highest) Add($"{key}.soc", $"is above {Text(highest)} %, to which the battery may be charged at most.");
            if (target.Percent < (wishes.ReservePercent ?? lowest)) Add($"{key}.soc", $"is below {Text(wishes.ReservePercent ?? lowest)} %, which the battery keeps anyway.");
            if (wishes.Targets.Take(i).Any(other => other.By == target.By && Shares(other, target))) Add(key, "wants something at a time and day for which another target stands above it.");
        }

        void Add(string key, string text) => findings.Add(new(PlanningCodes.WrongWish, $"{path}.{key}", null, text));
    }

    private static bool Shares(ChargeTarget a, ChargeTarget b) => a.Days.IsDefaultOrEmpty || b.Days.IsDefaultOrEmpty || a.Days.Intersect(b.Days).Any();

    private static string Text(decimal percent) => percent.ToString("0.##", CultureInfo.InvariantCulture);
}
