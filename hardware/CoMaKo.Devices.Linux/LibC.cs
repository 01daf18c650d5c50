using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Devices.Linux;

/// <summary>The calls of the C library that this project needs; the numbers are those of Linux on x86 and Arm (asm-generic).</summary>
internal static unsafe partial class LibC
{
    public const int ReadWrite = 2, NoControllingTerminal = 0x100, NonBlocking = 0x800, CloseOnExec = 0x80000;
    public const int NotPermitted = 1, Invalid = 22, NotSupported = 95, Unsupported = 524, SetFlags = 4;
    public const int NoEntry = 2, Interrupted = 4, IoError = 5, NoSuchDevice = 6, TryAgain = 11, AccessDenied = 13, Busy = 16, NoDevice = 19, NotTerminal = 25;
    public const uint SetExclusive = 0x540C, SetModemBits = 0x5416;
    public const int RequestToSend = 0x4, DataTerminalReady = 0x2;
    public const int LockExclusive = 2, LockNonBlocking = 4;
    public const int FlushBoth = 2, SetNow = 0;
    public const short PollOut = 4, PollHangUp = 16;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    public static partial int Duplicate(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int ControlFile(SafeFileHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetAttributes(SafeFileHandle descriptor, Termios* attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetAttributes(SafeFileHandle descriptor, int when, Termios* attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    public static partial void MakeRaw(Termios* attributes);

    [LibraryImport("libc", EntryPoint = "cfsetspeed", SetLastError = true)]
    public static partial int SetSpeed(Termios* attributes, uint speed);

    [LibraryImport("libc", EntryPoint = "cfgetospeed")]
    public static partial uint GetSpeed(Termios* attributes);

    [LibraryImport("libc", EntryPoint = "tcflush", SetLastError = true)]
    public static partial int Flush(SafeFileHandle descriptor, int queues);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenPseudoTerminal(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    public static partial int Grant(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int Unlock(SafeFileHandle descriptor);

    /// <returns>0 or the error number itself.</returns>
    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    public static partial int SlaveName(SafeFileHandle descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int CreateEventPoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int ControlEventPoll(int poll, int operation, SafeFileHandle descriptor, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int WaitEventPoll(int poll, byte* entries, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    public static partial int AdjustTime(byte* timex);

    /// <summary>The C library's words for an error number.</summary>
    public static string Words(int error) => FormattableString.Invariant($"{Marshal.GetPInvokeErrorMessage(error)}, errno {error}");

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }

    /// <summary>struct termios of glibc and musl on x86 and Arm.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Termios
    {
        public const uint IgnoreBreak = 0x1, IgnoreParityErrors = 0x4, CheckParity = 0x10;
        public const uint SizeMask = 0x30, Size7 = 0x20, Size8 = 0x30, TwoStopBits = 0x40, Receive = 0x80, ParityEnabled = 0x100, ParityOdd = 0x200, Local = 0x800, HardwareFlow = 0x80000000;
        public const uint Canonical = 0x2;

        public uint Input;
        public uint Output;
        public uint Control;
        public uint LocalModes;
        public byte Line;
        public fixed byte Characters[32];
        public uint InputSpeed;
        public uint OutputSpeed;
    }
}
