namespace CoMaKo.Hub.Access;

/// <summary>What a key may be limited to.</summary>
internal static class Scopes
{
    public const string FleetRead = "fleet:read";
    public const string CurvesRead = "curves:read";
    public const string ReadingsRead = "readings:read";
    public const string ReadingsWrite = "readings:write";
    public const string MarketRead = "market:read";
    public const string MarketWrite = "market:write";
    public const string ReportsRead = "reports:read";
    public const string RunsWrite = "runs:write";
    public const string AlertsRead = "alerts:read";
    public const string AlertsWrite = "alerts:write";
    public const string DirectivesWrite = "directives:write";

    public static readonly IReadOnlyList<string> All = [FleetRead, CurvesRead, ReadingsRead, ReadingsWrite, MarketRead, MarketWrite, ReportsRead, RunsWrite, AlertsRead, AlertsWrite, DirectivesWrite];
}
