
namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Counts what happens on one SML line and draws the conclusions. Used by the driver and by the decode command alike.</summary>
public sealed class SmlObservations
{
    private const decimal OneKilowattHour = 1000;
    private readonly SmlDecoder decoder;
    private long good, crcErrors, malformed, cut, tooLong, restarts, lastSeconds = -1;
    private SmlCrcKind kind = SmlCrcKind.Bad;
    private bool sawKermit, kindChanged, sawEnergy, isCoarse, sawPower, corrected, valueMissing, outOfRange;
    private MeterAlarms alarms;

    public SmlObservations(SmlDecoder decoder) => this.decoder = decoder;

    /// <summary>To be called once for each outcome of the decoder, before the next is read.</summary>
    public void Saw(SmlOutcome outcome)
    {
        switch (outcome)
        {
            case SmlOutcome.Accepted: SawFrame(decoder.Frame); break;
            case SmlOutcome.Rejected when decoder.Frame.Fault == SmlFault.Structure: malformed++; break;
            case SmlOutcome.Rejected: crcErrors++; break;
            case SmlOutcome.Cut: cut++; break;
            case SmlOutcome.TooLong: tooLong++; break;
        }
    }

    private void SawFrame(SmlFrame frame)
    {
        good++;
        if (kind != SmlCrcKind.Bad && kind != frame.TransportCrc) kindChanged = true;
        kind = frame.TransportCrc;
        sawKermit |= kind != SmlCrcKind.X25 || frame.MessageCrc != SmlCrcKind.X25;
        if (frame.Seconds is { } seconds)
        {
            if (seconds < lastSeconds) restarts++;
            lastSeconds = seconds;
        }

        alarms = MeterAlarms.None;
        foreach (ref readonly var entry in frame.Entries) SawEntry(entry);
    }

    private void SawEntry(in SmlEntry entry)
    {
        if (entry.Status is { } status) alarms |= SmlStatusWord.Alarms(status);
        corrected |= entry.IsCorrected;
        valueMissing |= entry.Type == TlvType.Octets && entry.Length == 0;
        if (!entry.IsNumeric) return;
        outOfRange |= !entry.TryGetValue(out _);
        sawPower |= entry.Unit == SmlUnits.Watt;
        if (entry.Unit != SmlUnits.WattHour || entry.Obis is not { C: 1, D: 8 }) return;
        sawEnergy = true;
        isCoarse = entry.Step >= OneKilowattHour; // the last one counts: it becomes fine once InF is on
    }

    /// <summary>What is to be said now, warnings and notes.</summary>
    /// <param name="totalBytes">Bytes of the whole input, where it has an end; 0 on a live line.</param>
    public IReadOnlyList<SmlDiagnosis> Diagnose(long totalBytes = 0)
    {
        long complete = good + crcErrors + malformed;
        long unfinished = cut + tooLong;
        var found = new List<SmlDiagnosis>();
        void Say(bool applies, SmlDiagnosis diagnosis)
        {
            if (applies) found.Add(diagnosis);
        }

        Say(complete + unfinished == 0, SmlDiagnosis.NoStart);
        Say(complete == 0 && unfinished > 1, SmlDiagnosis.NotRaw);
        Say(crcErrors > 0, SmlDiagnosis.CrcErrors(crcErrors, complete));
        Say(cut > 0, SmlDiagnosis.FramesCut(cut, complete + unfinished));
        Say(malformed > 0, SmlDiagnosis.FramesMalformed(malformed));
        Say(tooLong > 0, SmlDiagnosis.FramesTooLong(tooLong));
        Say(totalBytes > decoder.GoodBytes, SmlDiagnosis.BytesLost(totalBytes - decoder.GoodBytes, totalBytes));
        Say(sawKermit, SmlDiagnosis.Kermit);
        Say(kindChanged, SmlDiagnosis.CrcKindChanged);
        Say(restarts > 0, SmlDiagnosis.MeterRestarted(restarts));
        Say(sawEnergy && isCoarse, SmlDiagnosis.Coarse);
        Say(sawEnergy && !sawPower, SmlDiagnosis.NoPower);
        Say(corrected, SmlDiagnosis.SignCorrected);
        Say(valueMissing, SmlDiagnosis.ValueMissing);
        Say(outOfRange, SmlDiagnosis.OutOfRange);
        Say(alarms.HasFlag(MeterAlarms.MagneticInfluence), SmlDiagnosis.MagneticInfluence);
        Say(alarms.HasFlag(MeterAlarms.TerminalCoverOpened), SmlDiagnosis.CoverOpened);
        Say(alarms.HasFlag(MeterAlarms.FatalError), SmlDiagnosis.FatalError);
        return found;
    }
}
