using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Walks one frame and writes down every byte's meaning. The fields touch each other and cover the whole frame.</summary>
internal sealed class SmlFrameExplainer
{
    private const int SequenceLength = 8;
    private readonly List<SmlField> fields = [];
    private readonly byte[] wire;
    private readonly byte[] payload;
    private readonly int[] wireOffset; // of each payload byte, and of the payload's end
    private byte[] serverId = [];
    private int covered;

    public SmlFrameExplainer(ReadOnlySpan<byte> frame)
    {
        wire = frame.ToArray();
        int start = HasStart ? SequenceLength : 0;
        var bytes = new List<byte>(wire.Length);
        var offsets = new List<int>(wire.Length + 1);
        int end = HasEnd(start) ? wire.Length - SequenceLength : wire.Length;
        for (int at = start; at < end; at++)
        {
            if (IsDoubledEscape(at, end))
            {
                bytes.AddRange([0x1B, 0x1B, 0x1B]);
                offsets.AddRange([at, at + 1, at + 2]);
                at += 7; // the fourth of the second group stands for the fourth byte
            }

            bytes.Add(wire[at]);
            offsets.Add(at);
        }

        offsets.Add(end);
        payload = [.. bytes];
        wireOffset = [.. offsets];
    }

    private bool HasStart => wire.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1]);

    private bool HasEnd(int from) =>
        wire.Length >= from + SequenceLength && wire.AsSpan(wire.Length - SequenceLength).StartsWith((ReadOnlySpan<byte>)[0x1B, 0x1B, 0x1B, 0x1B, 0x1A]);

    private bool IsDoubledEscape(int at, int end) => at + 8 <= end && !wire.AsSpan(at, 8).ContainsAnyExcept((byte)0x1B);

    public IReadOnlyList<SmlField> Explain()
    {
        if (HasStart) AddWire(SequenceLength, SmlFieldKind.Other, SmlFieldNames.Start, "SML transport 1");
        var tlv = new TlvReader(payload);
        while (tlv.Remaining > 0 && payload[tlv.Position] != 0 && Message(ref tlv))
        {
        }

        int payloadEnd = wireOffset[^1];
        bool isFill = !payload.AsSpan(Math.Min(tlv.Position, payload.Length)).ContainsAnyExcept((byte)0) && payload.Length - tlv.Position <= 3;
        if (covered < payloadEnd) AddWire(payloadEnd - covered, SmlFieldKind.Other, isFill ? SmlFieldNames.Fill : SmlFieldNames.Unreadable, null);
        if (covered < wire.Length) End();
        return fields;
    }

    private void End()
    {
        AddWire(6, SmlFieldKind.Other, SmlFieldNames.End, string.Create(CultureInfo.InvariantCulture, $"{wire[^3]} fill bytes"));
        AddWire(2, SmlFieldKind.StatusOrCrc, SmlFieldNames.TransportCrc, SmlCrc.NameOf(SmlCrc.KindOf(wire.AsSpan(..^2), wire[^2], wire[^1])));
    }

    private bool Message(ref TlvReader tlv)
    {
        int start = tlv.Position;
        if (!Header(ref tlv, SmlFieldNames.Message, 6)
            || !Element(ref tlv, SmlFieldNames.Transaction)
            || !Element(ref tlv, SmlFieldNames.Group)
            || !Element(ref tlv, SmlFieldNames.AbortOnError)
            || !Body(ref tlv)) return false;
        int end = tlv.Position;
        if (!tlv.TryRead(out var crc) || crc.Type != TlvType.Unsigned || crc.Length > 2) return false;
        long sent = tlv.Integer(crc);
        var kind = SmlCrc.KindOf(payload.AsSpan(start, end - start), (byte)(sent >> 8), (byte)sent);
        Add(tlv.Position, SmlFieldKind.StatusOrCrc, SmlFieldNames.MessageCrc, null, null, SmlCrc.NameOf(kind));
        if (!tlv.TryReadEndOfMessage()) return false;
        Add(tlv.Position, SmlFieldKind.Other, SmlFieldNames.EndOfMessage, null, null, null);
        return true;
    }

    private bool Body(ref TlvReader tlv)
    {
        if (!Header(ref tlv, SmlFieldNames.List, 2) || !tlv.TryRead(out var tag) || tag.Type != TlvType.Unsigned) return false;
        long value = tlv.Integer(tag);
        Add(tlv.Position, SmlFieldKind.Other, SmlFieldNames.Tag, null, null, value switch
        {
            0x0101 => "PublicOpen.Res",
            0x0201 => "PublicClose.Res",
            0x0701 => "GetList.Res",
            0xFF01 => "Attention.Res",
            _ => string.Create(CultureInfo.InvariantCulture, $"0x{value:X4}"),
        });
        return value == 0x0701 ? ValueList(ref tlv) : Element(ref tlv, SmlFieldNames.Element, nesting: 2);
    }

    private bool ValueList(ref TlvReader tlv)
    {
        if (!Header(ref tlv, SmlFieldNames.List, 7) || !Element(ref tlv, SmlFieldNames.Client)) return false;
        var peek = tlv;
        if (peek.TryReadOctets(out var id)) serverId = payload[id.Offset..(id.Offset + id.Length)];
        if (!Element(ref tlv, SmlFieldNames.ServerId) || !Element(ref tlv, SmlFieldNames.ListName) || !Element(ref tlv, SmlFieldNames.Time)) return false;
        if (!tlv.TryRead(out var list) || list.Type != TlvType.List) return false;
        Add(tlv.Position, SmlFieldKind.Other, SmlFieldNames.List, null, null, string.Create(CultureInfo.InvariantCulture, $"{list.Length} entries"));
        for (int i = 0; i < list.Length; i++)
            if (!Entry(ref tlv)) return false;
        return Element(ref tlv, SmlFieldNames.Signature) && Element(ref tlv, SmlFieldNames.Time);
    }

    private bool Entry(ref TlvReader tlv)
    {
        if (!Header(ref tlv, SmlFieldNames.List, 7) || !tlv.TryReadOctets(out var name) || name.Length != 6) return false;
        var obis = ObisCode.FromOctets(payload.AsSpan(name.Offset, 6));
        Add(tlv.Position, SmlFieldKind.Register, SmlFieldNames.Register, obis, null, obis.ToString());
        if (!tlv.TryReadOptionalInteger(out long? status)) return false;
        Add(tlv.Position, SmlFieldKind.StatusOrCrc, SmlFieldNames.Status, obis, null, status is { } word ? SmlFieldText.Status((ulong)word) : null);
        if (!Element(ref tlv, SmlFieldNames.Time, obis)) return false;
        if (!tlv.TryReadOptionalInteger(out long? unit) || unit is < 0 or > 255) return false;
        Add(tlv.Position, SmlFieldKind.UnitOrScaler, SmlFieldNames.Unit, obis, null, unit is null ? null : SmlUnits.Symbol((byte)unit));
        if (!tlv.TryReadOptionalInteger(out long? scaler) || scaler is < sbyte.MinValue or > sbyte.MaxValue) return false;
        Add(tlv.Position, SmlFieldKind.UnitOrScaler, SmlFieldNames.Scaler, obis, null, scaler is null ? null : string.Create(CultureInfo.InvariantCulture, $"10^{scaler}"));
        return Value(ref tlv, obis, (byte?)unit, (sbyte)(scaler ?? 0)) && Element(ref tlv, SmlFieldNames.Signature, obis);
    }

    private bool Value(ref TlvReader tlv, ObisCode obis, byte? unit, sbyte scaler)
    {
        var peek = tlv;
        if (!peek.TryRead(out var value)) return false;
        if (!value.IsInteger) return Element(ref tlv, SmlFieldNames.Value, obis, SmlFieldKind.Value);
        var entry = new SmlEntry { Obis = obis, Type = value.Type, Length = value.Length, Offset = value.Offset, Bits = tlv.Integer(value), Scaler = scaler, Unit = unit };
        string calculation = SmlFieldText.Calculation(entry);
        if (DzgSignDefect.Corrected(entry, serverId) is { } corrected)
        {
            calculation = SmlFieldText.Correction(entry, corrected);
            entry = corrected;
        }

        tlv = peek;
        Add(tlv.Position, SmlFieldKind.Value, SmlFieldNames.Value, obis, calculation, $"{entry.ValueText} {SmlUnits.Symbol(unit)}".TrimEnd());
        fields[^1] = fields[^1] with { Number = Number(entry, SmlUnits.Symbol(unit)) };
        return true;
    }

    private static SmlNumber? Number(in SmlEntry entry, string unit) => entry.TryGetValue(out decimal value) && (entry with { Scaler = 0 }).TryGetValue(out decimal raw)
        ? new(entry.Type == TlvType.Signed, 8 * entry.Length, raw, entry.Scaler, value, unit)
        : null;

    private bool Header(ref TlvReader tlv, string name, int elements)
    {
        var peek = tlv;
        if (!peek.TryReadList(elements)) return false;
        tlv = peek;
        Add(tlv.Position, SmlFieldKind.Other, name, null, null, null);
        return true;
    }

    /// <summary>One element with all that it contains: lists get a field for their head and one for each element.</summary>
    private bool Element(ref TlvReader tlv, string name, ObisCode? obis = null, SmlFieldKind kind = SmlFieldKind.Other, int nesting = 3)
    {
        if (nesting > TlvReader.MaxNesting || !tlv.TryRead(out var element)) return false;
        string? result = element.IsInteger ? tlv.Integer(element).ToString(CultureInfo.InvariantCulture)
            : element.Type == TlvType.List || element.IsAbsent ? null
            : SmlFieldText.Octets(payload.AsSpan(element.Offset, element.Length));
        Add(tlv.Position, kind, name, obis, null, result);
        for (int i = 0; element.Type == TlvType.List && i < element.Length; i++)
            if (!Element(ref tlv, name, obis, kind, nesting + 1)) return false;
        return true;
    }

    private void Add(int payloadEnd, SmlFieldKind kind, string name, ObisCode? obis, string? calculation, string? result)
    {
        int end = wireOffset[payloadEnd];
        fields.Add(new SmlField(covered, end - covered, kind, name, obis?.ToString(), calculation, result));
        covered = end;
    }

    private void AddWire(int length, SmlFieldKind kind, string name, string? result)
    {
        fields.Add(new SmlField(covered, length, kind, name, null, null, result));
        covered += length;
    }
}
