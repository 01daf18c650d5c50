using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>Mean powers of one slot, kW, with the time at which they became known. Either may be absent; absent is never 0.</summary>
/// <param name="Start">Start of the slot, a multiple of the history's step in UTC.</param>
/// <param name="Load">Consumption without battery and without PV: grid + PV + battery discharge.</param>
/// <param name="Pv">PV production.</param>
/// <param name="Arrived">When the values reached this program; a forecast issued earlier does not see them.</param>
public readonly record struct HistorySlot(Instant Start, double? Load, double? Pv, Instant Arrived)
{
    /// <summary>From the mean powers of a quarter hour, known at its end.</summary>
    public static HistorySlot Of(QuarterHourMean mean)
    {
        ArgumentNullException.ThrowIfNull(mean);
        return new(mean.Slot.Start, (double?)mean.Load?.Watts / 1000, (double?)mean.Pv?.Watts / 1000, mean.Slot.End);
    }
}

/// <summary>
/// The building's own past: mean load and PV of equal slots in UTC (forecasting §1). Keeps a bounded number of days and forgets the oldest.
/// What a forecast may see is decided by <see cref="AsOf"/>; there is no other way to read a value.
/// </summary>
public sealed class History
{
    /// <summary>As long as the gateway keeps its quarter hours.</summary>
    public const int DefaultDays = 400;

    private const int SecondsPerDay = 86_400;

    private readonly long[] slotAt;
    private readonly long[] arrivedAt;
    private readonly double[] loads;
    private readonly double[] pvs;

    /// <param name="step">Length of a slot; divides a day, at least one minute.</param>
    /// <param name="days">Days kept, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A step that does not divide a day, or no days.</exception>
    public History(Duration step, int days = DefaultDays)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        StepSeconds = checked((int)step.TotalSeconds);
        if (StepSeconds < 60 || SecondsPerDay % StepSeconds != 0) throw new ArgumentOutOfRangeException(nameof(step), step, "A slot lasts at least a minute and divides a day.");
        SlotsPerDay = SecondsPerDay / StepSeconds;
        int slots = checked(days * SlotsPerDay);
        (slotAt, arrivedAt, loads, pvs) = (new long[slots], new long[slots], new double[slots], new double[slots]);
        Array.Fill(slotAt, long.MinValue);
    }

    public int StepSeconds { get; }

    public int SlotsPerDay { get; }

    /// <summary>Number of the first slot ever added; absent while there is none. Slots are numbered from the Unix epoch.</summary>
    public long? First { get; private set; }

    /// <summary>Enters a slot; the same slot again replaces it (a correction). Slots older than what is kept are left out, a power that is no number counts as absent, a load below 0 as 0 (forecasting §1).</summary>
    /// <exception cref="ArgumentException">The start is not on the grid.</exception>
    public void Add(in HistorySlot slot)
    {
        long seconds = slot.Start.ToUnixTimeSeconds();
        if (slot.Start != Instant.FromUnixTimeSeconds(seconds) || seconds < 0 || seconds % StepSeconds != 0) throw new ArgumentException($"{slot.Start} is not the start of a slot of {StepSeconds} s.", nameof(slot));
        long number = seconds / StepSeconds;
        int place = (int)(number % slotAt.Length);
        if (slotAt[place] > number) return;
        (slotAt[place], arrivedAt[place]) = (number, slot.Arrived.ToUnixTimeTicks());
        (loads[place], pvs[place]) = (Known(slot.Load), Known(slot.Pv));
        First = First is { } first ? Math.Min(first, number) : number;
    }

    /// <summary>What was known at <paramref name="issued"/>: slots that had ended and arrived by then.</summary>
    public HistoryView AsOf(Instant issued) => new(this, issued);

    internal long NumberAt(Instant at) => at.ToUnixTimeSeconds() / StepSeconds;

    internal double LoadAt(long number, long issuedTicks) => Seen(number, issuedTicks) is { } place ? loads[place] : double.NaN;

    internal double PvAt(long number, long issuedTicks) => Seen(number, issuedTicks) is { } place ? pvs[place] : double.NaN;

    private int? Seen(long number, long issuedTicks)
    {
        if (number < 0) return null;
        int place = (int)(number % slotAt.Length);
        return slotAt[place] == number && arrivedAt[place] <= issuedTicks ? place : null;
    }

    private static double Known(double? power) => power is { } value && double.IsFinite(value) ? Math.Max(0, value) : double.NaN;
}

/// <summary>The past as it was known at one moment.</summary>
public readonly struct HistoryView
{
    private readonly History history;
    private readonly long issuedTicks;

    internal HistoryView(History history, Instant issued)
    {
        (this.history, IssuedAt, issuedTicks) = (history, issued, issued.ToUnixTimeTicks());
        Running = history.NumberAt(issued);
    }

    public Instant IssuedAt { get; }

    /// <summary>Number of the slot that contains the issue time; itself not known yet.</summary>
    public long Running { get; }

    public int StepSeconds => history.StepSeconds;

    public int SlotsPerDay => history.SlotsPerDay;

    /// <summary>Number of the oldest slot ever entered; absent without any.</summary>
    public long? First => history.First;

    /// <summary>Mean load of a slot, kW; absent if it was not known.</summary>
    public double? Load(long number) => Absent(number < Running ? history.LoadAt(number, issuedTicks) : double.NaN);

    /// <summary>Mean PV production of a slot, kW; absent if it was not known.</summary>
    public double? Pv(long number) => Absent(number < Running ? history.PvAt(number, issuedTicks) : double.NaN);

    /// <summary>Number of the slot that holds a moment.</summary>
    public long SlotAt(Instant at) => history.NumberAt(at);

    public Instant StartOf(long number) => Instant.FromUnixTimeSeconds(number * StepSeconds);

    private static double? Absent(double value) => double.IsNaN(value) ? null : value;
}
