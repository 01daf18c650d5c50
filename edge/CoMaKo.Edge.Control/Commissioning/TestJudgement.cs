using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>Makes a result of what a write test recorded.</summary>
internal static class TestJudgement
{
    /// <summary>Share of the command that must arrive in meter and reading (local-control §2.3).</summary>
    private const double LeastGain = 0.7, MostGain = 1.3;

    /// <summary>Below this nothing arrived.</summary>
    private const double NoGain = 0.3;

    /// <summary>Uncertainty of the meter's gain above which the load drowned the test.</summary>
    private const double Unsure = 0.3;

    /// <summary>Changes that a learned response needs.</summary>
    private const int LeastChanges = 6;

    /// <summary>Whether the first power has arrived in the battery's reading; if not, no more is commanded.</summary>
    public static bool Obeys(TestRecording recording) =>
        ResponseFit.Of(recording.Segments()) is { ReadingGain: >= LeastGain and <= MostGain };

    public static WriteTestResult Of(TestRecording recording, DeviceId device)
    {
        var segments = recording.Segments();
        if (ResponseFit.Of(segments) is not { } fit)
            return new(WriteTestOutcome.Failed, WriteTestCodes.InputLost, "The test saw too few readings to judge by; check meter and battery, then repeat it.", null);
        double unsure = fit.MeterFit > 0 ? 2 * Math.Abs(fit.MeterGain) * Math.Sqrt((1 - fit.MeterFit) / (fit.MeterFit * segments.Count)) : double.PositiveInfinity;
        var finding = Finding(fit, unsure);
        bool isLearned = finding is null && segments.Count >= LeastChanges && unsure <= Unsure;
        var evidence = new TestEvidence(
            recording.ObeyedIn(), 100 * recording.Deviation(), fit.ReadingGain, fit.MeterGain, isLearned ? LearnedResponse.Of(device, fit.Dynamics) : null);
        return finding is { } wrong
            ? new(WriteTestOutcome.Failed, wrong.Code, wrong.Text, evidence)
            : new(WriteTestOutcome.Passed, null, null, evidence);
    }

    private static (string Code, string Text)? Finding(ResponseFit fit, double unsure)
    {
        int reading = Sense(fit.ReadingGain), meter = unsure > Unsure && Math.Abs(fit.MeterGain) < 2 * unsure ? 0 : Sense(fit.MeterGain);
        bool isMeterClear = unsure <= Unsure;
        return (reading, meter) switch
        {
            (0, 0) => (WriteTestCodes.DoesNotObey, "The battery did not do what it was told. Check that remote control is switched on in the inverter, and its state of charge."),
            (-1, -1) => (WriteTestCodes.DoesTheOpposite, "The battery did the opposite of what it was told. Check the sign of the set-point in its profile."),
            (-1, 1) => (WriteTestCodes.ReadingInverted, "The battery's reading counts the wrong way round. Set `invert` of the battery in the building file."),
            (-1, _) => (WriteTestCodes.DoesTheOpposite,
                "The battery's reading moved the opposite way, and the meter did not show whether set-point or reading counts wrong. Repeat at a quiet time."),
            (1, -1) => (WriteTestCodes.MeterInverted, "The grid meter counts the wrong way round. Set `invert` of the meter in the building file, or turn it."),
            (0, 1) => (WriteTestCodes.ReadingStuck, "The meter saw the battery move, its own reading did not. Check the reading in its profile."),
            (0, -1) => (WriteTestCodes.ReadingStuck, "The battery's own reading did not move, and the meter moved the wrong way. Check both."),
            (1, _) when !IsWhole(fit.ReadingGain) =>
                (WriteTestCodes.OtherAmount, "The battery moves in the right direction but by another amount than it is told. Check scale and unit of set-point and reading in its profile."),
            (1, 0) when isMeterClear => (WriteTestCodes.NotBehindMeter, "The battery moved, the grid meter did not see it. Check that the battery is connected behind this meter."),
            (1, _) when !isMeterClear => (WriteTestCodes.LoadTooRestless, "The load was too restless to see the battery in the meter. Repeat with more power or at a quiet time."),
            (1, 1) when !IsWhole(fit.MeterGain) =>
                (WriteTestCodes.OtherAmount, "The meter saw the battery move by another amount than its reading says. Check the meter's ratio, and whether the reading is that of the AC side."),
            _ => null,
        };
    }

    private static int Sense(double gain) => Math.Abs(gain) < NoGain ? 0 : Math.Sign(gain);

    private static bool IsWhole(double gain) => gain is >= LeastGain and <= MostGain;
}
