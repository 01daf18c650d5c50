using CoMaKo.Quantities;
using Google.Protobuf;
using NodaTime;

namespace CoMaKo.Contracts;

/// <summary>
/// Turns a record into the bytes that are its identity for ever, and back. A record is encoded once, at append: store, wire and hub keep those bytes.
/// The same record always gives the same bytes (map entries ordered by key), on every machine and version.
/// </summary>
public static class RecordCodec
{
    /// <summary>Most bytes of one record on the wire.</summary>
    public const int MaxRecordBytes = 16 * 1024;

    private const long MaxUnixMicroseconds = 253_402_300_799_999_999; // end of year 9999, the last instant that NodaTime knows

    /// <summary>Serializes a record.</summary>
    /// <returns>A <c>comako.edge.v1.Record</c> of at most <see cref="MaxRecordBytes"/>.</returns>
    /// <exception cref="ArgumentException">The record would be longer (an event with too much text).</exception>
    public static byte[] Encode(SyncRecord record)
    {
        byte[] bytes = ToMessage(record).ToByteArray();
        return bytes.Length <= MaxRecordBytes
            ? bytes
            : throw new ArgumentException(FormattableString.Invariant($"A record has {bytes.Length} bytes; {MaxRecordBytes} are allowed."), nameof(record));
    }

