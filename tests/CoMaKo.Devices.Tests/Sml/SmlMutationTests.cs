using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Sml;

/// <summary>A damaged frame may be lost but never gives a wrong value, and never costs the frame behind it.</summary>
public sealed class SmlMutationTests
{
    private const int MutationsPerDump = 1000;

    public static TheoryData<string> Frames => ["fnn_phases", "kermit", "dzg_defect_two_bytes", "escaped_energy", "full_list"];

    public static TheoryData<string> Dumps => SmlDumpTests.Dumps;

    [Theory]
    [MemberData(nameof(Frames))]
    public void Decoder_AnyByteChanged_AcceptsNoWrongValue(string name)
    {
        byte[] frame = SmlRun.CorpusFile(name);
        string right = SmlRun.Decode(frame).Single().Content;
        var wrong = new List<string>();
        for (int at = 0; at < frame.Length; at++)
        {
            byte original = frame[at];
            for (int change = 1; change < 256; change++)
            {
                frame[at] = (byte)(original ^ change);
                wrong.AddRange(SmlRun.Decode(frame).Where(s => s.Accepted && s.Content != right).Select(s => $"byte {at} ^ {change:X2}: {s.Content}"));
            }

            frame[at] = original;
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Decoder_AnyByteLostOrAddedOrChanged_FindsTheNextFrame(string name)
    {
        byte[] frame = SmlRun.CorpusFile(name);
        byte[] next = SmlRun.CorpusFile("fnn_basic");
        string right = SmlRun.Decode(frame).Single().Content;
        string following = SmlRun.Decode(next).Single().Content;
        for (int at = 0; at < frame.Length; at++)
        {
            byte[][] damaged = [[.. frame[..at], .. frame[(at + 1)..]], [.. frame[..at], 0x1B, .. frame[at..]], [.. frame[..at], (byte)~frame[at], .. frame[(at + 1)..]], frame[..at]];
            foreach (byte[] head in damaged)
            {
                var accepted = SmlRun.Decode([.. head, .. next]).Where(s => s.Accepted).Select(s => s.Content).ToList();
                Assert.Equal(following, accepted[^1]);
                Assert.All(accepted.SkipLast(1), content => Assert.Equal(right, content));
            }
        }
    }

    [Fact]
    public void Decoder_RandomlyDamagedCorpus_AcceptsNoWrongValue()
    {
        foreach (string name in SmlRun.CorpusNames) DamageAtRandom(name, SmlRun.CorpusFile(name), 100);
    }

    [RequiresTheory(Peer.SharedData)]
    [MemberData(nameof(Dumps))]
    public void Decoder_RandomlyDamagedDump_AcceptsNoWrongValue(string name) =>
        DamageAtRandom(name, File.ReadAllBytes(Path.Combine(SmlRun.Dumps, name + ".bin")), MutationsPerDump);

    private static void DamageAtRandom(string name, byte[] recording, int times)
    {
        var right = SmlRun.Decode(recording).Where(s => s.Accepted).Select(s => s.Content).ToHashSet();
        for (int seed = 0; seed < times; seed++)
        {
            byte[] damaged = Damage(recording, new Random(seed));
            foreach (var seen in SmlRun.Decode(damaged).Where(s => s.Accepted))
                Assert.True(right.Contains(seen.Content), $"{name}, seed {seed}, at {seen.Offset}: {seen.Content}");
        }
    }

    private static byte[] Damage(byte[] recording, Random random)
    {
        var bytes = new List<byte>(recording);
        for (int i = random.Next(1, 9); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            int length = random.Next(1, Math.Min(40, bytes.Count - at) + 1);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3: bytes.RemoveAt(at); break;
                case 4: bytes.RemoveRange(at, length); break;
                case 5: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                default: bytes.InsertRange(at, Enumerable.Repeat((byte)0x1B, random.Next(1, 9))); break;
            }
        }

        return [.. bytes];
    }
}
