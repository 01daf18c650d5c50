using System.Buffers;
using System.Buffers.Text;
using System.Text;
using CoMaKo.Settlement.Runs;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>
/// Reads the lines with other members' values, which are nearly all of a file, in the one form that this program writes. Whatever is written otherwise is left to
/// the general reader, so nothing is taken here that it would refuse.
/// </summary>
internal static class OtherLine
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"u8);

    /// <returns>Absent if it is another part or another form.</returns>
    public static OtherPart? Read(ReadOnlySpan<byte> json)
    {
        if (!Text(ref json, "{\"part\":\"other\",\"point\":\""u8, out var point) || point.IsEmpty || point.ContainsAnyExcept(Plain)) return null;
        if (!Text(ref json, "\",\"direction\":\""u8, out var word) || DirectionOf(word) is not { } direction) return null;
        if (!Text(ref json, "\",\"day\":\""u8, out var date) || date.Length != 10 || LocalDatePattern.Iso.Parse(Encoding.Latin1.GetString(date)) is not { Success: true, Value: var day }) return null;
        if (!Text(ref json, "\",\"wh\":\""u8, out var wh) || !Text(ref json, "\",\"status\":\""u8, out var status) || !json.SequenceEqual("\"}"u8)) return null;
        return BytesOf(wh) is { } values && BytesOf(status) is { } states ? new OtherPart(Encoding.Latin1.GetString(point), direction, day, values, states) : null;
    }

    /// <summary>What stands between <paramref name="before"/> and the next quote, which stays for what follows.</summary>
    private static bool Text(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> before, out ReadOnlySpan<byte> text)
    {
        text = [];
        if (!rest.StartsWith(before)) return false;
        rest = rest[before.Length..];
        int end = rest.IndexOf((byte)'"');
        if (end < 0) return false;
        text = rest[..end];
        rest = rest[end..];
        return true;
    }

    private static EnergyDirection? DirectionOf(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("consumption"u8)) return EnergyDirection.Consumption;
        return word.SequenceEqual("generation"u8) ? EnergyDirection.Generation : null;
    }

    /// <summary>Base64 that says the same when it is written again: blanks and bits that mean nothing are another form.</summary>
    private static byte[]? BytesOf(ReadOnlySpan<byte> text)
    {
        const int Most = 1024;
        if (text.Length > Most) return null;
        Span<byte> decoded = stackalloc byte[Most], again = stackalloc byte[Most];
        if (Base64.DecodeFromUtf8(text, decoded, out _, out int length) != OperationStatus.Done) return null;
        _ = Base64.EncodeToUtf8(decoded[..length], again, out _, out int written);
        return again[..written].SequenceEqual(text) ? decoded[..length].ToArray() : null;
    }
}