    /// <summary>Reads a record of outside.</summary>
    /// <returns>The record, or error <c>CMH-1101</c> (not a record) or <c>CMH-1102</c> (a field out of range) whose text names the field.</returns>
    public static ParseResult<SyncRecord> Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxRecordBytes) return NotARecord(FormattableString.Invariant($"it has {bytes.Length} bytes, {MaxRecordBytes} are allowed"));
        V1.Record message;
        try
        {
            message = V1.Record.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException wrong)
        {
            return NotARecord(wrong.Message);
        }

        return message.ContentCase switch
        {
            V1.Record.ContentOneofCase.Total => FromMessage(message.Total),
            V1.Record.ContentOneofCase.Segment => FromMessage(message.Segment),
            V1.Record.ContentOneofCase.Event => FromMessage(message.Event),
            _ => NotARecord("it holds no content that this version knows"),
        };
    }

    private static V1.Record ToMessage(SyncRecord record) => record switch
    {
        RegisterTotal total => new V1.Record
        {
            Total = new V1.RegisterTotal
            {
                Register = total.Register.Value,
                SegmentUnixUs = total.Segment,
                SlotEndUnixS = total.SlotEnd,
                TotalWh = total.Total.WattHours,
                Quality = (V1.Quality)total.Quality,
                BorderOffsetMs = total.BorderOffsetMilliseconds,
            },
        },
        RegisterSegment segment => new V1.Record
        {
            Segment = new V1.RegisterSegment
            {
                Register = segment.Register.Value,
                SegmentUnixUs = segment.Segment,
                Border = segment.IsEnd ? V1.RegisterSegment.Types.Border.End : V1.RegisterSegment.Types.Border.Begin,
                AtUnixUs = ToUnixMicroseconds(segment.At),
                TotalWh = segment.Total.WattHours,
                Reason = (V1.RegisterSegment.Types.Reason)segment.Reason,
                MeterServerIdHex = segment.ServerId,
                Obis = segment.Obis.ToString(),
                CtFactorMicro = segment.CtFactorMicro,
                ResolutionMwh = segment.ResolutionMilliwattHours,
                SettlementRole = (V1.RegisterSegment.Types.Role)segment.Role,
            },
        },
        GatewayEvent happened => ToMessage(happened),
        _ => throw new ArgumentOutOfRangeException(nameof(record), record, "Not a kind of record that the protocol knows."),
    };

    private static V1.Record ToMessage(GatewayEvent happened)
    {
        var message = new V1.Event { AtUnixUs = ToUnixMicroseconds(happened.At), Code = happened.Code, Source = happened.Source, Text = happened.Text };
        foreach (var (name, value) in happened.Data.OrderBy(entry => entry.Key, StringComparer.Ordinal)) message.Data.Add(name, value);
        return new V1.Record { Event = message };
    }

    private static ParseResult<SyncRecord> FromMessage(V1.RegisterTotal total)
    {
        if (!RegisterId.IsValid(total.Register)) return Wrong("total.register");
        if (!Enum.IsDefined((Quality)total.Quality)) return Wrong("total.quality");
        if (total.SegmentUnixUs is < 0 or > MaxUnixMicroseconds) return Wrong("total.segment_unix_us");
        if (total.SegmentUnixUs == 0 != ((Quality)total.Quality == Quality.ClockUncertain)) return Wrong("total.segment_unix_us");
        if (total.SlotEndUnixS is <= 0 or > MaxUnixMicroseconds / 1_000_000 || total.SlotEndUnixS % QuarterHour.Seconds != 0) return Wrong("total.slot_end_unix_s");
        if (!total.HasTotalWh || total.TotalWh < 0) return Wrong("total.total_wh");
        if (total.BorderOffsetMs < 0) return Wrong("total.border_offset_ms");
        return new RegisterTotal(
            new RegisterId(total.Register), total.SegmentUnixUs, total.SlotEndUnixS, new Energy(total.TotalWh), (Quality)total.Quality, total.BorderOffsetMs);
    }

    private static ParseResult<SyncRecord> FromMessage(V1.RegisterSegment segment)
    {
        if (!RegisterId.IsValid(segment.Register)) return Wrong("segment.register");
        if (segment.SegmentUnixUs is <= 0 or > MaxUnixMicroseconds) return Wrong("segment.segment_unix_us");
        if (segment.Border is not (V1.RegisterSegment.Types.Border.Begin or V1.RegisterSegment.Types.Border.End)) return Wrong("segment.border");
        if (segment.AtUnixUs is <= 0 or > MaxUnixMicroseconds) return Wrong("segment.at_unix_us");
        if (!segment.HasTotalWh || segment.TotalWh < 0) return Wrong("segment.total_wh");
        if (!Enum.IsDefined((SegmentReason)segment.Reason)) return Wrong("segment.reason");
        if (!segment.Register.StartsWith(segment.MeterServerIdHex + "~", StringComparison.Ordinal)) return Wrong("segment.meter_server_id_hex");
        var obis = ObisCode.Parse(segment.Obis);
        if (!obis.Success) return Wrong("segment.obis");
        if (segment.CtFactorMicro <= 0) return Wrong("segment.ct_factor_micro");
        if (segment.ResolutionMwh <= 0) return Wrong("segment.resolution_mwh");
        if (!Enum.IsDefined((SettlementRole)segment.SettlementRole)) return Wrong("segment.settlement_role");
        return new RegisterSegment(
            new RegisterId(segment.Register), segment.SegmentUnixUs, segment.Border == V1.RegisterSegment.Types.Border.End, FromUnixMicroseconds(segment.AtUnixUs),
            new Energy(segment.TotalWh), (SegmentReason)segment.Reason, segment.MeterServerIdHex, obis.Value, segment.CtFactorMicro, segment.ResolutionMwh,
            (SettlementRole)segment.SettlementRole);
    }

    private static ParseResult<SyncRecord> FromMessage(V1.Event happened)
    {
        if (happened.AtUnixUs is < 0 or > MaxUnixMicroseconds) return Wrong("event.at_unix_us");
        if (happened.Code.Length is 0 or > 64) return Wrong("event.code");
        return new GatewayEvent(FromUnixMicroseconds(happened.AtUnixUs), happened.Code, happened.Source, happened.Text, new Dictionary<string, string>(happened.Data));
    }

    private static long ToUnixMicroseconds(Instant instant) => instant.ToUnixTimeTicks() / 10;

    private static Instant FromUnixMicroseconds(long microseconds) => Instant.FromUnixTimeTicks(microseconds * 10);

    private static ParseError NotARecord(string why) => new("CMH-1101", 0, $"Not a record of the sync protocol: {why}.");

    private static ParseError Wrong(string field) => new("CMH-1102", 0, $"The field {field} is missing or out of range.");
}
