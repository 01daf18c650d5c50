namespace CoMaKo.Settlement.Runs;

/// <summary>Sums of one direction over the settled slots of a day, by position of the point: side by side in memory, as the slots are.</summary>
internal sealed class DaySums
{
    private long[] slot = [];
    private long[] shared = [];
    private long[] rest = [];
    private int width;

    /// <summary>Receives the shared energy of the slot under work.</summary>
    public Span<long> Slot => slot.AsSpan(0, width);

    /// <summary>Energy shared with the community.</summary>
    public ReadOnlySpan<long> Shared => shared.AsSpan(0, width);

    /// <summary>Energy of settled slots that was not shared.</summary>
    public ReadOnlySpan<long> Rest => rest.AsSpan(0, width);

    public void Begin(int points)
    {
        width = points;
        if (slot.Length < points) (slot, shared, rest) = (new long[points], new long[points], new long[points]);
        Array.Clear(shared);
        Array.Clear(rest);
    }

    /// <summary>Adds the slot.</summary>
    /// <param name="energy">All energy of each point in it.</param>
    public void Add(ReadOnlySpan<long> energy)
    {
        var given = slot.AsSpan(0, energy.Length);
        var sums = shared.AsSpan(0, energy.Length);
        var rests = rest.AsSpan(0, energy.Length);
        for (int i = 0; i < energy.Length; i++)
        {
            sums[i] += given[i];
            rests[i] += energy[i] - given[i];
        }
    }
}
