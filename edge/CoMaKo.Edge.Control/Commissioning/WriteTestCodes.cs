namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>Stable codes of why a write test did not pass. README.md lists them with their meaning.</summary>
public static class WriteTestCodes
{
    public const string DoesNotObey = "CME-2061";
    public const string DoesTheOpposite = "CME-2062";
    public const string ReadingInverted = "CME-2063";
    public const string MeterInverted = "CME-2064";
    public const string NotBehindMeter = "CME-2065";
    public const string ReadingStuck = "CME-2066";
    public const string LoadTooRestless = "CME-2067";
    public const string StoppedByHand = "CME-2068";
    public const string PageGone = "CME-2069";
    public const string LimitForbids = "CME-2070";
    public const string InputLost = "CME-2071";
    public const string NotWritten = "CME-2072";
    public const string DeviceLeft = "CME-2073";
    public const string OtherAmount = "CME-2074";
}
