namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>The fallback ladder, one word on the page (architecture §4), best first.</summary>
public enum ControlMode
{
    Planned,

    /// <summary>Without a plan: self-consumption.</summary>
    Balancing,

    /// <summary>Nothing new is commanded; the batteries stay, or go to 0 W.</summary>
    Hold,

    /// <summary>The batteries are in their own mode.</summary>
    Released,
}

/// <summary>Why a mode is what it is; stable words, texts are the page's.</summary>
public static class Causes
{
    public const string NoPlan = "no-plan";

    /// <summary>The building file does not say what energy costs.</summary>
    public const string NoTariff = "no-tariff";
    public const string PlanOld = "plan-old";
    public const string RuleDrives = "rule-drives";
    public const string SoCUnknown = "soc-unknown";
    public const string Clock = "clock";
    public const string MeterStale = "meter-stale";
    public const string MeterLost = "meter-lost";
    public const string MeterErrors = "meter-errors";
    public const string MeterSign = "meter-sign";
    public const string Lock = "lock";
    public const string Test = "test";
    public const string OffGrid = "off-grid";
    public const string Unreachable = "unreachable";

    /// <summary>No battery is verified, or all are excluded.</summary>
    public const string NothingToControl = "nothing-to-control";
    public const string Fault = "fault";
}
