
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

    /// <summary>What is to be said now, warnings and notes, the line first.</summary>
    /// <param name="totalBytes">Bytes of the whole input, where it has an end; 0 on a live line.</param>
    public IReadOnlyList<SmlDiagnosis> Diagnose(long totalBytes = 0)
    {
        var found = new List<SmlDiagnosis>();
        DiagnoseLine(found, totalBytes);
        DiagnoseMeter(found);
        return found;
    }

    private void DiagnoseLine(List<SmlDiagnosis> found, long totalBytes)
    {
        long complete = good + crcErrors + malformed;
        long unfinished = cut + tooLong;
        if (complete + unfinished == 0) found.Add(SmlDiagnosis.NoStart);
        if (complete == 0 && unfinished > 1) found.Add(SmlDiagnosis.NotRaw);
        if (crcErrors > 0) found.Add(SmlDiagnosis.CrcErrors(crcErrors, complete));
        if (cut > 0) found.Add(SmlDiagnosis.FramesCut(cut, complete + unfinished));
        if (malformed > 0) found.Add(SmlDiagnosis.FramesMalformed(malformed));
        if (tooLong > 0) found.Add(SmlDiagnosis.FramesTooLong(tooLong));
        if (totalBytes > decoder.GoodBytes) found.Add(SmlDiagnosis.BytesLost(totalBytes - decoder.GoodBytes, totalBytes));
    }

    private void DiagnoseMeter(List<SmlDiagnosis> found)
    {
        if (sawKermit) found.Add(SmlDiagnosis.Kermit);
        if (kindChanged) found.Add(SmlDiagnosis.CrcKindChanged);
        if (restarts > 0) found.Add(SmlDiagnosis.MeterRestarted(restarts));
        if (sawEnergy && isCoarse) found.Add(SmlDiagnosis.Coarse);
        if (sawEnergy && !sawPower) found.Add(SmlDiagnosis.NoPower);
        if (corrected) found.Add(SmlDiagnosis.SignCorrected);
        if (valueMissing) found.Add(SmlDiagnosis.ValueMissing);
        if (outOfRange) found.Add(SmlDiagnosis.OutOfRange);
        if (alarms.HasFlag(MeterAlarms.MagneticInfluence)) found.Add(SmlDiagnosis.MagneticInfluence);
        if (alarms.HasFlag(MeterAlarms.TerminalCoverOpened)) found.Add(SmlDiagnosis.CoverOpened);
        if (alarms.HasFlag(MeterAlarms.FatalError)) found.Add(SmlDiagnosis.FatalError);
    }
}
