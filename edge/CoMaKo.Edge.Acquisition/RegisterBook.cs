using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>The book of one energy register: its segments and its totals at the slot borders (sync.md, "What is sent").</summary>
/// <param name="history">What earlier runs left; absent for a register never seen.</param>
/// <param name="comparable">Whether values of earlier runs were taken the same way round (no changed inversion).</param>
public sealed class RegisterBook(string meter, ObisCode obis, DeviceSettings settings, RegisterState? history, bool comparable)
{
    private static readonly Duration EvidencePeriod = Duration.FromSeconds(QuarterHour.Seconds);

    private RegisterSegment? begin = history?.Begin;
    private bool ended = history?.End is not null;
    private bool open;
    private long lower = history?.Last?.Total.WattHours ?? history?.Begin.Total.WattHours ?? 0; // never below this in the segment
    private long? lastSlotEnd = history?.Last?.SlotEnd;
    private RegisterSample? previous;
    private Duration? evidenceAt;
    private int doubts;

    public RegisterId Id { get; } = RegisterId.Of(meter, obis);

    public string Meter => meter;

    public ObisCode Obis => obis;

    /// <summary>The open segment; absent while none is.</summary>
    public long? Segment => open ? begin?.Segment : null;

    /// <summary>The newest total; absent if there is none.</summary>
    public RegisterTotal? LastTotal { get; private set; } = history?.Last;

    /// <summary>The last sample; absent before the first.</summary>
    public RegisterSample? LastSample => previous;

    /// <summary>Books a sample. Samples come in order of monotonic time.</summary>
    /// <param name="counterBreak">The register started elsewhere since the sample before.</param>
    /// <param name="arrivedBySwap">Its meter replaced another one in this run.</param>
    public void Add(in RegisterSample sample, SettlementRole role, CounterBreak? counterBreak, bool arrivedBySwap, Booking booking)
    {
        ArgumentNullException.ThrowIfNull(booking);
        if (!booking.ClockTrusted)
        {
            open = false;
            BookEvidence(sample, booking);
        }
        else if (!open)
        {
            Open(sample, role, arrivedBySwap, booking);
        }
        else if (counterBreak is { } border)
        {
            bool rolled = border.Change == CounterChange.RolledOver;
            long closing = Floor(rolled ? border.Capacity : previous!.Value.RegisterWattHours);
            End(closing, previous!.Value.At, rolled ? SegmentReason.RolledOver : SegmentReason.Reset, booking);
            Begin(sample, role, Floor(border.OpeningWattHours), border.At, rolled ? SegmentReason.RolledOver : SegmentReason.Reset, booking);
        }
        else if (SettingsDiffer(sample, role))
        {
            ChangeSettings(sample, role, Floor(sample.RegisterWattHours), booking);
        }
        else
        {
            BookTotal(sample, booking);
        }

        previous = sample;
    }

    /// <summary>Ends the open segment because the meter was replaced; does nothing if there is none.</summary>
    public void Close(Booking booking)
    {
        if (begin is null || ended) return;
        bool read = open && previous is not null;
        End(read ? Floor(previous!.Value.RegisterWattHours) : lower, read ? previous!.Value.At : LastBooked, SegmentReason.MeterSwapped, booking);
        (open, previous) = (false, null);
    }

    private Instant LastBooked => lastSlotEnd is { } slotEnd ? Instant.FromUnixTimeSeconds(slotEnd) : begin!.At;

    private void BookTotal(in RegisterSample sample, Booking booking)
    {
        if (previous is not { } before || SlotBorders.Between(before, sample, booking.ClockStepTolerance) is not { } border) return;
        if (border.SlotEnd <= lastSlotEnd) return; // the wall clock was set back: this border has its total
        lower = Math.Max(lower, Floor(border.WattHours));
        lastSlotEnd = border.SlotEnd;
        LastTotal = new RegisterTotal(Id, begin!.Segment, border.SlotEnd, new Energy(lower), QualityOf(sample), border.OffsetMilliseconds);
        booking.Records.Add(LastTotal);
    }

    /// <summary>Opens a segment for a register that has none in this run.</summary>
    private void Open(in RegisterSample sample, SettlementRole role, bool arrivedBySwap, Booking booking)
    {
        long value = Floor(sample.RegisterWattHours);
        if (begin is null || ended)
        {
            // A register that was ended and comes back belongs to a meter that was taken away and put in again.
            Begin(sample, role, value, sample.At, begin is not null || arrivedBySwap ? SegmentReason.MeterSwapped : SegmentReason.Commissioned, booking);
        }
        else if (!comparable)
        {
            End(lower, LastBooked, SegmentReason.SettingsChanged, booking);
            Begin(sample, role, value, sample.At, SegmentReason.SettingsChanged, booking);
        }
        else
        {
            Resume(sample, role, value, booking);
        }
    }

