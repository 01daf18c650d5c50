using System.Globalization;
using System.Text.Json;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Sml;

/// <summary>What a decoder saw, in a form that tests can compare.</summary>
internal sealed record SmlSeen(SmlOutcome Outcome, long Offset, int Length, string TransportCrc, string ServerId, string Values)
{
    public bool Accepted => Outcome == SmlOutcome.Accepted;

    /// <summary>What must never be wrong.</summary>
    public string Content => $"{ServerId} {Values}";
}

/// <summary>Decodes whole recordings and reads what is expected of them.</summary>
internal static class SmlRun
{
    public static string Corpus { get; } = Repository.At("tests", "CoMaKo.Devices.Tests", "Sml", "Corpus");

    public static string[] CorpusNames { get; } = [.. Directory.GetFiles(Corpus, "*.bin").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    public static string Dumps { get; } = Path.Combine(Repository.Shared, "data", "sml");

    public static byte[] CorpusFile(string name) => File.ReadAllBytes(Path.Combine(Corpus, name + ".bin"));

    /// <summary>All outcomes, the end of the input included.</summary>
    /// <param name="bytes">The recording.</param>
    /// <param name="chunk">Gives the size of the next piece.</param>
    public static List<SmlSeen> Decode(ReadOnlySpan<byte> bytes, Func<int>? chunk = null)
    {
        var decoder = new SmlDecoder();
        var seen = new List<SmlSeen>();
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, chunk?.Invoke() ?? bytes.Length)];
            bytes = bytes[piece.Length..];
            for (SmlOutcome outcome; (outcome = decoder.Read(ref piece)) != SmlOutcome.NeedMore;) seen.Add(See(decoder, outcome));
        }

        for (SmlOutcome outcome; (outcome = decoder.EndOfSilence()) != SmlOutcome.NeedMore;) seen.Add(See(decoder, outcome));
        return seen;
    }

    private static SmlSeen See(SmlDecoder decoder, SmlOutcome outcome)
    {
        if (outcome is not (SmlOutcome.Accepted or SmlOutcome.Rejected)) return new SmlSeen(outcome, decoder.Offset, decoder.Wire.Length, "", "", "");
        var frame = decoder.Frame;
        var values = new List<string>();
        foreach (ref readonly var entry in frame.Entries)
            if (entry.IsNumeric) values.Add($"{entry.Obis}={Plain(entry.ValueText)}{SmlUnits.Symbol(entry.Unit)}");
        return new SmlSeen(outcome, decoder.Offset, decoder.Wire.Length, SmlCrc.NameOf(frame.TransportCrc), Convert.ToHexStringLower(frame.ServerId), string.Join(' ', values));
    }

    /// <summary>Decimals are equal however many zeros end them, and with or without exponent.</summary>
    public static string Plain(string number)
    {
        decimal value = decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        return value.ToString("0.############################", CultureInfo.InvariantCulture);
    }

    public static JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}
