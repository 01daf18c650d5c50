using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using NodaTime;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>How a write test ended.</summary>
/// <param name="Code">Why it did not pass (<see cref="WriteTestCodes"/>); absent if it passed.</param>
/// <param name="Text">English sentence to the code with what to do; absent if it passed.</param>
/// <param name="Evidence">What was measured; absent if it ended before anything could be.</param>
public sealed record WriteTestResult(WriteTestOutcome Outcome, string? Code, string? Text, TestEvidence? Evidence);

public enum WriteTestOutcome
{
    /// <summary>Obeys, in the right direction, behind this meter.</summary>
    Passed,

    /// <summary>Something is wrong: the battery stays read-only.</summary>
    Failed,

    /// <summary>Ended early; says nothing about the battery.</summary>
    Stopped,
}

/// <summary>What was measured in a write test. Plain values, to be stored as JSON.</summary>
/// <param name="ObeyedInSeconds">From the write of the first power until the reading was within 10 % or 50 W of it; absent if it never was.</param>
/// <param name="DeviationPercent">Mean of the reading against the command at the end of the first power; + : more than commanded.</param>
/// <param name="ReadingGain">Movement of the battery's reading per movement of the command: 1 when right.</param>
/// <param name="MeterGain">Movement against the grid meter per movement of the command: 1 when right, negative if one of both counts the wrong way round.</param>
/// <param name="Response">What the law may use; absent if the test did not show it well enough.</param>
public sealed record TestEvidence(double? ObeyedInSeconds, double DeviationPercent, double ReadingGain, double MeterGain, LearnedResponse? Response);

/// <summary>
/// A technician has confirmed by a write test that commands reach this battery and mean what they say. Only for the device that was tested, as it is configured: see <see cref="IsFor"/>.
/// </summary>
/// <param name="Device">Name in the building file.</param>
/// <param name="Fingerprint">Of device and configuration (<see cref="DeviceFingerprint"/>) at the time of the test.</param>
/// <param name="By">Account of the technician.</param>
public sealed record ControlVerification(string Device, string Fingerprint, Instant At, string By, TestEvidence Evidence)
{
    /// <summary>Whether it still holds: another device, or another configuration, is unverified.</summary>
    public bool IsFor(DeviceId device, string fingerprint) =>
        device.Value == Device && string.Equals(Fingerprint, fingerprint, StringComparison.Ordinal);

    /// <summary>The verification that a result proves; absent if the test did not pass.</summary>
    public static ControlVerification? Of(WriteTestResult result, DeviceId device, string fingerprint, Instant at, string by)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result is { Outcome: WriteTestOutcome.Passed, Evidence: { } evidence } ? new(device.Value, fingerprint, at, by, evidence) : null;
    }
}
