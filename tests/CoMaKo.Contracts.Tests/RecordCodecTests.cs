using CoMaKo.Quantities;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using NodaTime;

namespace CoMaKo.Contracts.Tests;

public sealed class RecordCodecTests
{
    private static readonly RegisterId Register = new("0a01495341000000002a~1-0.1.8.0");

    private static readonly Gen<SyncRecord> Totals =
        from segment in Gen.Choose(1, int.MaxValue)
        from slot in Gen.Choose(1, 3_000_000)
        from wattHours in Gen.Choose(0, int.MaxValue)
        from quality in Gen.Elements(Quality.Measured, Quality.InterpolatedInStep, Quality.Derived, Quality.Coarse)
        from offset in Gen.Choose(0, 30_000)
        select (SyncRecord)new RegisterTotal(Register, segment * 1_000_000L, slot * 900L, new Energy(wattHours * 1000L), quality, offset);

    private static readonly Gen<SyncRecord> Segments =
        from opening in Gen.Choose(1, int.MaxValue)
        from isEnd in Gen.Elements(true, false)
        from total in Gen.Choose(0, int.MaxValue)
        from reason in Gen.Elements(Enum.GetValues<SegmentReason>())
        from role in Gen.Elements(Enum.GetValues<SettlementRole>())
        select (SyncRecord)new RegisterSegment(
            Register, opening * 1000L, isEnd, Instant.FromUnixTimeTicks(opening * 10_000L), new Energy(total), reason,
            "0a01495341000000002a", ObisCode.FromOctets([1, 0, 1, 8, 0, 255]), 1_000_000, 100, role);

    [Fact]
    public void Record_EncodedAndDecoded_IsTheSame() =>
        Prop.ForAll(Gen.OneOf(Totals, Segments).ToArbitrary(), record => RecordCodec.Decode(RecordCodec.Encode(record)).GetValueOrThrow() == record)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Record_EncodedTwice_GivesTheSameBytes() =>
        Prop.ForAll(Gen.OneOf(Totals, Segments).ToArbitrary(), record => RecordCodec.Encode(record).AsSpan().SequenceEqual(RecordCodec.Encode(record with { })))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Event_WithDataInAnyOrder_GivesTheSameBytes()
    {
        var forwards = Happened(new() { ["a_wh"] = "1", ["b_s"] = "ü", ["c"] = "" });
        var backwards = Happened(new() { ["c"] = "", ["b_s"] = "ü", ["a_wh"] = "1" });

        Assert.Equal(RecordCodec.Encode(forwards), RecordCodec.Encode(backwards));
        var decoded = Assert.IsType<GatewayEvent>(RecordCodec.Decode(RecordCodec.Encode(forwards)).GetValueOrThrow());
        Assert.Equal(forwards.Data, decoded.Data);
        Assert.Equal(forwards with { Data = decoded.Data }, decoded);
    }

    [Fact]
    public void Total_GoldenBytes_DoNotChange() // stored records must stay readable and keep their identity
    {
        var total = new RegisterTotal(Register, 1_700_000_000_000_000, 1_700_000_100, new Energy(5_430_157), Quality.Measured, 412);

        Assert.Equal(
            "0A390A1E30613031343935333431303030303030303032617E312D302E312E382E30108080F9C0C1C4820318E4E2CFAA06208DB7CB022801309C03",
            Convert.ToHexString(RecordCodec.Encode(total)));
    }

    [Fact]
    public void Event_LongerThanTheLimit_IsRefused() =>
        Assert.Throws<ArgumentException>(() => RecordCodec.Encode(Happened([]) with { Text = new string('x', RecordCodec.MaxRecordBytes) }));

    [Fact]
    public void RandomBytes_Decoded_NeverThrow() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => RecordCodec.Decode(bytes) is { Success: true } or { Error: not null }).QuickCheckThrowOnFailure();

    public static TheoryData<string, Action<V1.RegisterTotal>> WrongTotals => new()
    {
        { "register", total => total.Register = "X" },
        { "segment_unix_us", total => total.SegmentUnixUs = -1 },
        { "segment_unix_us", total => total.SegmentUnixUs = 0 },
        { "segment_unix_us", total => total.Quality = V1.Quality.ClockUncertain },
        { "slot_end_unix_s", total => total.SlotEndUnixS += 1 },
        { "slot_end_unix_s", total => total.SlotEndUnixS = long.MaxValue - (long.MaxValue % 900) },
        { "total_wh", total => total.ClearTotalWh() },
        { "total_wh", total => total.TotalWh = -1 },
        { "quality", total => total.Quality = V1.Quality.Unspecified },
        { "quality", total => total.Quality = (V1.Quality)99 },
        { "border_offset_ms", total => total.BorderOffsetMs = -1 },
    };

    [Theory]
    [MemberData(nameof(WrongTotals))]
    public void Total_WithFieldOutOfRange_IsRefusedByName(string field, Action<V1.RegisterTotal> spoil)
    {
        var message = V1.Record.Parser.ParseFrom(RecordCodec.Encode(new RegisterTotal(Register, 1_700_000_000_000_000, 1_700_000_100, new Energy(1), Quality.Measured, 0)));
        spoil(message.Total);

        var error = RecordCodec.Decode(message.ToByteArray()).Error;

        Assert.Equal("CMH-1102", error?.Code);
        Assert.Contains("total." + field, error?.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void EmptyRecord_Decoded_IsNotARecord() => Assert.Equal("CMH-1101", RecordCodec.Decode([]).Error?.Code);

    private static GatewayEvent Happened(Dictionary<string, string> data) =>
        new(Instant.FromUnixTimeSeconds(1_700_000_000), "CME-1042", "meter-1", "Der Zähler schweigt.", data);
}
