using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Edge.Commands;

/// <summary>What a recording holds.</summary>
/// <param name="Frames">Every frame of which start and end were found, good or refused, in the order of its end. Cut frames are in the diagnosis only.</param>
/// <param name="Diagnosis">Conclusions about line and meter.</param>
internal sealed record SmlDecodeReport(IReadOnlyList<SmlDecodedFrame> Frames, IReadOnlyList<SmlDiagnosis> Diagnosis)
{
    public static SmlDecodeReport Of(ReadOnlySpan<byte> recording)
    {
        var decoder = new SmlDecoder();
        var observations = new SmlObservations(decoder);
        var frames = new List<SmlDecodedFrame>();
        var rest = recording;
        for (SmlOutcome outcome; (outcome = decoder.Read(ref rest)) != SmlOutcome.NeedMore;) See(outcome);
        for (SmlOutcome outcome; (outcome = decoder.EndOfSilence()) != SmlOutcome.NeedMore;) See(outcome);
        return new SmlDecodeReport(frames, observations.Diagnose(recording.Length));

        void See(SmlOutcome outcome)
        {
            observations.Saw(outcome);
            if (outcome is SmlOutcome.Accepted or SmlOutcome.Rejected) frames.Add(SmlDecodedFrame.Of(decoder, outcome == SmlOutcome.Accepted));
        }
    }
}

/// <summary>One frame of a recording.</summary>
/// <param name="Offset">Position of its first byte.</param>
/// <param name="Length">Bytes from start sequence to CRC.</param>
/// <param name="ServerId">Lower-case hex; absent if the frame was refused or has none.</param>
/// <param name="Values">Numeric entries in wire order; none if the frame was refused.</param>
internal sealed record SmlDecodedFrame(long Offset, int Length, SmlCrcKind TransportCrc, bool Accepted, string? ServerId, IReadOnlyList<SmlDecodedValue> Values)
{
    public static SmlDecodedFrame Of(SmlDecoder decoder, bool accepted)
    {
        var frame = decoder.Frame;
        var values = new List<SmlDecodedValue>();
        foreach (ref readonly var entry in frame.Entries)
            if (entry.IsNumeric) values.Add(new SmlDecodedValue(entry.Obis.ToString(), entry.ValueText, SmlUnits.Symbol(entry.Unit)));
        string? serverId = frame.ServerId.IsEmpty ? null : Convert.ToHexStringLower(frame.ServerId);
        return new SmlDecodedFrame(decoder.Offset, decoder.Wire.Length, frame.TransportCrc, accepted, serverId, values);
    }
}

/// <summary>One numeric entry: exact plain decimal, and the unit's sign or nothing.</summary>
internal sealed record SmlDecodedValue(string Obis, string Value, string Unit);
