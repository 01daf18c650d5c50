using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>A reading of the register with the true moment behind it.</summary>
internal sealed record Sample(TestMeter Meter, long AtMs, Instant Wall, Duration Monotonic)
{
    public decimal Shown { get; } = Meter.Shown(AtMs).Value;

    /// <summary>In whole mWh, as the records carry it.</summary>
    public decimal Step { get; } = decimal.Round(Meter.Shown(AtMs).Step, 3);

    public decimal Exact { get; } = Meter.Exact(AtMs);

    public long Turns { get; } = Meter.Turns(AtMs);
}

/// <summary>A total that the rules of sync.md demand, with the truth at its border.</summary>
/// <param name="AtMs">True moment of the border.</param>
/// <param name="Exact">Register at that moment, not quantised, in Wh.</param>
/// <param name="Deviation">How far a straight line between the two samples is from that: what the load did between them.</param>
internal sealed record ExpectedTotal(RegisterId Register, long SlotEnd, long AtMs, decimal Exact, decimal Deviation, decimal Step);

/// <summary>The scenario's own book, written from the rules of sync.md: which pairs of samples may be interpolated, so which borders must have a total, and no others.</summary>
internal sealed class SampleAccount
{
    private readonly List<ExpectedTotal> unflushed = [];
    private readonly List<ExpectedTotal> expected = [];
    private readonly List<Sample> samples = [];
    private readonly List<Sample> doubted = [];
    private Known known; // what this process knows
    private Known durable; // what the store knows
    private Sample? before; // last booked sample of the open segment
    private bool open; // this process has an open segment
    private bool meterRestarted;
    private long? lastSlotEnd;

    /// <param name="Meter">Booked last.</param>
    /// <param name="Turns">Rollovers of its register at the last record.</param>
    /// <param name="Resets">Resets of its register at the last record.</param>
    private readonly record struct Known(string? Meter, long Turns, int Resets);

    public IReadOnlyList<ExpectedTotal> Expected => expected;

    public IReadOnlyList<Sample> Samples => samples;

    /// <summary>No change of meter or register waits for its proof.</summary>
    public bool IsFollowing(TestMeter meter, long atMs) => open && doubted.Count == 0 && before?.Meter == meter && known.Resets == meter.Resets && known.Turns == meter.Turns(atMs);

    public void MeterRestarted() => meterRestarted = true;

    /// <summary>A new process begins with what the store knows.</summary>
    public void Stopped()
    {
        (known, open, before) = (durable, false, null);
        unflushed.Clear();
        doubted.Clear();
    }

    /// <summary>What was booked until now is durable.</summary>
    public void Flushed()
    {
        expected.AddRange(unflushed);
        unflushed.Clear();
        durable = known;
    }

    public void Take(Sample sample, bool trusted)
    {
        samples.Add(sample);
        if (!trusted) (open, before) = (false, null);
        else if (IsDoubtful(sample)) Doubt(sample);
        else Follow(sample);
        meterRestarted = false;
    }

    private bool IsNewMeter(Sample sample) => known.Meter is not null && known.Meter != sample.Meter.ServerId;

    private bool IsDoubtful(Sample sample) =>
        IsNewMeter(sample) || (known.Meter is not null && (sample.Meter.Resets != known.Resets || sample.Turns != known.Turns));

    /// <summary>Three readings prove a new meter, a reset or a rollover; the last two take 10 s as well if the gateway watches.</summary>
    private void Doubt(Sample sample)
    {
        doubted.Add(sample);
        bool swapped = IsNewMeter(sample);
        if (doubted.Count < 3 || (!swapped && open && sample.Monotonic - doubted[0].Monotonic < Duration.FromSeconds(10))) return;
        before = swapped ? doubted[0] : null; // the first reading of a new meter opens its segment and counts
        (open, lastSlotEnd) = (true, null);
        doubted.Clear();
        Advance(sample);
    }

    private void Follow(Sample sample)
    {
        if (!open) (open, before, lastSlotEnd) = (true, null, null);
        else if (before is { } last && last.Step != sample.Step) (before, lastSlotEnd) = (null, null);
        Advance(sample);
    }

    private void Advance(Sample sample)
    {
        if (before is not null) Cross(before, sample);
        known = new Known(sample.Meter.ServerId, sample.Turns, sample.Meter.Resets);
        before = sample;
    }

    private void Cross(Sample from, Sample to)
    {
        long slotEnd = QuarterHour.Containing(from.Wall).EndUnixSeconds;
        Instant border = Instant.FromUnixTimeSeconds(slotEnd);
        Duration span = to.Monotonic - from.Monotonic;
        double steppedMs = Math.Abs((to.Wall - from.Wall - span).TotalMilliseconds);
        if (border > to.Wall || slotEnd <= lastSlotEnd || meterRestarted || span > Duration.FromSeconds(60) || steppedMs > 500) return;
        lastSlotEnd = slotEnd;
        long atMs = Math.Min(to.AtMs, from.AtMs + (long)(border - from.Wall).TotalMilliseconds);
        decimal exact = to.Meter.Exact(atMs);
        decimal line = from.Exact + (to.Exact - from.Exact) * (atMs - from.AtMs) / (to.AtMs - from.AtMs);
        unflushed.Add(new ExpectedTotal(RegisterId.Of(to.Meter.ServerId, ObisCode.ActiveEnergyImport), slotEnd, atMs, exact, Math.Abs(exact - line), to.Step));
    }
}
