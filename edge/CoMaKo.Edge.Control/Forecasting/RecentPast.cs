using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>
/// The last days before an issue time as plain arrays without gaps: position 0 is the oldest slot, the last position the last complete one.
/// Every model reads this, so that none sees more than another. Memory is reused from one issue to the next. Not for two threads at once.
/// </summary>
public sealed class RecentPast
{
    private double[] load = [];
    private double[] pv = [];
    private bool[] isLoadMeasured = [];
    private bool[] isPvMeasured = [];

    public Instant IssuedAt { get; private set; }

    /// <summary>Number of the slot that runs at the issue time; position <see cref="Count"/>.</summary>
    public long Running { get; private set; }

    public int StepSeconds { get; private set; }

    public int SlotsPerDay { get; private set; }

    /// <summary>Slots.</summary>
    public int Count { get; private set; }

    /// <summary>Whole days; 0 while less than a day is known.</summary>
    public int Days => SlotsPerDay == 0 ? 0 : Count / SlotsPerDay;

    /// <summary>Load in kW; gaps are filled from the week before, else the day before, else the mean at that time of day.</summary>
    public ReadOnlySpan<double> Load => load.AsSpan(0, Count);

    /// <summary>PV in kW; gaps are filled from the day before, else the mean at that time of day; 0 if no PV was ever measured.</summary>
    public ReadOnlySpan<double> Pv => pv.AsSpan(0, Count);

    public ReadOnlySpan<bool> IsLoadMeasured => isLoadMeasured.AsSpan(0, Count);

    public ReadOnlySpan<bool> IsPvMeasured => isPvMeasured.AsSpan(0, Count);

    /// <summary>Some slot has a measured load.</summary>
    public bool HasLoad { get; private set; }

    /// <summary>Some slot has a measured PV production.</summary>
    public bool HasPv { get; private set; }

    /// <summary>Start of the slot at a position; positions from <see cref="Count"/> on lie in the future.</summary>
    public Instant StartOf(int position) => Instant.FromUnixTimeSeconds((Running - Count + position) * StepSeconds);

    /// <summary>Reads at most so many whole days out of a view; a started day at the beginning is left out once a whole one is there.</summary>
    public void Read(HistoryView view, int days)
    {
        (IssuedAt, Running, StepSeconds, SlotsPerDay) = (view.IssuedAt, view.Running, view.StepSeconds, view.SlotsPerDay);
        long known = view.First is { } first ? Math.Clamp(view.Running - first, 0, (long)days * SlotsPerDay) : 0;
        Count = (int)(known < SlotsPerDay ? known : known / SlotsPerDay * SlotsPerDay);
        if (load.Length < Count) (load, pv, isLoadMeasured, isPvMeasured) = (new double[Count], new double[Count], new bool[Count], new bool[Count]);
        for (int i = 0; i < Count; i++)
        {
            long number = Running - Count + i;
            (double? l, double? p) = (view.Load(number), view.Pv(number));
            (load[i], isLoadMeasured[i]) = (l ?? 0, l is not null);
            (pv[i], isPvMeasured[i]) = (p ?? 0, p is not null);
        }

        HasLoad = IsLoadMeasured.Contains(true);
        HasPv = IsPvMeasured.Contains(true);
        if (HasLoad) Fill(load, isLoadMeasured, [7 * SlotsPerDay, SlotsPerDay]);
        if (HasPv) Fill(pv, isPvMeasured, [SlotsPerDay]);
    }

    /// <summary>Mean of a stretch of loads, kW.</summary>
    public double MeanLoad(int from, int to) => Mean(Load[Math.Max(0, from)..to]);

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return values.IsEmpty ? 0 : sum / values.Length;
    }

    /// <summary>Fills from earlier slots, which are filled already, or from what that time of day measured on average.</summary>
    private void Fill(double[] values, bool[] isMeasured, ReadOnlySpan<int> shifts)
    {
        double[]? means = null;
        for (int i = 0; i < Count; i++)
        {
            if (isMeasured[i]) continue;
            int from = -1;
            foreach (int shift in shifts)
                if (from < 0 && i >= shift) from = i - shift;
            values[i] = from >= 0 ? values[from] : (means ??= SlotMeans(values, isMeasured))[i % SlotsPerDay];
        }
    }

    /// <summary>Mean of the measured values at each time of day, in the order of the positions; where a time of day was never measured, the mean of all.</summary>
    private double[] SlotMeans(double[] values, bool[] isMeasured)
    {
        var (sums, counts) = (new double[SlotsPerDay], new int[SlotsPerDay]);
        (double all, int known) = (0, 0);
        for (int i = 0; i < Count; i++)
        {
            if (!isMeasured[i]) continue;
            sums[i % SlotsPerDay] += values[i];
            counts[i % SlotsPerDay]++;
            (all, known) = (all + values[i], known + 1);
        }

        for (int slot = 0; slot < SlotsPerDay; slot++) sums[slot] = counts[slot] > 0 ? sums[slot] / counts[slot] : all / known;
        return sums;
    }
}
