using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Devices.Tests.Sml;

public sealed class SmlDecoderTests
{
    private static readonly byte[] Everything = [.. SmlRun.CorpusNames.SelectMany(SmlRun.CorpusFile)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(4095)]
    [InlineData(4096)]
    public void Decoder_AnyPieceSize_GivesTheSameOutcomes(int size) => Assert.Equal(SmlRun.Decode(Everything), SmlRun.Decode(Everything, () => size));

    [Fact]
    public void Decoder_RandomPieces_GiveTheSameOutcomes()
    {
        var whole = SmlRun.Decode(Everything);
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            int longest = 1 << random.Next(1, 13);
            Assert.Equal(whole, SmlRun.Decode(Everything, () => random.Next(1, longest + 1)));
        }
    }

    [Fact]
    public void Decoder_RandomBytes_AcceptsNothing()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var noise = new byte[100_000];
            new Random(seed).NextBytes(noise);
            Assert.DoesNotContain(SmlRun.Decode(noise), s => s.Accepted);
        }
    }

    [Fact]
    public void Decoder_NoiseOfEscapesAndStarts_AcceptsNothingAndEnds()
    {
        byte[][] parts = [[0x1B, 0x1B, 0x1B, 0x1B], [1, 1, 1, 1], [0x1A, 0, 0x12, 0x34], [0x76, 0x01], [0x1B]];
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var noise = Enumerable.Range(0, 5000).SelectMany(_ => parts[random.Next(parts.Length)]).ToArray();
            Assert.DoesNotContain(SmlRun.Decode(noise), s => s.Accepted);
        }
    }

    [Fact]
    public void Decoder_DoubledEscapesBeforeEveryStart_StaysFast()
    {
        // Each rejected frame is searched again from its second byte: the worst input has a start in every twelve bytes that only the rescan sees.
        byte[] nested = [.. Enumerable.Range(0, 600).SelectMany(_ => (byte[])[0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1]), 0x1B, 0x1B, 0x1B, 0x1B, 0x1A, 0, 0, 0];

        var seen = SmlRun.Decode([0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1, .. nested]);

        Assert.InRange(seen.Count, 1, 601);
    }

    [Fact]
    public void EndOfSilence_InsideFrame_GivesItUpAndReadsTheNext()
    {
        byte[] frame = SmlRun.CorpusFile("fnn_basic");
        var decoder = new SmlDecoder();
        ReadOnlySpan<byte> head = frame.AsSpan(0, 100);
        Assert.Equal(SmlOutcome.NeedMore, decoder.Read(ref head));
        Assert.True(decoder.InFrame);

        Assert.Equal(SmlOutcome.Cut, decoder.EndOfSilence());
        Assert.Equal(SmlOutcome.NeedMore, decoder.EndOfSilence());
        ReadOnlySpan<byte> rest = frame;
        Assert.Equal(SmlOutcome.Accepted, decoder.Read(ref rest));
        Assert.Equal(100, decoder.Offset);
        Assert.Equal(frame, decoder.Wire.ToArray());
    }

    [Fact]
    public void Decoder_LongestFrame_IsReadAndOneByteMoreIsNot()
    {
        byte[] longest = [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1, .. new byte[SmlTransport.MaxFrame - 16], 0x1B, 0x1B, 0x1B, 0x1B, 0x1A, 0, 0, 0];
        byte[] tooLong = [.. longest[..8], 0, .. longest[8..]];

        Assert.Equal(SmlOutcome.Rejected, Assert.Single(SmlRun.Decode(longest)).Outcome);
        Assert.Equal(SmlOutcome.TooLong, Assert.Single(SmlRun.Decode(tooLong)).Outcome);
    }

    [Fact]
    public void Decoder_AfterWarmUp_AllocatesNothingPerFrame()
    {
        var decoder = new SmlDecoder();
        byte[] frames = SmlRun.CorpusFile("hundred_frames");
        Read(frames, decoder, 2);

        long before = GC.GetAllocatedBytesForCurrentThread();
        decimal sum = Read(frames, decoder, 100);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(100 * Enumerable.Range(0, 100).Sum(i => (1000 + i) / 10m + 50 - i), sum);
        Assert.Equal(0, allocated);
    }

    private static decimal Read(byte[] bytes, SmlDecoder decoder, int times)
    {
        decimal sum = 0;
        for (int i = 0; i < times; i++)
        {
            ReadOnlySpan<byte> rest = bytes;
            while (decoder.Read(ref rest) == SmlOutcome.Accepted)
                foreach (ref readonly var entry in decoder.Frame.Entries)
                    if (entry.TryGetValue(out decimal value)) sum += value;
        }

        return sum;
    }
}
