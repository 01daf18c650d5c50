namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A day's values of some points, put in slot by slot and taken out point by point. Used again for the next day.</summary>
internal sealed class SlotColumns
{
    private const int MaxSlots = 100;

    /// <summary>So many values fill a line of the processor's cache: they are turned together, or each line would be fetched eight times.</summary>
    private const int PointsAtOnce = 8;

    private readonly long[] turned = new long[PointsAtOnce * MaxSlots];
    private long[] values = [];
    private int width;
    private int slots;
    private int first;

    /// <summary>Begins a day on which nothing is settled: −1 throughout.</summary>
    public void Begin(int points, int daySlots)
    {
        (width, slots, first) = (points, daySlots, int.MinValue);
        if (points == 0) values = [];
        else if (values.Length < points * daySlots) values = new long[points * MaxSlots];
        values.AsSpan().Fill(-1);
    }

    /// <summary>Puts the values of all points in a slot.</summary>
    public void Put(int slot, ReadOnlySpan<long> wh) => wh.CopyTo(values.AsSpan(slot * width, width));

    /// <summary>All slots of a point; valid until the next is asked for. After the first of these calls nothing is put in any more.</summary>
    public ReadOnlySpan<long> Of(int point)
    {
        if (point < first || point >= first + PointsAtOnce) Turn(point / PointsAtOnce * PointsAtOnce);
        return turned.AsSpan((point - first) * MaxSlots, slots);
    }

    private void Turn(int from)
    {
        first = from;
        int count = Math.Min(PointsAtOnce, width - from);
        for (int slot = 0; slot < slots; slot++)
        {
            var line = values.AsSpan((slot * width) + from, count);
            for (int i = 0; i < line.Length; i++) turned[(i * MaxSlots) + slot] = line[i];
        }
    }
}
