using System.Buffers.Binary;
using System.Security.Cryptography;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Settlement.Curves;

/// <summary>How far a day's curve has come.</summary>
public enum DayState
{
    /// <summary>A slot has no billable value.</summary>
    Open = 1,

    /// <summary>Every slot is billable.</summary>
    Final = 2,
}

/// <summary>The values of a series on one day that count, with what they may be used for (<c>met_effective_day</c>).</summary>
/// <param name="Day">Number of the Berlin day.</param>
/// <param name="InputHash">SHA-256 over what was chosen from: equal inputs make no new version.</param>
public sealed record EffectiveDay(int Day, IReadOnlyList<EffectiveSlot> Slots, IReadOnlyList<ValueStatus> Status, string InputHash)
{
    private const int AbsentWh = int.MinValue;

    /// <summary>Slots with a billable value.</summary>
    public int Billable => Status.Count(IsBillable);

    /// <summary>Billable share of the day, three decimals, rounded down.</summary>
    public decimal Completeness => decimal.Floor(1000m * Billable / Slots.Count) / 1000;

    public DayState State => Billable == Slots.Count ? DayState.Final : DayState.Open;

    /// <summary>Whether a value of this status may be billed.</summary>
    public static bool IsBillable(ValueStatus status) => status is ValueStatus.Measured or ValueStatus.Substituted or ValueStatus.Corrected;

    /// <summary>Chooses from all stored versions of all sources.</summary>
    public static EffectiveDay Choose(int day, IReadOnlyList<CurveDay> versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        var slots = SourceRank.Choose(MarketDay.Slots(day), versions);
        var status = new ValueStatus[slots.Count];
        for (int i = 0; i < status.Length; i++) status[i] = StatusOf(slots[i], i, versions);
        return new EffectiveDay(day, slots, status, HashOf(day, versions, status));
    }

    /// <summary>Energy per slot as stored: Int32 big-endian, −2³¹ for absent.</summary>
    public byte[] PackWh()
    {
        byte[] packed = new byte[Slots.Count * sizeof(int)];
        for (int i = 0; i < Slots.Count; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), Slots[i].Curve.Wh ?? AbsentWh);
        return packed;
    }

    /// <summary>Status per slot as stored.</summary>
    public byte[] PackStatus() => [.. Status.Select(status => (byte)status)];

    /// <summary>Source per slot as stored; 0 where there is no value.</summary>
    public byte[] PackSource() => [.. Slots.Select(slot => slot.Curve.Wh is null ? (byte)0 : (byte)slot.Source)];

    /// <summary>The day as settlement reads it.</summary>
    public SeriesDay ToSeriesDay(string point, EnergyDirection direction) =>
        new(point, direction, Slots.Select(slot => (long)(slot.Curve.Wh ?? 0)).ToArray(), Status.ToArray());

    private static ValueStatus StatusOf(EffectiveSlot slot, int index, IReadOnlyList<CurveDay> versions)
    {
        if (slot.Curve.Wh is not { } wh) return slot.Curve.Quality == SlotQuality.Fault ? ValueStatus.Faulty : ValueStatus.Absent;
        var chosen = versions.First(each => each.Source == slot.Source && each.Version == slot.Version);
        if (slot.Source == CurveSource.OperatorDecision) return ValueStatus.Corrected;
        var method = chosen.MethodOf(index);
        if (Substitution.NeedsConfirmationOf(method) || slot.Curve.Quality == SlotQuality.Coarse) return ValueStatus.Preliminary;
        if (method != SubstituteMethod.None || slot.Source is CurveSource.MemberReading or CurveSource.Substitute) return ValueStatus.Substituted;
        bool wasOther = versions.Any(each => each.Source == slot.Source && each.Version < slot.Version && each.Wh[index] is { } before && before != wh);
        return wasOther ? ValueStatus.Corrected : ValueStatus.Measured;
    }

    private static string HashOf(int day, IReadOnlyList<CurveDay> versions, ValueStatus[] status)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, day);
        hash.AppendData(number);
        foreach (var newest in versions.GroupBy(each => each.Source).OrderBy(group => group.Key).Select(group => group.MaxBy(each => each.Version)!))
        {
            BinaryPrimitives.WriteInt32BigEndian(number, (int)newest.Source);
            hash.AppendData(number);
            BinaryPrimitives.WriteInt32BigEndian(number, newest.Version);
            hash.AppendData(number);
            hash.AppendData(newest.PackWh());
            hash.AppendData(newest.PackQuality());
            for (int i = 0; i < newest.Wh.Count; i++) hash.AppendData([(byte)newest.MethodOf(i)]);
        }

        hash.AppendData(Array.ConvertAll(status, each => (byte)each));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
