namespace CoMaKo.Hub.Settlement;

/// <summary>Who may see the figures of a group as a whole.</summary>
internal static class GroupTotals
{
    /// <summary>A member of a smaller group would learn the neighbours' figures from its totals.</summary>
    public const int LeastPersons = 3;
}
