using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>
/// Checks and reads one frame (metering.md 2.3–2.5). A frame counts only if the check sum of the frame and of every message fit, all messages carry the same kind,
/// and the contents follow the format to the last byte, fill bytes included: those are covered by one check sum only.
/// </summary>
internal static class SmlFrameParser
{
    private const int StartLength = 8;
    private const int EndLength = 8;
    private const long OpenResponse = 0x0101;
    private const long GetListResponse = 0x0701;

    /// <summary>Fills the frame from bytes that begin with a start and finish with an end sequence.</summary>
    public static bool Parse(ReadOnlySpan<byte> wire, SmlFrame frame)
    {
        frame.Clear();
        frame.TransportCrc = SmlCrc.KindOf(wire[..^2], wire[^2], wire[^1]);
        if (frame.TransportCrc == SmlCrcKind.Bad) return Refuse(frame, SmlFault.TransportCrc, 0);
        frame.SetPayload(wire[StartLength..^EndLength]);
        int fill = wire[^3];
        int length = frame.Payload.Length - fill;
        if (fill > 3 || length <= 0 || frame.Payload[length..].ContainsAnyExcept((byte)0)) return Refuse(frame, SmlFault.Structure, 0);
        var tlv = new TlvReader(frame.Payload[..length]);
        while (tlv.Remaining > 0)
        {
            var fault = ReadMessage(ref tlv, frame);
            if (fault != SmlFault.None) return Refuse(frame, fault, tlv.Position);
        }

        return true;
    }

    private static bool Refuse(SmlFrame frame, SmlFault fault, int offset)
    {
        frame.DropValues();
        (frame.Fault, frame.FaultOffset) = (fault, offset);
        return false;
    }

    private static SmlFault ReadMessage(ref TlvReader tlv, SmlFrame frame)
    {
        int start = tlv.Position;
        bool read = tlv.TryReadList(6)
            && tlv.TryReadOctets(out _) // transaction
            && tlv.TryReadOptionalInteger(out _) // group
            && tlv.TryReadOptionalInteger(out _) // abort on error
            && ReadBody(ref tlv, frame);
        int end = tlv.Position;
        if (!read || !tlv.TryRead(out var crc) || crc.Type != TlvType.Unsigned || crc.Length > 2) return SmlFault.Structure;
        if (!FitsCrc(frame, start, end, (ushort)tlv.Integer(crc))) return SmlFault.MessageCrc;
        return tlv.TryReadEndOfMessage() ? SmlFault.None : SmlFault.Structure;
    }

    private static bool FitsCrc(SmlFrame frame, int start, int end, ushort sent)
    {
        var kind = SmlCrc.KindOf(frame.Payload[start..end], (byte)(sent >> 8), (byte)sent);
        bool isFirst = start == 0;
        if (isFirst) frame.MessageCrc = kind;
        return kind != SmlCrcKind.Bad && kind == frame.MessageCrc;
    }

    private static bool ReadBody(ref TlvReader tlv, SmlFrame frame)
    {
        if (!tlv.TryReadList(2) || !tlv.TryRead(out var tag) || tag.Type != TlvType.Unsigned) return false;
        return tlv.Integer(tag) switch
        {
            OpenResponse => ReadOpen(ref tlv, frame),
            GetListResponse => ReadList(ref tlv, frame),
            _ => tlv.TrySkip(2),
        };
    }

    private static bool ReadOpen(ref TlvReader tlv, SmlFrame frame)
    {
        if (!tlv.TryReadList(6)
            || !tlv.TrySkip(3) // code page
            || !tlv.TrySkip(3) // client
            || !tlv.TrySkip(3) // request file
            || !tlv.TryReadOctets(out var server)
            || !TryReadTime(ref tlv, out long? seconds)
            || !tlv.TrySkip(3)) return false; // version
        if (!server.IsAbsent) frame.SetServerId(frame.Payload.Slice(server.Offset, server.Length));
        frame.Seconds = seconds;
        return true;
    }

    private static bool ReadList(ref TlvReader tlv, SmlFrame frame)
    {
        if (!tlv.TryReadList(7)
            || !tlv.TrySkip(3) // client
            || !tlv.TryReadOctets(out var server)
            || !tlv.TrySkip(3) // list name
            || !TryReadTime(ref tlv, out long? seconds)
            || !tlv.TryRead(out var list) || list.Type != TlvType.List) return false;
        if (!server.IsAbsent) frame.SetServerId(frame.Payload.Slice(server.Offset, server.Length));
        if (seconds is not null) frame.Seconds = seconds;
        int first = frame.EntryCount;
        for (int i = 0; i < list.Length; i++)
            if (!ReadEntry(ref tlv, frame)) return false;
        DzgSignDefect.Correct(frame, first);
        return tlv.TrySkip(3) // signature
            && TryReadTime(ref tlv, out _); // gateway time
    }

    private static bool ReadEntry(ref TlvReader tlv, SmlFrame frame)
    {
        if (!tlv.TryReadList(7)
            || !tlv.TryReadOctets(out var name)
            || !tlv.TryReadOptionalInteger(out long? status)
            || !TryReadTime(ref tlv, out long? seconds)
            || !tlv.TryReadOptionalInteger(out long? unit) || unit is < 0 or > byte.MaxValue
            || !tlv.TryReadOptionalInteger(out long? scaler) || scaler is < sbyte.MinValue or > sbyte.MaxValue) return false;
        var peek = tlv;
        if (!peek.TryRead(out var value) || !tlv.TrySkip(5) || !tlv.TrySkip(5)) return false; // value, its signature
        if (name.Length != 6) return name.IsAbsent;
        frame.Add(new SmlEntry
        {
            Obis = ObisCode.FromOctets(frame.Payload.Slice(name.Offset, name.Length)),
            Type = value.Type,
            Length = value.Length,
            Offset = value.Offset,
            Bits = value.IsInteger ? peek.Integer(value) : 0,
            Scaler = (sbyte)(scaler ?? 0),
            Unit = (byte?)unit,
            Status = (ulong?)status,
            Seconds = seconds,
        });
        if (seconds > 0) frame.Seconds ??= seconds;
        return true;
    }

    /// <summary>
    /// A time is absent, a bare integer (then a seconds index, as Holley and EasyMeter send it), or a list of choice and content,
    /// where the content is an integer or, for any choice, a list that begins with one. Only choice 1 is a seconds index.
    /// </summary>
    private static bool TryReadTime(ref TlvReader tlv, out long? seconds)
    {
        seconds = null;
        if (!tlv.TryRead(out var time)) return false;
        if (time.IsInteger) seconds = tlv.Integer(time);
        if (time.IsInteger || time.IsAbsent) return true;
        if (time.Type != TlvType.List || time.Length != 2 || !tlv.TryReadOptionalInteger(out long? choice)) return false;
        var content = tlv;
        if (!content.TryRead(out var first)) return false;
        if (first.Type == TlvType.List && first.Length > 0 && !content.TryRead(out first)) return false;
        if (choice == 1 && first.IsInteger) seconds = content.Integer(first);
        return tlv.TrySkip(6);
    }
}
