using System.Buffers.Binary;
using System.Text;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Hosting;

/// <summary>Lets the codecs say what the bytes of a captured frame mean.</summary>
/// <param name="maps">Of the devices behind a broker.</param>
internal sealed class FrameExplainer(IReadOnlyDictionary<DeviceId, MqttMeterMap> maps) : IFrameExplainer
{
    public FrameExplainer(Building building) : this(building.Devices.Where(d => d.Mqtt is not null).ToDictionary(d => d.Id, d => d.Mqtt!))
    {
    }

    public FrameExplanation Explain(CapturedFrame frame) => frame.Protocol switch
    {
        WireProtocol.Sml => Sml(frame.Bytes.Span),
        WireProtocol.Mqtt => maps.TryGetValue(frame.Device, out var map) ? new(null, [.. MqttPayloadFields.Explain(map, frame.Topic ?? "", frame.Bytes.Span).Select(f => Field(f, frame.Bytes.Span))]) : new(null, []),
        _ => Modbus(frame.Bytes.Span, frame.Protocol == WireProtocol.ModbusTcp ? 6 : 0),
    };

    private static FrameField Field(MqttPayloadField field, ReadOnlySpan<byte> bytes) => field.Kind switch
    {
        MqttFieldKind.Value => new(field.Offset, field.Length, FrameFieldMeaning.Value)
        {
            Measurand = field.Value!.Measurand, Text = field.Path, Calculation = field.Number is { } raw ? new(NumberForm.Text, 0, raw, field.Factor, raw * field.Factor, field.Unit) : null,
        },
        MqttFieldKind.Unit => new(field.Offset, field.Length, FrameFieldMeaning.Unit) { Text = Text(field, bytes) },
        MqttFieldKind.Time => new(field.Offset, field.Length, FrameFieldMeaning.Time) { Text = Text(field, bytes) },
        _ => new(field.Offset, field.Length, FrameFieldMeaning.ServerId) { Text = Text(field, bytes) },
    };

    private static string Text(MqttPayloadField field, ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes.Slice(field.Offset, field.Length)).Trim('"');

    private static FrameExplanation Sml(ReadOnlySpan<byte> bytes)
    {
        var fields = SmlFields.Explain(bytes);
        FrameChecksum? checksum = fields is [.., { Name: SmlFieldNames.TransportCrc }] ? Checksum(bytes) : null;
        return new(checksum, [.. fields.Select(Field)]);
    }

    /// <summary>As on the wire, low byte first. A frame with the Kermit sum of some meters is shown by that sum.</summary>
    private static FrameChecksum Checksum(ReadOnlySpan<byte> bytes)
    {
        var body = bytes[..^2];
        ushort received = BinaryPrimitives.ReadUInt16BigEndian(bytes[^2..]);
        ushort expected = SmlCrc.KindOf(body, bytes[^2], bytes[^1]) == SmlCrcKind.Bad ? BinaryPrimitives.ReverseEndianness(SmlCrc.X25(body)) : received;
        return new(received, expected);
    }

    private static FrameField Field(SmlField field) => new(field.Offset, field.Length, Meaning(field))
    {
        Obis = field.Obis is { } obis ? ObisCode.Parse(obis).Value : null,
        Text = field.Result,
        Calculation = field.Number is { } n ? new(n.IsSigned ? NumberForm.Signed : NumberForm.Unsigned, n.Bits, n.Raw, Power(n.Scaler), n.Value, n.Unit) : null,
    };

    private static decimal Power(int scaler)
    {
        decimal power = 1;
        for (int i = 0; i < Math.Abs(scaler); i++) power = scaler > 0 ? power * 10 : power / 10;
        return power;
    }

    private static FrameFieldMeaning Meaning(SmlField field) => field.Name switch
    {
        SmlFieldNames.Register => FrameFieldMeaning.Register,
        SmlFieldNames.Unit => FrameFieldMeaning.Unit,
        SmlFieldNames.Scaler => FrameFieldMeaning.Scaler,
        SmlFieldNames.Value => FrameFieldMeaning.Value,
        SmlFieldNames.Status => FrameFieldMeaning.Status,
        SmlFieldNames.TransportCrc or SmlFieldNames.MessageCrc => FrameFieldMeaning.Checksum,
        SmlFieldNames.ServerId => FrameFieldMeaning.ServerId,
        SmlFieldNames.Time => FrameFieldMeaning.Time,
        SmlFieldNames.Signature => FrameFieldMeaning.Signature,
        SmlFieldNames.Transaction => FrameFieldMeaning.TransactionId,
        _ => FrameFieldMeaning.Framing,
    };

    /// <summary>An answer of a Modbus device: address, function, then registers as they came. What they measure stands in the profile.</summary>
    private static FrameExplanation Modbus(ReadOnlySpan<byte> bytes, int headerLength)
    {
        var fields = new List<FrameField>();
        if (bytes.Length < headerLength + 3) return new(null, fields);
        if (headerLength > 0) fields.AddRange([new(0, 2, FrameFieldMeaning.TransactionId), new(2, 2, FrameFieldMeaning.ProtocolId), new(4, 2, FrameFieldMeaning.Length)]);
        fields.Add(new(headerLength, 1, FrameFieldMeaning.UnitAddress));
        byte function = bytes[headerLength + 1];
        fields.Add(new(headerLength + 1, 1, FrameFieldMeaning.Function));
        int end = headerLength > 0 ? bytes.Length : bytes.Length - 2;
        int at = headerLength + 2;
        if (function >= 0x80) fields.Add(new(at, 1, FrameFieldMeaning.ExceptionCode) { Text = ModbusException.Name(bytes[at]) });
        else if (function is 3 or 4 or 23)
        {
            fields.Add(new(at++, 1, FrameFieldMeaning.Length));
            for (; at + 1 < end; at += 2) fields.Add(Register(bytes, at));
        }

        if (headerLength == 0) fields.Add(new(end, 2, FrameFieldMeaning.Checksum));
        return new(null, fields);
    }

    private static FrameField Register(ReadOnlySpan<byte> bytes, int at)
    {
        ushort raw = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        return new(at, 2, FrameFieldMeaning.Value) { Calculation = new(NumberForm.Unsigned, 16, raw, 1, raw, "") };
    }
}
