namespace CoMaKo.Devices.Linux;

/// <summary>What the kernel knows about its clock.</summary>
public static unsafe class SystemClock
{
    private const int Unsynchronised = 5; // TIME_ERROR of adjtimex(2)

    // Written by systemd-timesyncd at its first success; answers where a sandbox forbids the system call.
    private const string TimesyncFlag = "/run/systemd/timesync/synchronized";

    /// <summary>Whether a time source (NTP, PTP) disciplines the clock now.</summary>
    public static bool IsSynchronised()
    {
        // struct timex has 208 bytes or fewer; modes = 0 asks and changes nothing.
        byte* timex = stackalloc byte[256];
        new Span<byte>(timex, 256).Clear();
        int state = LibC.AdjustTime(timex);
        return state < 0 ? File.Exists(TimesyncFlag) : state != Unsynchronised;
    }
}
