using System.Diagnostics;
using System.Globalization;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Sml;

/// <summary>
/// Decodes the same frames to values with the product and with libsml, on one thread from memory, in turns in one run.
/// The product does more: it finds the frames in the stream and checks both layers of check sums; libsml is given each frame's payload.
/// </summary>
internal static class SmlBenchmark
{
    private const int Turns = 5;
    private static readonly string[] Shapes = ["fnn_basic", "fnn_phases", "full_list", "import_only", "old_ehz_tariffs", "public_key", "signed_energy", "two_directions"];

    public static int Run(string[] arguments)
    {
        if (Peers.WhyNot(Peer.Libsml) is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 1;
        }

        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 50_000;
        var frames = Shapes.Select(s => File.ReadAllBytes(Repository.At("tests", "CoMaKo.Devices.Tests", "Sml", "Corpus", s + ".bin"))).ToList();
        using var libsml = new LibsmlDecoder(frames);
        var decoder = new SmlDecoder();
        byte[] stream = [.. frames.SelectMany(f => f)];
        Decode(decoder, stream, rounds / 5); // compiled to its final form by then

        double ours = double.MaxValue, theirs = double.MaxValue;
        long allocated = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var mine = Decode(decoder, stream, rounds);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            var other = libsml.Decode(rounds);
            if (mine.Values != other.Values || Math.Abs((double)mine.Sum - other.Sum) > 1e-6 * Math.Abs(other.Sum))
                throw new InvalidOperationException($"The decoders disagree: {mine} against {other}.");
            ours = Math.Min(ours, mine.Seconds);
            theirs = Math.Min(theirs, other.Seconds);
        }

        double count = (double)rounds * frames.Count;
        new Figure("sml.decode", Math.Round(count / ours), "frames/s", Math.Round(count / theirs), Math.Round(theirs / ours, 2)).Print();
        new Figure("sml.decode.frame", (double)stream.Length / frames.Count, "B").Print();
        new Figure("sml.decode.allocated", allocated / (count * Turns), "B/frame").Print();
        return 0;
    }

    private static (double Seconds, long Values, decimal Sum) Decode(SmlDecoder decoder, byte[] stream, int rounds)
    {
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        decimal sum = 0;
        for (int round = 0; round < rounds; round++)
        {
            ReadOnlySpan<byte> rest = stream;
            while (decoder.Read(ref rest) == SmlOutcome.Accepted)
            {
                foreach (ref readonly var entry in decoder.Frame.Entries)
                {
                    if (!entry.TryGetValue(out decimal value)) continue;
                    sum += value;
                    count++;
                }
            }
        }

        return (Stopwatch.GetElapsedTime(start).TotalSeconds, count, sum);
    }
}
