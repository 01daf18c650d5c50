namespace CoMaKo.Edge.Acquisition;

/// <summary>Stable codes of what acquisition records and shows. README.md lists them with their meaning.</summary>
public static class EventCodes
{
    public const string CounterWentBack = "CME-1501";
    public const string CounterJumped = "CME-1502";
    public const string PowerBeyondRating = "CME-1503";
    public const string RegisterOutOfRange = "CME-1504";
    public const string ForeignMeter = "CME-1505";
    public const string MeterSwapped = "CME-1506";
    public const string MeterRestarted = "CME-1507";
    public const string RegisterReset = "CME-1508";
    public const string RegisterRolledOver = "CME-1509";
    public const string MeterAlarm = "CME-1510";
    public const string SettingsChanged = "CME-1511";
    public const string MeterReadTwice = "CME-1512";
    public const string ClockStepped = "CME-1521";
    public const string ClockRefused = "CME-1522";
    public const string ClockTrusted = "CME-1523";
    public const string ClockSourceLost = "CME-1524";
    public const string ClockSetByTechnician = "CME-1525";
    public const string DeviceStale = "CME-1531";
    public const string DeviceFaulted = "CME-1532";
    public const string DeviceBack = "CME-1533";
    public const string StoreFailed = "CME-1541";
    public const string RecordsDropped = "CME-1542";
}
