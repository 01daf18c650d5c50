namespace CoMaKo.Settlement.Runs;

/// <summary>
/// The series of one direction on one day, turned so that a slot's values lie side by side in order of the points. Reused from day to day.
/// </summary>
internal sealed class SlotMatrix
{
    private long[] values = [];
    private SeriesDay?[] series = [];
    private int stride;

    /// <summary>Number of points.</summary>
    public int Width { get; private set; }

    /// <summary>Energy with a value per point, billable or not.</summary>
    public long[] Sums { get; private set; } = [];

    /// <summary>Per point of the day.</summary>
    public Coverage[] Coverage { get; private set; } = [];

    /// <summary>Values of all points in a slot; meaningful where each series is billable.</summary>
    public ReadOnlySpan<long> Slot(int slot) => values.AsSpan(slot * stride, Width);

    /// <summary>Prepares for the points of a day.</summary>
    public void Begin(int width, int slots)
    {
        Width = width;
        stride = width % 512 == 0 ? width + 8 : width; // rows a multiple of 4 KiB apart would fight for the same cache lines
        if (values.Length < stride * slots) values = new long[stride * slots];
        if (Sums.Length != width)
        {
            Sums = new long[width];
            Coverage = new Coverage[width];
            series = new SeriesDay?[width];
        }

        Array.Clear(series);
    }

    /// <summary>Notes a point's series.</summary>
    /// <exception cref="ArgumentException">It has one already.</exception>
    public void Take(int position, SeriesDay day)
    {
        if (series[position] is not null) throw new ArgumentException($"{day.Point} has two series of one direction on one day.", nameof(day));
        series[position] = day;
    }

    /// <summary>Reads all series in order of the points.</summary>
    /// <param name="missing">Per slot: how many series lack a billable value; added to.</param>
    /// <param name="firstMissing">Per slot: smallest index of such a point; narrowed.</param>
    /// <param name="points">Index of each position's point.</param>
    public void Read(int slots, int[] points, Span<int> missing, Span<int> firstMissing, SettlementHash hash)
    {
        for (int position = 0; position < Width; position++)
        {
            var day = series[position];
            if (day is not null && (day.Wh.Length != slots || day.Status.Length != slots)) throw new ArgumentException($"{day.Point} has {day.Wh.Length} values on a day of {slots} slots.");
            if (day is not null && day.Status.Span.IndexOfAnyExcept(ValueStatus.Measured) < 0) ReadMeasured(position, day.Wh.Span, hash);
            else ReadMixed(position, day, slots, points[position], missing, firstMissing, hash);
        }
    }

    private void ReadMeasured(int position, ReadOnlySpan<long> wh, SettlementHash hash)
    {
        long sum = 0, bits = 0;
        for (int slot = 0, target = position; slot < wh.Length; slot++, target += stride)
        {
            long value = wh[slot];
            values[target] = value;
            sum += value;
            bits |= value;
        }

        CheckRange(bits);
        Sums[position] = sum;
        Coverage[position] = new Coverage(wh.Length, wh.Length, wh.Length, 0);
        hash.AddMeasured(wh);
    }

    private void ReadMixed(int position, SeriesDay? day, int slots, int point, Span<int> missing, Span<int> firstMissing, SettlementHash hash)
    {
        long sum = 0, substituted = 0;
        int present = 0, billable = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            var status = day is null ? ValueStatus.Absent : day.Status.Span[slot];
            bool isPresent = status is ValueStatus.Measured or ValueStatus.Substituted or ValueStatus.Corrected or ValueStatus.Preliminary;
            long value = isPresent ? day!.Wh.Span[slot] : 0;
            CheckRange(value);
            values[slot * stride + position] = value;
            sum += value;
            if (isPresent) present++;
            if (status == ValueStatus.Substituted) substituted += value;
            if (isPresent && status != ValueStatus.Preliminary) billable++;
            else
            {
                missing[slot]++;
                firstMissing[slot] = Math.Min(firstMissing[slot], point);
            }

            hash.AddSlot(isPresent ? status : ValueStatus.Absent, value);
        }

        Sums[position] = sum;
        Coverage[position] = new Coverage(slots, present, billable, substituted);
    }

    private static void CheckRange(long bits)
    {
        if ((ulong)bits > SeriesDay.MaxWh) throw new ArgumentOutOfRangeException(nameof(bits), "An energy is negative or beyond 2^41 Wh in a slot.");
    }
}
