using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>
/// Names the byte of an evidence file of which a bit was changed: the first line that does not fit its check is tried with every bit turned, until it does. What
/// was changed in more than one place is named by line only.
/// </summary>
/// <param name="At">Its place in the file, from 0.</param>
internal sealed record ChangedByte(int At, byte Is, byte Was)
{
    private const int CheckDigits = EvidenceFile.CheckDigits;

    /// <summary>Some seconds of hashing, which is enough for a line of some ten thousand bytes.</summary>
    private const long MostHashed = 4L << 30;

    public override string ToString() => FormattableString.Invariant($"byte {At + 1} of the file is {Is:x2}, expected {Was:x2}");

    /// <returns>Absent if nothing was changed, or not just one bit.</returns>
    public static ChangedByte? Find(ReadOnlySpan<byte> file)
    {
        for (int from = 0, line = 1; from < file.Length; line++)
        {
            int length = file[from..].IndexOf((byte)'\n');
            int to = length < 0 ? file.Length : from + length;
            var text = file[from..to];
            bool isLast = to >= file.Length - 1;
            if (line == 1 && !text.SequenceEqual(EvidenceFile.FirstLine)) return Against(file, 0, [.. EvidenceFile.FirstLine, (byte)'\n']);
            if (line > 1 && isLast) return Against(file, from, [.. EvidenceFile.EndOf(file[..from], line - 2), (byte)'\n']) ?? InLine(file, from, to); // or the line feed before it
            if (line > 1 && !Fits(text)) return InLine(file, from, to);
            from = to + 1;
        }

        return null;
    }

    private static bool Fits(ReadOnlySpan<byte> text) => text.Length > CheckDigits && text[CheckDigits] == ' ' && IsCheckOf(text[..CheckDigits], text[(CheckDigits + 1)..]);

    private static bool IsCheckOf(ReadOnlySpan<byte> check, ReadOnlySpan<byte> json) => check.SequenceEqual(Encoding.ASCII.GetBytes(EvidenceFile.CheckOf(json)));

    /// <summary>The one place where the file differs from what must stand there.</summary>
    private static ChangedByte? Against(ReadOnlySpan<byte> file, int from, byte[] expected)
    {
        var rest = file[from..];
        int at = rest.CommonPrefixLength(expected);
        bool isOne = rest.Length >= expected.Length && at < expected.Length && IsOneBit(rest[at], expected[at]) && rest[(at + 1)..expected.Length].SequenceEqual(expected.AsSpan(at + 1));
        return isOne ? new ChangedByte(from + at, rest[at], expected[at]) : null;
    }

    private static ChangedByte? InLine(ReadOnlySpan<byte> file, int from, int to)
    {
        var text = file[from..to];
        if (text.Length <= CheckDigits) return Joined(file, from, to);
        var check = text[..CheckDigits];
        var json = text[(CheckDigits + 1)..];
        byte[] right = Encoding.ASCII.GetBytes(EvidenceFile.CheckOf(json));
        int wrong = check.CommonPrefixLength(right);
        if (wrong == CheckDigits) return new ChangedByte(from + CheckDigits, text[CheckDigits], (byte)' ');
        if (check[(wrong + 1)..].SequenceEqual(right.AsSpan(wrong + 1))) return new ChangedByte(from + wrong, check[wrong], right[wrong]);
        return Split(file, from, to) ?? Joined(file, from, to) ?? Turned(json, check, from + CheckDigits + 1);
    }

    /// <summary>A line feed became something else, and two lines one.</summary>
    private static ChangedByte? Split(ReadOnlySpan<byte> file, int from, int to)
    {
        for (int at = from + CheckDigits + 1; at < to; at++)
            if (IsOneBit(file[at], (byte)'\n') && Fits(file[from..at])) return new ChangedByte(at, file[at], (byte)'\n');
        return null;
    }

    /// <summary>Something became a line feed, and one line two.</summary>
    private static ChangedByte? Joined(ReadOnlySpan<byte> file, int from, int to)
    {
        int next = to + 1 >= file.Length ? -1 : file[(to + 1)..].IndexOf((byte)'\n');
        if (next < 0) return null;
        byte[] line = file[from..(to + 1 + next)].ToArray();
        for (int bit = 0; bit < 8; bit++)
        {
            line[to - from] = (byte)('\n' ^ (1 << bit));
            if (Fits(line)) return new ChangedByte(to, (byte)'\n', line[to - from]);
        }

        return null;
    }

    private static ChangedByte? Turned(ReadOnlySpan<byte> json, ReadOnlySpan<byte> check, int from)
    {
        Span<byte> right = stackalloc byte[CheckDigits / 2], hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Convert.FromHexString(check, right, out _, out _) != System.Buffers.OperationStatus.Done) return null;
        byte[] trial = json.ToArray();
        long hashed = 0;
        for (int at = 0; at < trial.Length && hashed < MostHashed; at++)
            for (int bit = 1; bit < 256; bit <<= 1, hashed += trial.Length)
            {
                trial[at] ^= (byte)bit;
                SHA256.HashData(trial, hash);
                if (hash.StartsWith(right)) return new ChangedByte(from + at, json[at], trial[at]);
                trial[at] ^= (byte)bit;
            }

        return null;
    }

    private static bool IsOneBit(byte one, byte other) => BitOperations.PopCount((uint)(one ^ other)) == 1;
}
