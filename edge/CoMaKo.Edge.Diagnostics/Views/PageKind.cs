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
    NotFound,
}
