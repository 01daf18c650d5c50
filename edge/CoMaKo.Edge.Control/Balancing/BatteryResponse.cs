namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Model of what a battery makes of the commands that it took, without dead time: first-order lag and ramp, kept for 60 s on a grid of 100 ms (local-control §2.2).
/// Seconds are those of the monotonic clock, powers are watts, + discharge.
/// </summary>
/// <remarks>What becomes known late (a write that took long, a reading of the past) is put in where it belongs, and the model is computed again from there.</remarks>
internal sealed class BatteryResponse
{
    private const double Cell = 0.1;
    private const int Cells = 600;

    private readonly double[] powers = new double[Cells];
    private readonly List<Entry> entries = [];
    private long? newest;
    private double timeConstant;
    private double ramp;
    private double cellShare;

    public BatteryResponse(BatteryDynamics dynamics) => Use(dynamics);

    /// <summary>Takes other dynamics and computes the past again with them.</summary>
    public void Use(BatteryDynamics dynamics)
    {
        timeConstant = dynamics.TimeConstant.TotalSeconds;
        ramp = dynamics.Ramp is { } limit ? limit.Milliwatts / 1000.0 : double.PositiveInfinity;
        cellShare = Share(Cell);
        if (newest is { } known) newest = Oldest(known);
    }

    /// <summary>A command that the device confirmed.</summary>
    public void Command(double at, double watts) => Insert(new Entry(at, watts, IsMeasured: false));

    /// <summary>The battery moved on its own and was measured: the model is set to it.</summary>
    public void Set(double at, double watts) => Insert(new Entry(at, watts, IsMeasured: true));

    /// <summary>Power at a time; of times before the history its oldest value, before any entry 0.</summary>
    public double At(double time)
    {
        if (newest is not { } known) return 0;
        long cell = (long)Math.Floor(time / Cell);
        long oldest = Oldest(known);
        if (cell < oldest) return powers[Slot(oldest)];
        AdvanceTo(cell);
        return Integrate(powers[Slot(cell)], cell * Cell, time);
    }

    private void Insert(Entry entry)
    {
        int place = entries.Count;
        while (place > 0 && entries[place - 1].At > entry.At) place--;
        entries.Insert(place, entry);
        if (newest is not { } known)
        {
            Start(entry);
            return;
        }

        long before = (long)Math.Ceiling(entry.At / Cell) - 1;
        if (before < known) newest = Math.Max(before, Oldest(known));
        Prune(entries[^1].At - Cells * Cell);
    }

    private void Start(Entry first)
    {
        // A first command finds a battery at rest; a first reading says where it stands.
        newest = (long)Math.Ceiling(first.At / Cell) - 1;
        Array.Fill(powers, first.IsMeasured ? first.Watts : 0);
    }

    private void Prune(double before)
    {
        // The last entry before the history still says what is in force at its start.
        int keep = 0;
        while (keep + 1 < entries.Count && entries[keep + 1].At < before) keep++;
        if (keep > 0) entries.RemoveRange(0, keep);
    }

    private void AdvanceTo(long cell)
    {
        long known = newest!.Value;
        if (cell - known > Cells)
        {
            // Nothing in between is ever asked for.
            long skipTo = cell - Cells;
            powers[Slot(skipTo)] = Integrate(powers[Slot(known)], known * Cell, skipTo * Cell);
            known = skipTo;
        }

        for (; known < cell; known++) powers[Slot(known + 1)] = Integrate(powers[Slot(known)], known * Cell, (known + 1) * Cell);
        if (newest < known) newest = known;
    }

    private double Integrate(double power, double from, double to)
    {
        int next = entries.Count;
        while (next > 0 && entries[next - 1].At > from) next--;
        double? target = next > 0 ? entries[next - 1].Watts : null;
        for (; next < entries.Count && entries[next].At <= to; next++)
        {
            var entry = entries[next];
            power = entry.IsMeasured ? entry.Watts : Move(power, target, entry.At - from);
            (target, from) = (entry.Watts, entry.At);
        }

        return Move(power, target, to - from);
    }

    private double Move(double power, double? target, double seconds)
    {
        if (target is not { } goal || seconds <= 0) return power;
        double change = (goal - power) * (Math.Abs(seconds - Cell) < 1e-9 ? cellShare : Share(seconds));
        double most = ramp * seconds;
        return power + Math.Clamp(change, -most, most);
    }

    private double Share(double seconds) => timeConstant > 0 ? 1 - Math.Exp(-seconds / timeConstant) : 1;

    private static long Oldest(long known) => known - Cells + 1;

    private static int Slot(long cell) => (int)(((cell % Cells) + Cells) % Cells);

    private readonly record struct Entry(double At, double Watts, bool IsMeasured);
}
