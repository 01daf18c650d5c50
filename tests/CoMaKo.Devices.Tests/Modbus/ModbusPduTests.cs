using CoMaKo.Devices.Protocols.Modbus;
using FsCheck;
using FsCheck.Fluent;

namespace CoMaKo.Devices.Tests.Modbus;

public sealed class ModbusPduTests
{
    private static readonly Gen<ModbusRequest> Requests = Gen.OneOf(
        Range(ModbusPdu.MaxBits).Select(r => (ModbusRequest)new ReadBitsRequest(r.Start % 2 == 0 ? BitTable.Coils : BitTable.DiscreteInputs, r.Start, r.Count)),
        Range(ModbusPdu.MaxRegisters).Select(r => (ModbusRequest)new ReadRegistersRequest(r.Start % 2 == 0 ? RegisterTable.Holding : RegisterTable.Input, r.Start, r.Count)),
        Word().Select(a => (ModbusRequest)new WriteCoilRequest(a, a % 3 == 0)),
        Word().Zip(Word()).Select(p => (ModbusRequest)new WriteRegisterRequest(p.Item1, p.Item2)),
        Range(ModbusPdu.MaxBitsWritten).Select(r => (ModbusRequest)new WriteCoilsRequest(r.Start, Bits(r.Count))),
        Range(ModbusPdu.MaxRegistersWritten).Select(r => (ModbusRequest)new WriteRegistersRequest(r.Start, Registers(r.Count))),
        Range(ModbusPdu.MaxRegisters).Zip(Range(ModbusPdu.MaxRegistersWrittenBeforeRead))
            .Select(p => (ModbusRequest)new ReadWriteRegistersRequest(p.Item1.Start, p.Item1.Count, p.Item2.Start, Registers(p.Item2.Count))));

