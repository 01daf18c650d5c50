namespace CoMaKo.Devices.Linux;

/// <summary>What the kernel, or systemd-timesyncd in its place, knows about the clock.</summary>
public static unsafe class SystemClock
{
    private const int Unsynchronised = 5; // TIME_ERROR of adjtimex(2)

    /// <summary>Touched by systemd-timesyncd at each success, at most 34 minutes apart; empty after a boot.</summary>
    private const string TimesyncFlag = "/run/systemd/timesync/synchronized";

    private static readonly TimeSpan TimesyncTrust = TimeSpan.FromHours(3);

    /// <summary>Whether a time source (NTP, PTP) disciplines the clock now. A sandbox may forbid to ask the kernel; then timesyncd's flag answers.</summary>
    public static bool IsSynchronised()
    {
        // struct timex has 208 bytes or fewer; modes = 0 asks and changes nothing.
        byte* timex = stackalloc byte[256];
        new Span<byte>(timex, 256).Clear();
        int state = LibC.AdjustTime(timex);
        return state < 0 ? IsFresh(new FileInfo(TimesyncFlag), TimeProvider.System.GetUtcNow()) : state != Unsynchronised;
    }

    /// <summary>Whether timesyncd reported a success within the last three hours.</summary>
    /// <param name="flag">Its flag file; may be absent.</param>
    /// <param name="now">The clock in question: after a jump the flag does not count.</param>
    public static bool IsFresh(FileInfo flag, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(flag);
        if (!flag.Exists) return false;
        var age = now - new DateTimeOffset(flag.LastWriteTimeUtc, TimeSpan.Zero);
        return age > -TimeSpan.FromMinutes(1) && age < TimesyncTrust;
    }
}
