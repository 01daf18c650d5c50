using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// Turns stored day rows into curves in one piece of memory that the next day uses again: a settlement reads a day to its end before it asks for the
/// next, so that a month of ten thousand points needs the memory of a day.
/// </summary>
public sealed class DayBuffer
{
    private const int MaxSlots = 100;
    private const int RowsPerBlock = 1024;
    private readonly List<long[]> blocks = [];
    private readonly List<SeriesDay> series = [];
    private LocalDate day;

    /// <summary>What was added since <see cref="Begin"/>; valid until the next one.</summary>
    public DayCurves Curves => new(day, series);

    /// <summary>Forgets the day before.</summary>
    public void Begin(LocalDate next)
    {
        day = next;
        series.Clear();
    }

    /// <summary>Adds a series in its stored form (<c>met_effective_day</c>).</summary>
    /// <param name="wh">Int32 big-endian per slot; below zero is absent.</param>
    /// <param name="status">One <see cref="ValueStatus"/> per slot.</param>
    /// <exception cref="ArgumentException">More than 100 slots, or lengths that do not fit each other.</exception>
    public void Add(string point, EnergyDirection direction, ReadOnlySpan<byte> wh, ReadOnlySpan<byte> status)
    {
        if (wh.Length != status.Length * sizeof(int) || status.Length > MaxSlots) throw new ArgumentException($"{point} has {wh.Length} bytes of energy for {status.Length} slots.", nameof(wh));
        var (block, row) = Math.DivRem(series.Count, RowsPerBlock);
        if (block == blocks.Count) blocks.Add(new long[RowsPerBlock * MaxSlots]);
        var values = blocks[block].AsMemory(row * MaxSlots, status.Length);
        bool isWhole = Read(wh, values.Span);
        var states = MemoryMarshal.Cast<byte, ValueStatus>(status);
        bool isMeasured = isWhole && states.IndexOfAnyExcept(ValueStatus.Measured) < 0;
        series.Add(new SeriesDay(point, direction, values, isMeasured ? SeriesDay.StatusOf(values.Length) : StatusOf(values.Span, states)));
    }

    private static bool Read(ReadOnlySpan<byte> wh, Span<long> values)
    {
        long signs = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt32BigEndian(wh[(i * sizeof(int))..]);
            signs |= values[i];
        }

        return signs >= 0;
    }

    private static ValueStatus[] StatusOf(ReadOnlySpan<long> values, ReadOnlySpan<ValueStatus> stored)
    {
        ValueStatus[] own = stored.ToArray();
        for (int i = 0; i < own.Length; i++)
            if (values[i] < 0) own[i] = ValueStatus.Absent;
        return own;
    }
}
