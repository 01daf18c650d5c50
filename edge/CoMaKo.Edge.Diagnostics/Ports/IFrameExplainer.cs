using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Says what the bytes of a captured frame mean. The host answers with its codecs; words are added by the page, in the reader's language.</summary>
public interface IFrameExplainer
{
    /// <summary>The fields that could be told apart, by offset and without overlap; bytes between them are shown plain. Never throws on a damaged frame.</summary>
    FrameExplanation Explain(CapturedFrame frame);
}

/// <summary>What a frame says.</summary>
/// <param name="Checksum">Absent where the protocol has none (Modbus TCP) or the frame is too short to hold it.</param>
/// <param name="Fields">In wire order, not overlapping.</param>
public sealed record FrameExplanation(FrameChecksum? Checksum, IReadOnlyList<FrameField> Fields);

/// <summary>Checksum as sent and as computed, both as they are written on the wire (for four hexadecimal digits).</summary>
public readonly record struct FrameChecksum(ushort Received, ushort Expected)
{
    public bool Matches => Received == Expected;
}

/// <summary>A run of bytes with one meaning.</summary>
/// <param name="Offset">First byte, from 0.</param>
/// <param name="Length">Bytes, at least 1.</param>
public sealed record FrameField(int Offset, int Length, FrameFieldMeaning Meaning)
{
    /// <summary>The measurand of a value that has no OBIS code; absent where it has one or is none.</summary>
    public Measurand? Measurand { get; init; }

    /// <summary>OBIS code that this field belongs to.</summary>
    public ObisCode? Obis { get; init; }

    /// <summary>Modbus register of the first byte.</summary>
    public ushort? Register { get; init; }

    /// <summary>Content that is a text or an identity, as it is read, e.g. a server id in hex or a unit.</summary>
    public string? Text { get; init; }

    /// <summary>How the number was computed; present for <see cref="FrameFieldMeaning.Value"/> with a numeric content.</summary>
    public ValueCalculation? Calculation { get; init; }
}

/// <summary>What a field is; decides its name and its colour.</summary>
public enum FrameFieldMeaning
{
    /// <summary>Which register follows (OBIS code, register address).</summary>
    Register,

    Unit,
    Scaler,
    Value,
    Status,
    Checksum,

    /// <summary>Start and end marks, escapes, fill bytes.</summary>
    Framing,
    ServerId,
    Time,
    Signature,
    TransactionId,
    ProtocolId,
    Length,
    UnitAddress,
    Function,
    ExceptionCode,
}

/// <summary>Raw number × factor = result.</summary>
/// <param name="Number">How the bytes are read.</param>
/// <param name="Bits">Width: 8 … 64.</param>
/// <param name="Raw">The number as sent.</param>
/// <param name="Factor">Scale, sign and transformer ratio together.</param>
/// <param name="Result">In <paramref name="Unit"/>.</param>
/// <param name="Unit">W, Wh, V …; empty for a number without unit.</param>
public sealed record ValueCalculation(NumberForm Number, int Bits, decimal Raw, decimal Factor, decimal Result, string Unit);

public enum NumberForm
{
    Unsigned,
    Signed,
    Float,

    /// <summary>Written out, as in JSON; its place is in the field's text.</summary>
    Text,
}
