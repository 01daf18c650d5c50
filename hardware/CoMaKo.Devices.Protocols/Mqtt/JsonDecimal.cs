using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>JSON numbers as exact decimals: never through a binary float, never rounded.</summary>
public static class JsonDecimal
{
    /// <summary>What a <see cref="decimal"/> always holds exactly.</summary>
    private const int MostDigits = 28;

    /// <summary>The value of a number token; absent if the element is no number, or one that a decimal does not hold exactly.</summary>
    public static decimal? Read(JsonElement element) => element.ValueKind == JsonValueKind.Number ? Parse(JsonMarshal.GetRawUtf8Value(element)) : null;

    /// <summary>As <see cref="Read"/>, of the token's bytes.</summary>
    public static decimal? Parse(ReadOnlySpan<byte> token)
    {
        int digits = 0, fraction = 0, at = 0;
        bool inFraction = false;
        for (; at < token.Length && token[at] is not ((byte)'e' or (byte)'E'); at++)
        {
            if (token[at] == '.') inFraction = true;
            if (!char.IsAsciiDigit((char)token[at])) continue;
            digits++;
            if (inFraction) fraction++;
        }

        int exponent = 0;
        if (at < token.Length && !int.TryParse(token[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        // As many digits before and behind the point as a decimal holds in any case.
        bool fits = digits <= MostDigits && exponent is >= -MostDigits and <= MostDigits && digits - fraction + exponent <= MostDigits && fraction - exponent <= MostDigits && digits + Math.Abs(exponent) <= MostDigits;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return fits && decimal.TryParse(token, Style, CultureInfo.InvariantCulture, out decimal value) ? value : null;
    }
}
