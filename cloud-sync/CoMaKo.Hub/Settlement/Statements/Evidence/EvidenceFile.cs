using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoMaKo.Hub.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>Something in an evidence file that is not as it must be.</summary>
/// <param name="Place">Line and part.</param>
internal sealed record EvidenceFinding(string Code, string Place, string Text)
{
    public override string ToString() => $"{Code} {Place}: {Text}";
}

/// <summary>
/// The frame of an evidence file: a first line with its format, one line per part (16 digits of the SHA-256 of the part, a space, the part as JSON), and a last
/// line with number of parts and SHA-256 of all lines before it. Lines end in LF. Code: CMH-2361.
/// </summary>
internal static class EvidenceFile
{
    public const string Format = "comako.evidence.1";
    public const int CheckDigits = 16;
    private const int MostBytes = 512 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly JsonSerializerOptions Json = new(RunBasis.Json) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first line, without its line feed.</summary>
    public static ReadOnlySpan<byte> FirstLine => "comako.evidence.1"u8;

    /// <summary>The last line, without its line feed, of a file with so many parts.</summary>
    public static byte[] EndOf(ReadOnlySpan<byte> before, int parts) => Utf8.GetBytes(FormattableString.Invariant($"end {parts} {Convert.ToHexStringLower(SHA256.HashData(before))}"));

    /// <summary>What stands before a part.</summary>
    public static string CheckOf(ReadOnlySpan<byte> json)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json, hash);
        return Convert.ToHexStringLower(hash[..(CheckDigits / 2)]);
    }

    /// <summary>Writes a file.</summary>
    public static async Task WriteAsync(IAsyncEnumerable<EvidencePart> parts, Stream target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int count = 0;
        await AddAsync(Utf8.GetBytes(Format + "\n"));
        await foreach (var part in parts)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(part, Json);
            await AddAsync([.. Utf8.GetBytes(CheckOf(json) + " "), .. json, (byte)'\n']);
            count++;
        }

        await target.WriteAsync(Utf8.GetBytes(FormattableString.Invariant($"end {count} {Convert.ToHexStringLower(hash.GetHashAndReset())}\n")));

        ValueTask AddAsync(byte[] bytes)
        {
            hash.AppendData(bytes);
            return target.WriteAsync(bytes);
        }
    }

    /// <summary>Reads a file of outside: never throws on its content, tells all findings at once.</summary>
    public static IReadOnlyList<EvidencePart> Read(ReadOnlySpan<byte> file, ICollection<EvidenceFinding> findings)
    {
        var parts = new List<EvidencePart>();
        if (file.Length > MostBytes)
        {
            Add(0, "file", $"it has {file.Length} bytes; {MostBytes} are allowed");
            return parts;
        }

        int line = 1, at = 0;
        bool isEnded = false;
        while (at < file.Length)
        {
            int length = file[at..].IndexOf((byte)'\n');
            var text = length < 0 ? file[at..] : file.Slice(at, length);
            if (length < 0) Add(line, "end", "the last line does not end in a line feed");
            if (line == 1) { if (!text.SequenceEqual(FirstLine)) Add(line, "format", $"the first line is not {Format}"); }
            else if (isEnded) Add(line, "end", "there is something after the end");
            else if (text.StartsWith("end "u8))
            {
                byte[] expected = EndOf(file[..at], parts.Count);
                if (!text.SequenceEqual(expected)) Add(line, "end", $"expected '{Encoding.ASCII.GetString(expected)}': a part is missing, added or changed");
                isEnded = true;
            }
            else if (ReadPart(text, line) is { } part) parts.Add(part);
            at += text.Length + 1;
            line++;
        }

        if (!isEnded) Add(line, "end", "the file breaks off before its last line");
        return parts;

        EvidencePart? ReadPart(ReadOnlySpan<byte> text, int number)
        {
            var json = text.Length > CheckDigits ? text[(CheckDigits + 1)..] : [];
            EvidencePart? part = OtherLine.Read(json);
            bool isCanonical = part is not null;
            try
            {
                part ??= JsonSerializer.Deserialize<EvidencePart>(json, Json);
            }
            catch (Exception wrong) when (wrong is JsonException or NotSupportedException or FormatException or InvalidOperationException)
            {
                Add(number, "part", "it is no part of this format: " + wrong.Message.Split('\n')[0]);
            }

            string check = CheckOf(json);
            if (text.Length <= CheckDigits || text[CheckDigits] != ' ' || !text[..CheckDigits].SequenceEqual(Utf8.GetBytes(check)))
                Add(number, part?.Describe() ?? "part", $"a byte of this line was changed: its check is '{Encoding.Latin1.GetString(text[..Math.Min(CheckDigits, text.Length)])}', expected {check}");
            else if (part is not null && !isCanonical && !json.SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(part, Json))) Add(number, part.Describe(), "it says what it says in another form than this format's");
            return part;
        }

        void Add(int number, string what, string text) => findings.Add(new EvidenceFinding("CMH-2361", number == 0 ? what : FormattableString.Invariant($"line {number}, {what}"), text));
    }
}
