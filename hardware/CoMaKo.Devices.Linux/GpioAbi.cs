using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CoMaKo.Devices.Linux;

/// <summary>Structures, numbers and flags of the kernel's GPIO character device, version 2 (linux/gpio.h). A test compiles the header and compares.</summary>
internal static unsafe class GpioAbi
{
    public const int NameSize = 32;

    public const ulong ActiveLow = 1 << 1, Input = 1 << 2, Output = 1 << 3, EdgeRising = 1 << 4, EdgeFalling = 1 << 5;
    public const ulong PullUp = 1 << 8, PullDown = 1 << 9, BiasDisabled = 1 << 10;
    public const uint OutputValues = 2, Debounce = 3;
    public const uint RisingEvent = 1, FallingEvent = 2;

    public static readonly nuint GetChipInfo = Number(2, 0x01, sizeof(ChipInfo));
    public static readonly nuint GetLineInfo = Number(3, 0x05, sizeof(LineInfo));
    public static readonly nuint GetLine = Number(3, 0x07, sizeof(LineRequest));
    public static readonly nuint GetValues = Number(3, 0x0E, sizeof(LineValues));
    public static readonly nuint SetValues = Number(3, 0x0F, sizeof(LineValues));

    /// <summary>_IOC of asm-generic: direction (1 write, 2 read), size, type 0xB4, number.</summary>
    private static nuint Number(uint direction, uint number, int size) => (direction << 30) | ((uint)size << 16) | (0xB4 << 8) | number;

    [StructLayout(LayoutKind.Sequential)]
    public struct ChipInfo
    {
        public fixed byte Name[NameSize];
        public fixed byte Label[NameSize];
        public uint Lines;
    }

    /// <summary>The union is 64 bits; what is shorter (the debounce period) stands in its first octets, which are the low ones on all our machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LineAttribute
    {
        public uint Id;
        public uint Padding;
        public ulong Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ConfigAttribute
    {
        public LineAttribute Attribute;
        public ulong Mask;
    }

    [InlineArray(10)]
    public struct LineAttributes
    {
        private LineAttribute first;
    }

    [InlineArray(10)]
    public struct ConfigAttributes
    {
        private ConfigAttribute first;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineConfig
    {
        public ulong Flags;
        public uint AttributeCount;
        public fixed uint Padding[5];
        public ConfigAttributes Attributes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineRequest
    {
        public fixed uint Offsets[64];
        public fixed byte Consumer[NameSize];
        public LineConfig Config;
        public uint LineCount;
        public uint EventBufferSize;
        public fixed uint Padding[5];
        public int Descriptor;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineInfo
    {
        public fixed byte Name[NameSize];
        public fixed byte Consumer[NameSize];
        public uint Offset;
        public uint AttributeCount;
        public ulong Flags;
        public LineAttributes Attributes;
        public fixed uint Padding[4];
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineValues
    {
        public ulong Bits;
        public ulong Mask;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct LineEvent
    {
        public ulong Nanoseconds;
        public uint Id;
        public uint Offset;
        public uint Sequence;
        public uint LineSequence;
        public fixed uint Padding[6];
    }
}
