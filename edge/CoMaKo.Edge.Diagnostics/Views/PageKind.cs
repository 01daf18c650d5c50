namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>The pages; the first five stand in the bar.</summary>
public enum PageKind
{
    Overview,
    Meters,
    Battery,
    Sync,
    System,

    /// <summary>One meter; part of Meters.</summary>
    Meter,

    /// <summary>Plan and measurement as a table; the following are part of Battery as well.</summary>
    PlanTable,
    WriteTest,
    GridEvents,
    Decisions,
    Savings,

    FirstBoot,
    SignIn,

    /// <summary>Asks for the password again.</summary>
    Confirm,
    Account,
    Users,

    /// <summary>Says why not.</summary>
    Refused,
    NotFound,
}
