using System.Globalization;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>One thing worth telling about an SML line, with its cause and what to do. All codes are listed here.</summary>
/// <param name="Code">Stable code; pages translate by it.</param>
/// <param name="IsWarning">Somebody should act; otherwise it is a note.</param>
/// <param name="Text">One or two English sentences.</param>
public sealed record SmlDiagnosis(string Code, bool IsWarning, string Text)
{
    public static readonly SmlDiagnosis NoStart = new("CME-1110", true,
        "No SML start sequence was seen. Check the reading head's position on the optical port, the port's settings (9600 baud, 8N1) and whether the meter speaks SML.");

    public static readonly SmlDiagnosis NotRaw = new("CME-1111", true,
        "Start sequences arrive but an end sequence never does: the serial port is not in raw mode, so the terminal driver swallows bytes such as 03, 11, 13 and 1A. Open the port raw, without flow control and line editing.");

    public static readonly SmlDiagnosis Kermit = new("CME-1116", false,
        "The meter computes its check sums by CRC-16/KERMIT instead of X.25 (some Holley firmwares). The values are good.");

    public static readonly SmlDiagnosis CrcKindChanged = new("CME-1117", true,
        "The kind of check sum changed while reading. A random error passes a check of several kinds more easily; check the line and whether the meter was swapped.");

    public static readonly SmlDiagnosis Coarse = new("CME-1118", true,
        "The energy register counts in steps of 1 kWh, so it is not fit for quarter hours. Unlock the meter with its PIN and switch InF on (extended data set).");

    public static readonly SmlDiagnosis NoPower = new("CME-1119", false,
        "The meter sends no power. Unlock it with its PIN and switch InF on (extended data set), if it can.");

    public static readonly SmlDiagnosis SignCorrected = new("CME-1122", false,
        "The meter has the DZG sign defect (positive power sent as a negative number); the power is corrected.");

    public static readonly SmlDiagnosis ValueMissing = new("CME-1123", false,
        "An entry of the list carries no value; it is left out.");

    public static readonly SmlDiagnosis OutOfRange = new("CME-1125", true,
        "An entry has a scaler that no measured value needs; it cannot be published as a reading.");

    public static readonly SmlDiagnosis MagneticInfluence = new("CME-1126", true, "The meter reports magnetic influence. Inform the metering point operator.");

    public static readonly SmlDiagnosis CoverOpened = new("CME-1127", true, "The meter reports that its terminal cover was opened. Inform the metering point operator.");

    public static readonly SmlDiagnosis FatalError = new("CME-1128", true, "The meter reports a fatal error: its values are not to be trusted. Inform the metering point operator.");

    public static SmlDiagnosis CrcErrors(long bad, long complete) => new("CME-1112", IsOverOnePercent(bad, complete),
        Invariant($"{bad} of {complete} complete frames were refused because a check sum was wrong. Above 1 % check the reading head's position, sunlight on it and the cable."));

    public static SmlDiagnosis BytesLost(long lost, long total) => new("CME-1113", false,
        Invariant($"{lost} of {total} bytes belong to no good frame. A few at the beginning and the end of a recording are normal."));

    public static SmlDiagnosis FramesCut(long cut, long begun) => new("CME-1114", IsOverOnePercent(cut, begun),
        Invariant($"{cut} of {begun} frames were cut: the next one began, or the line fell silent, before the end. Bytes are being lost on the line."));

    public static SmlDiagnosis FramesMalformed(long malformed) => new("CME-1115", true,
        Invariant($"{malformed} frames had fitting check sums but do not follow the SML format; they were refused. Keep a recording and report the meter's type."));

    public static SmlDiagnosis FramesTooLong(long count) => new("CME-1120", true,
        Invariant($"{count} times no end came within {SmlTransport.MaxFrame} bytes of a start; the search went on inside them."));

    public static SmlDiagnosis MeterRestarted(long times) => new("CME-1121", true,
        Invariant($"The meter's seconds index went back {times} times: the meter restarted or was swapped."));

    /// <summary>EasyMeter Q3A loses a frame every ten minutes by itself; below one percent is nobody's concern.</summary>
    private static bool IsOverOnePercent(long part, long whole) => part * 100 > whole;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
