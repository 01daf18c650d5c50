namespace CoMaKo.Sync;

/// <summary>What the gateway says of itself, and the limits of its uplink.</summary>
/// <param name="SoftwareVersion">Version shown at the hub.</param>
/// <param name="BuildingName">Name of the building, as in the building file.</param>
/// <param name="TimeZone">The building's zone (IANA), for display at the hub.</param>
public sealed record UplinkOptions(string SoftwareVersion, string BuildingName, string TimeZone)
{
    /// <summary>Most records of one batch; the hub may ask for fewer.</summary>
    public int MaxBatchRecords { get; init; } = 500;

    /// <summary>Most bytes of one batch; the hub may ask for fewer.</summary>
    public int MaxBatchBytes { get; init; } = 256 * 1024;

    /// <summary>Upper bound of the first pause after a failure; it doubles with each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Upper bound of every pause before records are sent again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between two reports of live values; doubles while they fail.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time between two reports, and longest pause before the stream of directives is opened again.</summary>
    public TimeSpan LongestReportInterval { get; init; } = TimeSpan.FromSeconds(60);
}
