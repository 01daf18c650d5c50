namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>How a number stands in registers; each register is big-endian.</summary>
public enum RegisterType
{
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Float32,
    Float64,
}

/// <summary>Which register of a longer number comes first.</summary>
public enum WordOrder
{
    HighFirst,
    LowFirst,
}

/// <summary>A number as the device has it, before scale and unit.</summary>
/// <param name="Value">Exact; a float32 is widened to double first and has its 15 significant digits.</param>
/// <param name="Step">Smallest step at this value: 1 for integers, the distance to the next larger magnitude for floats.</param>
public readonly record struct RawNumber(decimal Value, decimal Step, bool IsFloat);

/// <summary>Where a number stands and how it is written.</summary>
/// <param name="Invalid">Bit patterns that mean "no value", besides those that always do.</param>
public sealed record RegisterField(RegisterTable Table, ushort Address, RegisterType Type, WordOrder Order, IReadOnlyList<ulong> Invalid)
{
    /// <summary>Registers it takes.</summary>
    public int Length => LengthOf(Type);

    public static int LengthOf(RegisterType type) => type switch
    {
        RegisterType.Int16 or RegisterType.UInt16 => 1,
        RegisterType.Int32 or RegisterType.UInt32 or RegisterType.Float32 => 2,
        _ => 4,
    };

    /// <summary>
    /// The number in these registers; absent for NaN, infinities, magnitudes over 10^20, the smallest signed and the largest unsigned pattern (what devices
    /// send for "not available"), and the field's own invalid patterns.
    /// </summary>
    public RawNumber? Decode(ReadOnlySpan<ushort> words) => Decode(Type, Combine(words[..Length], Order), Invalid);

    /// <summary>The same for a bit pattern.</summary>
    public static RawNumber? Decode(RegisterType type, ulong bits, IReadOnlyList<ulong> invalid)
    {
        if (invalid.Contains(bits)) return null;
        return type switch
        {
            RegisterType.Int16 => Signed((short)bits, short.MinValue),
            RegisterType.Int32 => Signed((int)bits, int.MinValue),
            RegisterType.Int64 => Signed((long)bits, long.MinValue),
            RegisterType.UInt16 => Unsigned(bits, ushort.MaxValue),
            RegisterType.UInt32 => Unsigned(bits, uint.MaxValue),
            RegisterType.UInt64 => Unsigned(bits, ulong.MaxValue),
            RegisterType.Float32 => Float(BitConverter.UInt32BitsToSingle((uint)bits)),
            _ => Float(BitConverter.UInt64BitsToDouble(bits)),
        };
    }

    /// <summary>The registers that hold this raw number; a whole number is cut towards 0 and kept within the type.</summary>
    public ushort[] Encode(decimal raw)
    {
        ulong bits = Type switch
        {
            RegisterType.Float32 => BitConverter.SingleToUInt32Bits((float)raw),
            RegisterType.Float64 => BitConverter.DoubleToUInt64Bits((double)raw),
            RegisterType.Int16 => unchecked((ulong)(long)Within(raw, short.MinValue + 1, short.MaxValue)),
            RegisterType.Int32 => unchecked((ulong)(long)Within(raw, int.MinValue + 1, int.MaxValue)),
            RegisterType.Int64 => unchecked((ulong)(long)Within(raw, long.MinValue + 1, long.MaxValue)),
            RegisterType.UInt16 => (ulong)Within(raw, 0, ushort.MaxValue),
            RegisterType.UInt32 => (ulong)Within(raw, 0, uint.MaxValue),
            _ => (ulong)Within(raw, 0, ulong.MaxValue),
        };
        var words = new ushort[Length];
        for (int i = 0; i < words.Length; i++) words[Order == WordOrder.HighFirst ? words.Length - 1 - i : i] = (ushort)(bits >> 16 * i);
        return words;
    }

    private static decimal Within(decimal raw, decimal min, decimal max) => Math.Clamp(Math.Truncate(raw), min, max);

    private static ulong Combine(ReadOnlySpan<ushort> words, WordOrder order)
    {
        ulong bits = 0;
        for (int i = 0; i < words.Length; i++) bits = bits << 16 | words[order == WordOrder.HighFirst ? i : words.Length - 1 - i];
        return bits;
    }

    private static RawNumber? Signed(long value, long none) => value == none ? null : new(value, 1, IsFloat: false);

    private static RawNumber? Unsigned(ulong value, ulong none) => value == none ? null : new(value, 1, IsFloat: false);

    private static RawNumber? Float(float value) =>
        IsSane(value) ? new((decimal)(double)value, (decimal)(double)(MathF.BitIncrement(MathF.Abs(value)) - MathF.Abs(value)), IsFloat: true) : null;

    private static RawNumber? Float(double value) =>
        IsSane(value) ? new((decimal)value, (decimal)(Math.BitIncrement(Math.Abs(value)) - Math.Abs(value)), IsFloat: true) : null;

    private static bool IsSane(double value) => Math.Abs(value) <= 1e20; // false for NaN
}

/// <summary>Registers read in one request.</summary>
public sealed record RegisterBlock(RegisterTable Table, ushort Start, int Count)
{
    public bool Holds(RegisterField field) => field.Table == Table && field.Address >= Start && field.Address + field.Length <= Start + Count;

    public bool Overlaps(RegisterBlock other) => other.Table == Table && other.Start < Start + Count && Start < other.Start + other.Count;

    public override string ToString() => FormattableString.Invariant($"{Table} registers 0x{Start:x4} to 0x{Start + Count - 1:x4}");
}
