using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>Type of a SunSpec point (S signed, U unsigned, F float, with its bits); decides its length and what "not implemented" looks like (inverters.md 1.2).</summary>
public enum SunSpecType
{
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,

    /// <summary>Accumulators: 0 is "not implemented".</summary>
    Acc32,
    Acc64,

    /// <summary>Codes and bit fields: all ones is "not implemented".</summary>
    Enum16,
    Enum32,
}

/// <summary>A point of a model by its offset from the model's ID register; names differ between model files, offsets do not.</summary>
/// <param name="ScaleOffset">Offset of its scale factor; absent for floats and codes.</param>
public sealed record SunSpecPoint(string Name, int Offset, SunSpecType Type, int? ScaleOffset = null)
{
    public int Length => Type switch
    {
        SunSpecType.S16 or SunSpecType.U16 or SunSpecType.Enum16 => 1,
        SunSpecType.S64 or SunSpecType.U64 or SunSpecType.F64 or SunSpecType.Acc64 => 4,
        _ => 2,
    };

    /// <summary>First offset that is not needed to decode the point.</summary>
    public int End => Math.Max(Offset + Length, (ScaleOffset ?? 0) + 1);

    /// <summary>Raw × 10^scale factor, both from the same request, since devices change factors with magnitude. Absent if not implemented or beyond the words.</summary>
    /// <param name="words">The model from its ID register on.</param>
    public RawNumber? Decode(ReadOnlySpan<ushort> words)
    {
        if (End > words.Length) return null;
        ulong bits = 0;
        for (int i = 0; i < Length; i++) bits = bits << 16 | words[Offset + i];
        if (RegisterField.Decode(RawType, bits, IsAccumulator ? [0UL] : []) is not { } raw) return null;
        if (ScaleOffset is not { } at) return raw;
        int exponent = words[at] == 0x8000 ? 0 : (short)words[at];
        return exponent is >= -10 and <= 10 && Power(exponent) is var factor && Math.Abs(raw.Value) < decimal.MaxValue / 10_000_000_000m
            ? raw with { Value = raw.Value * factor, Step = raw.Step * factor }
            : null;
    }

    private bool IsAccumulator => Type is SunSpecType.Acc32 or SunSpecType.Acc64;

    private RegisterType RawType => Type switch
    {
        SunSpecType.S16 => RegisterType.Int16,
        SunSpecType.S32 => RegisterType.Int32,
        SunSpecType.S64 => RegisterType.Int64,
        SunSpecType.U32 or SunSpecType.Acc32 or SunSpecType.Enum32 => RegisterType.UInt32,
        SunSpecType.U64 or SunSpecType.Acc64 => RegisterType.UInt64,
        SunSpecType.F32 => RegisterType.Float32,
        SunSpecType.F64 => RegisterType.Float64,
        _ => RegisterType.UInt16,
    };

    private static decimal Power(int exponent)
    {
        decimal power = 1;
        for (int i = 0; i < Math.Abs(exponent); i++) power *= 10;
        return exponent < 0 ? 1 / power : power;
    }
}
