using System.Buffers.Binary;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering;

/// <summary>The newest version of what counts in a series on one day.</summary>
/// <param name="Day">Number of the Berlin day.</param>
/// <param name="Version">0 if the day still runs and was derived for this reading.</param>
/// <param name="Wh">Int32 big-endian per slot; −2³¹ is absent.</param>
/// <param name="Source">One <c>CurveSource</c> per slot, 0 where there is no value.</param>
/// <param name="Status">One <see cref="ValueStatus"/> per slot.</param>
/// <param name="InputHash">SHA-256 of what was chosen from.</param>
public sealed record EffectiveRow(long SeriesId, int Day, int Version, byte[] Wh, byte[] Source, byte[] Status, string InputHash)
{
    /// <summary>Energy of a slot; absent if there is none.</summary>
    public int? WhOf(int slot) => BinaryPrimitives.ReadInt32BigEndian(Wh.AsSpan(slot * sizeof(int))) is var wh && wh == int.MinValue ? null : wh;

    /// <summary>Energy of a slot that was measured, or corrected to what was measured; absent if there is none.</summary>
    public int? MeasuredWhOf(int slot) => (ValueStatus)Status[slot] is ValueStatus.Measured or ValueStatus.Corrected ? WhOf(slot) : null;

    /// <summary>Slots that may be billed.</summary>
    public int Billable => Status.Count(status => CoMaKo.Settlement.Curves.EffectiveDay.IsBillable((ValueStatus)status));
}

/// <summary>What settlement takes of an <see cref="EffectiveRow"/>.</summary>
/// <param name="Wh">Int32 big-endian per slot; −2³¹ is absent.</param>
/// <param name="Status">One <see cref="ValueStatus"/> per slot.</param>
public readonly record struct DayValues(long SeriesId, int Day, int Version, byte[] Wh, byte[] Status);
