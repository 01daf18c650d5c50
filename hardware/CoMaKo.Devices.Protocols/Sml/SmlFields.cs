namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>What a field of a frame is for; decides its colour in the frame view.</summary>
public enum SmlFieldKind
{
    /// <summary>The OBIS code that names an entry.</summary>
    Register,

    UnitOrScaler,

    Value,

    StatusOrCrc,

    /// <summary>Framing, ids, times, everything else.</summary>
    Other,
}

/// <summary>One field of a frame.</summary>
/// <param name="Offset">First byte, counted from the start of the frame on the wire.</param>
/// <param name="Length">Bytes on the wire, its type-length field included.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Name">One of the constants of <see cref="SmlFieldNames"/>; pages translate by it.</param>
/// <param name="Obis">The entry that it belongs to, e.g. <c>1-0:1.8.0*255</c>; absent outside of entries.</param>
/// <param name="Calculation">How the result comes from the bytes, e.g. <c>54301577 × 10^-1</c>; absent where there is nothing to compute.</param>
/// <param name="Result">The result, e.g. <c>5430157.7 Wh</c>; absent where there is none.</param>
public sealed record SmlField(int Offset, int Length, SmlFieldKind Kind, string Name, string? Obis, string? Calculation, string? Result)
{
    /// <summary>The number of a numeric value, for pages that write it themselves; absent for other fields.</summary>
    public SmlNumber? Number { get; init; }
}

/// <summary>A numeric value of an entry: raw × 10^scaler = value.</summary>
/// <param name="IsSigned">How the bytes are read (after the correction of the DZG sign defect).</param>
/// <param name="Bits">Width on the wire, 8 … 64.</param>
public sealed record SmlNumber(bool IsSigned, int Bits, decimal Raw, int Scaler, decimal Value, string Unit);

/// <summary>The names of all fields.</summary>
public static class SmlFieldNames
{
    public const string Start = "start", End = "end", Fill = "fill", TransportCrc = "frame crc", Message = "message", MessageCrc = "message crc",
        EndOfMessage = "end of message", Transaction = "transaction", Group = "group", AbortOnError = "abort on error", Tag = "tag",
        Client = "client", ServerId = "server id", ListName = "list name", Time = "time", List = "list", Signature = "signature",
        Register = "register", Status = "status", Unit = "unit", Scaler = "scaler", Value = "value", Element = "element", Unreadable = "unreadable";
}

/// <summary>Explains the bytes of a frame, field by field, for the technicians' frame view.</summary>
public static class SmlFields
{
    /// <summary>The fields in wire order. A damaged frame is explained as far as it can be read; what follows is one field "unreadable". Never throws on input.</summary>
    /// <param name="frame">Bytes from the start sequence on, at most <see cref="SmlTransport.MaxFrame"/>; a longer input is cut.</param>
    public static IReadOnlyList<SmlField> Explain(ReadOnlySpan<byte> frame) =>
        new SmlFrameExplainer(frame[..Math.Min(frame.Length, SmlTransport.MaxFrame)]).Explain();
}
