using System.Globalization;
using System.Text;

namespace CoMaKo.Contracts.Wire;

/// <summary>Names and value forms of gRPC's headers and trailers.</summary>
internal static class GrpcHeaders
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";

    /// <summary>How long to wait before the next try, in ms (gRPC proposal A6).</summary>
    public const string RetryPushback = "grpc-retry-pushback-ms";

    public const string Identity = "identity";

    /// <summary>Longest deadline that the header can say: 8 digits of hours are more than a timer takes, so this is where ours ends.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24);

    /// <summary>Percent-encodes what is not printable ASCII.</summary>
    public static string EncodeMessage(string message)
    {
        if (message.All(IsPlain)) return message;
        var encoded = new StringBuilder(message.Length + 16);
        foreach (byte octet in System.Text.Encoding.UTF8.GetBytes(message))
        {
            if (IsPlain((char)octet)) encoded.Append((char)octet);
            else encoded.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    /// <summary>Undoes <see cref="EncodeMessage"/>; wrong escapes stay as they are, as the specification asks.</summary>
    public static string DecodeMessage(string? encoded) => Uri.UnescapeDataString(encoded ?? "");

    /// <summary>Writes a timeout with as much precision as 8 digits allow, rounded up.</summary>
    public static string EncodeTimeout(TimeSpan timeout)
    {
        long microseconds = Math.Max(0, (timeout.Ticks + 9) / 10);
        if (microseconds < 100_000_000) return FormattableString.Invariant($"{microseconds}u");
        long milliseconds = (microseconds + 999) / 1000;
        return milliseconds < 100_000_000 ? FormattableString.Invariant($"{milliseconds}m") : FormattableString.Invariant($"{(milliseconds + 999) / 1000}S");
    }

    /// <summary>Reads a timeout of 1 to 8 digits and a unit; false if it has another form.</summary>
    public static bool TryDecodeTimeout(string text, out TimeSpan timeout)
    {
        timeout = TimeSpan.Zero;
        if (text.Length is < 2 or > 9) return false;
        if (!long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count)) return false;
        long? ticks = text[^1] switch
        {
            'H' => count * TimeSpan.TicksPerHour,
            'M' => count * TimeSpan.TicksPerMinute,
            'S' => count * TimeSpan.TicksPerSecond,
            'm' => count * TimeSpan.TicksPerMillisecond,
            'u' => count * TimeSpan.TicksPerMicrosecond,
            'n' => count / 100,
            _ => null,
        };
        timeout = TimeSpan.FromTicks(Math.Min(ticks ?? 0, LongestTimeout.Ticks));
        return ticks is not null;
    }

    private static bool IsPlain(char character) => character is >= ' ' and <= '~' and not '%';
}