    [Fact]
    public void DecodeRequest_EncodedRequest_GivesItBack() => Prop.ForAll(Requests.ToArbitrary(), request =>
    {
        byte[] pdu = ModbusPdu.Encode(request);
        var decoded = ModbusPdu.DecodeRequest(pdu).GetValueOrThrow();
        return pdu.Length <= ModbusPdu.MaxLength && decoded.GetType() == request.GetType() && ModbusPdu.Encode(decoded).AsSpan().SequenceEqual(pdu);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DecodeRequest_CutOrLongerRequest_IsRefused() => Prop.ForAll(Requests.ToArbitrary(), request =>
    {
        byte[] pdu = ModbusPdu.Encode(request);
        return Enumerable.Range(0, pdu.Length).All(n => !ModbusPdu.DecodeRequest(pdu.AsSpan(0, n)).Success)
            && !ModbusPdu.DecodeRequest([.. pdu, 0]).Success;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DecodeResponse_EncodedResponse_GivesItBack() => Prop.ForAll(Requests.ToArbitrary(), request =>
    {
        byte[] pdu = ModbusPdu.EncodeResponse(request, AnswerTo(request));
        var decoded = ModbusPdu.DecodeResponse(request, pdu).GetValueOrThrow();
        bool cutIsRefused = Enumerable.Range(0, pdu.Length).All(n => !ModbusPdu.DecodeResponse(request, pdu.AsSpan(0, n)).Success);
        bool longerIsRefused = !ModbusPdu.DecodeResponse(request, [.. pdu, 0]).Success;
        return cutIsRefused && longerIsRefused && (decoded, AnswerTo(request)) switch
        {
            (BitsResponse a, BitsResponse b) => a.Values.SequenceEqual(b.Values),
            (RegistersResponse a, RegistersResponse b) => a.Values.SequenceEqual(b.Values),
            var (a, b) => a == b,
        };
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DecodeResponse_ConfirmationOfAnotherWrite_IsRefused()
    {
        var request = new WriteRegisterRequest(10, 7);

        Assert.Equal("CME-1324", ModbusPdu.DecodeResponse(request, [6, 0, 10, 0, 8]).Error!.Code);
        Assert.Equal("CME-1324", ModbusPdu.DecodeResponse(request, [6, 0, 11, 0, 7]).Error!.Code);
        Assert.Equal("CME-1324", ModbusPdu.DecodeResponse(request, [16, 0, 10, 0, 7]).Error!.Code);
    }

    [Theory]
    [InlineData(new byte[] { 3, 0, 0, 0, 0 }, "CME-1322")]
    [InlineData(new byte[] { 3, 0, 0, 0, 126 }, "CME-1322")]
    [InlineData(new byte[] { 1, 0, 0, 0x07, 0xD1 }, "CME-1322")]
    [InlineData(new byte[] { 4, 0xFF, 0xFF, 0, 2 }, "CME-1323")]
    [InlineData(new byte[] { 5, 0, 0, 0x12, 0x34 }, "CME-1322")]
    [InlineData(new byte[] { 16, 0, 0, 0, 1, 2, 0 }, "CME-1322")]
    [InlineData(new byte[] { 7 }, "CME-1321")]
    [InlineData(new byte[] { 43, 14, 1, 0 }, "CME-1321")]
    public void DecodeRequest_OutsideTheStandard_SaysWhy(byte[] pdu, string code) => Assert.Equal(code, ModbusPdu.DecodeRequest(pdu).Error!.Code);

    [Fact]
    public void Encode_CountThatDoesNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => ModbusPdu.Encode(new ReadRegistersRequest(RegisterTable.Holding, 0, 126)));
        Assert.Throws<ArgumentException>(() => ModbusPdu.Encode(new ReadRegistersRequest(RegisterTable.Holding, 65535, 2)));
        Assert.Throws<ArgumentException>(() => ModbusPdu.Encode(new WriteRegistersRequest(0, new ushort[124])));
    }

    [Fact]
    public void Decode_RandomBytes_NeverThrows()
    {
        var random = new Random(1);
        var requests = new ModbusRequest[] { new ReadBitsRequest(BitTable.Coils, 0, 9), new ReadRegistersRequest(RegisterTable.Input, 0, 2), new WriteCoilsRequest(1, Bits(3)) };
        int requestsRead = 0;
        for (int i = 0; i < 200_000; i++)
        {
            var bytes = new byte[random.Next(0, 20)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && random.Next(2) == 0) bytes[0] = (byte)random.Next(25);
            if (ModbusPdu.DecodeRequest(bytes).Success) requestsRead++;
            foreach (var request in requests) ModbusPdu.DecodeResponse(request, bytes);
            MbapFrame.Length(bytes);
            RtuFrame.RequestLength(bytes);
            RtuFrame.FindResponse(bytes, 1, requests[i % 3]);
        }

        Assert.True(requestsRead > 0);
    }

    [Fact]
    public void Crc_CheckValueAndDocumentedFrame_Fit()
    {
        Assert.Equal(0x4B37, RtuFrame.Crc("123456789"u8));
        Assert.Equal(Convert.FromHexString("01040000000271CB"), RtuFrame.Write(1, ModbusPdu.Encode(new ReadRegistersRequest(RegisterTable.Input, 0, 2))));
    }

    private static ModbusResponse AnswerTo(ModbusRequest request) => request switch
    {
        ReadBitsRequest r => new BitsResponse(Bits(r.Count)),
        ReadRegistersRequest { Start: > 60000 } r => new RefusedResponse((byte)(1 + r.Count % 11)),
        ReadRegistersRequest r => new RegistersResponse(Registers(r.Count)),
        ReadWriteRegistersRequest r => new RegistersResponse(Registers(r.ReadCount)),
        _ => new WrittenResponse(),
    };

    private static Gen<ushort> Word() => Gen.Choose(0, 65535).Select(v => (ushort)v);

    private static Gen<(ushort Start, int Count)> Range(int max) =>
        Gen.Choose(1, max).Zip(Gen.Choose(0, 65535)).Select(p => ((ushort)Math.Min(p.Item2, 65536 - p.Item1), p.Item1));

    private static bool[] Bits(int count) => [.. Enumerable.Range(0, count).Select(i => i * i % 3 == 1)];

    private static ushort[] Registers(int count) => [.. Enumerable.Range(0, count).Select(i => (ushort)(i * 40503))];
}
