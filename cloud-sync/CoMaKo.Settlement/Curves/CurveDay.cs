using System.Buffers.Binary;

namespace CoMaKo.Settlement.Curves;

/// <summary>One version of one source's curve of a day, as stored: 92, 96 or 100 slots.</summary>
/// <param name="Day">Number of the Berlin day.</param>
/// <param name="Wh">Value per slot; absent where there is none.</param>
public sealed record CurveDay(int Day, CurveSource Source, int Version, IReadOnlyList<int?> Wh, IReadOnlyList<SlotQuality> Quality)
{
    private const int Absent = int.MinValue;

    /// <summary>How each slot's value was substituted; empty if none was.</summary>
    public IReadOnlyList<SubstituteMethod> Method { get; init; } = [];

    /// <summary>How a slot's value was substituted.</summary>
    public SubstituteMethod MethodOf(int slot) => Method.Count == 0 ? SubstituteMethod.None : Method[slot];

    /// <summary>The stored form of the values: Int32 big-endian, −2³¹ for absent.</summary>
    public byte[] PackWh()
    {
        byte[] packed = new byte[Wh.Count * sizeof(int)];
        for (int i = 0; i < Wh.Count; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), Wh[i] ?? Absent);
        return packed;
    }

    /// <summary>The stored form of the qualities: one byte per slot.</summary>
    public byte[] PackQuality() => [.. Quality.Select(quality => (byte)quality)];

    /// <summary>The stored form of the methods: one byte per slot; absent if no value was substituted.</summary>
    public byte[]? PackMethod() => Method.Any(method => method != SubstituteMethod.None) ? [.. Method.Select(method => (byte)method)] : null;

    /// <summary>Reads the stored form.</summary>
    public static CurveDay Unpack(int day, CurveSource source, int version, byte[] wh, byte[] quality, byte[]? method = null)
    {
        ArgumentNullException.ThrowIfNull(wh);
        ArgumentNullException.ThrowIfNull(quality);
        var values = new int?[wh.Length / sizeof(int)];
        for (int i = 0; i < values.Length; i++)
        {
            int value = BinaryPrimitives.ReadInt32BigEndian(wh.AsSpan(i * sizeof(int)));
            values[i] = value == Absent ? null : value;
        }

        return new CurveDay(day, source, version, values, Array.ConvertAll(quality, each => (SlotQuality)each))
        {
            Method = method is null ? [] : Array.ConvertAll(method, each => (SubstituteMethod)each),
        };
    }
}

/// <summary>The value that counts in one slot, and which version of which source it is.</summary>
public readonly record struct EffectiveSlot(CurveSlot Curve, int Version, CurveSource Source);

/// <summary>
/// Chooses per slot the best of several sources: the highest rank that has a value; inside one source its newest version. A conflict or fault is not
/// passed over: lower ranks do not take its place before the operator has decided.
/// </summary>
public static class SourceRank
{
    /// <param name="slots">The day's slots in order.</param>
    /// <param name="curves">All stored versions of the day.</param>
    public static IReadOnlyList<EffectiveSlot> Choose(IReadOnlyList<Quantities.QuarterHour> slots, IReadOnlyList<CurveDay> curves)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var newest = curves.GroupBy(curve => curve.Source).OrderBy(group => group.Key)
            .Select(group => group.MaxBy(curve => curve.Version)!).ToList();
        var chosen = new EffectiveSlot[slots.Count];
        for (int i = 0; i < chosen.Length; i++)
        {
            var best = newest.Find(curve => curve.Wh[i] is not null || curve.Quality[i] is SlotQuality.Conflict or SlotQuality.Fault) ?? newest.FirstOrDefault();
            chosen[i] = best is null
                ? new EffectiveSlot(new CurveSlot(slots[i], null, SlotQuality.Missing), 0, CurveSource.Gateway)
                : new EffectiveSlot(new CurveSlot(slots[i], best.Wh[i], best.Quality[i]), best.Version, best.Source);
        }

        return chosen;
    }
}