    private void Resume(in RegisterSample sample, SettlementRole role, long value, Booking booking)
    {
        decimal inOldTerms = sample.RegisterWattHours * begin!.CtFactorMicro / settings.CtFactorMicro;
        decimal oldStep = begin.ResolutionMilliwattHours / 1000m;
        var verdict = CounterStep.Judge(lower, oldStep, inOldTerms, sample.StepWattHours, sample.IsFloat, (decimal)(sample.At - LastBooked).TotalHours, settings);
        if (verdict.Change == CounterChange.Plausible)
        {
            doubts = 0;
            if (SettingsDiffer(sample, role)) ChangeSettings(sample, role, Floor(inOldTerms), booking);
            else Begin(sample, role, Math.Max(value, lower), sample.At, SegmentReason.Resumed, booking);
        }
        else if (++doubts >= PlausibilityFilter.Confirmations) // the first readings of a starting device may be wrong
        {
            doubts = 0;
            bool rolled = verdict.Change == CounterChange.RolledOver;
            End(rolled ? Floor(verdict.Capacity) : lower, LastBooked, rolled ? SegmentReason.RolledOver : SegmentReason.Reset, booking);
            Begin(sample, role, rolled ? 0 : value, sample.At, rolled ? SegmentReason.RolledOver : SegmentReason.Reset, booking);
        }
    }

    /// <summary>Ratio, resolution or role differ from the open segment's: one ends and one begins at this reading, so that no energy falls between them.</summary>
    /// <param name="closing">The reading in the terms of the ending segment, in Wh.</param>
    private void ChangeSettings(in RegisterSample sample, SettlementRole role, long closing, Booking booking)
    {
        bool sameRatio = begin!.CtFactorMicro == settings.CtFactorMicro;
        End(closing, sample.At, SegmentReason.SettingsChanged, booking);
        long opening = sameRatio ? lower : Floor(sample.RegisterWattHours); // the running maximum goes on where values are comparable
        Begin(sample, role, opening, sample.At, SegmentReason.SettingsChanged, booking);
    }

    private void End(long closing, Instant at, SegmentReason reason, Booking booking)
    {
        lower = Math.Max(lower, closing);
        ended = true;
        booking.Records.Add(begin! with { IsEnd = true, At = Instant.Max(at, LastBooked), Total = new Energy(lower), Reason = reason });
    }

    private void Begin(in RegisterSample sample, SettlementRole role, long opening, Instant at, SegmentReason reason, Booking booking)
    {
        if (begin is not null && reason != SegmentReason.Resumed) NoteBorder(sample, opening, reason, booking);
        begin = new RegisterSegment(Id, booking.Ids.Next(at), IsEnd: false, at, new Energy(opening), reason, meter, obis,
            settings.CtFactorMicro, ResolutionOf(sample), role);
        (open, ended, lower, lastSlotEnd, evidenceAt) = (true, false, opening, null, null);
        booking.Records.Add(begin);
    }

    private void NoteBorder(in RegisterSample sample, long opening, SegmentReason reason, Booking booking)
    {
        var (code, text) = reason switch
        {
            SegmentReason.RolledOver => (EventCodes.RegisterRolledOver, "The register rolled over."),
            SegmentReason.Reset => (EventCodes.RegisterReset, "The register starts elsewhere: it was reset. Energy since the last reading before is lost."),
            SegmentReason.SettingsChanged => (EventCodes.SettingsChanged, "Ratio, resolution, inversion or settlement role of the register changed."),
            _ => (EventCodes.MeterSwapped, "The meter is back."),
        };
        booking.Journal.Add(sample.At, sample.Monotonic, code, Id.Value, text, ("closing_wh", FormattableString.Invariant($"{lower}")), ("opening_wh", FormattableString.Invariant($"{opening}")));
    }

    /// <summary>Once per quarter hour of monotonic time: what the register showed while nobody knew the time.</summary>
    private void BookEvidence(in RegisterSample sample, Booking booking)
    {
        if (evidenceAt is { } last && sample.Monotonic - last < EvidencePeriod) return;
        evidenceAt = sample.Monotonic;
        Instant guess = Instant.Max(sample.At, booking.EarliestNow);
        long slotEnd = QuarterHour.Containing(guess).StartUnixSeconds;
        int offset = (int)(guess - Instant.FromUnixTimeSeconds(slotEnd)).TotalMilliseconds;
        booking.Records.Add(new RegisterTotal(Id, 0, slotEnd, Energy.Floor(sample.RegisterWattHours), Quality.ClockUncertain, offset));
    }

    private bool SettingsDiffer(in RegisterSample sample, SettlementRole role) =>
        begin!.CtFactorMicro != settings.CtFactorMicro || begin.ResolutionMilliwattHours != ResolutionOf(sample) || begin.Role != role;

    /// <summary>The quality that a total of this sample's register gets.</summary>
    public Quality QualityOf(in RegisterSample sample) =>
        InStepEstimate.QualityOf(sample.StepWattHours, sample.IsFloat, sample.IsDerived, settings.CtFactor);

    /// <summary>At least 1 mWh: a float32 register near zero, or one whose step is unknown, has no step that matters.</summary>
    private static long ResolutionOf(in RegisterSample sample) => Math.Max(1, decimal.ToInt64(decimal.Round(sample.StepWattHours * 1000m)));

    private static long Floor(decimal wattHours) => Energy.Floor(wattHours).WattHours;
}
