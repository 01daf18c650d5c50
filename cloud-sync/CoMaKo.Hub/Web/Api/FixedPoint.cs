using System.Globalization;

namespace CoMaKo.Hub.Web.Api;

/// <summary>What came of reading a number.</summary>
internal enum NumberOutcome
{
    Good,
    NoNumber,

    /// <summary>More decimals than the quantity has.</summary>
    TooFine,
    TooLarge,
}

/// <summary>Decimal quantities as whole multiples of their smallest unit. Nothing passes through binary floats, and no digit is rounded away.</summary>
internal static class FixedPoint
{
    private const int MostDigits = 15;

    /// <summary>Reads a JSON number (sign, digits, point, exponent) exactly.</summary>
    /// <param name="decimals">Decimals of the quantity: 3 reads kWh as Wh.</param>
    public static NumberOutcome Parse(ReadOnlySpan<char> text, int decimals, out long scaled) => Parse(text, decimals, '.', out scaled);

    /// <param name="point">The decimal separator.</param>
    public static NumberOutcome Parse(ReadOnlySpan<char> text, int decimals, char point, out long scaled)
    {
        scaled = 0;
        bool isNegative = text.StartsWith("-");
        if (isNegative) text = text[1..];
        int mark = text.IndexOfAny('e', 'E');
        int exponent = 0;
        if (mark >= 0)
        {
            if (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return NumberOutcome.NoNumber;
            text = text[..mark];
        }

        int at = text.IndexOf(point);
        var whole = at < 0 ? text : text[..at];
        var fraction = at < 0 ? [] : text[(at + 1)..];
        if (whole.IsEmpty || (at >= 0 && fraction.IsEmpty) || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9')) return NumberOutcome.NoNumber;
        var outcome = Scale(whole, fraction, (long)decimals + exponent, out scaled);
        if (isNegative) scaled = -scaled;
        return outcome;
    }

    /// <summary>With a point and a fixed number of decimals.</summary>
    public static string Format(long scaled, int decimals)
    {
        long unit = 1;
        for (int i = 0; i < decimals; i++) unit *= 10;
        ulong magnitude = scaled < 0 ? (ulong)-(scaled + 1) + 1 : (ulong)scaled;
        var (whole, rest) = Math.DivRem(magnitude, (ulong)unit);
        return string.Concat(scaled < 0 ? "-" : "", whole.ToString(CultureInfo.InvariantCulture), decimals == 0 ? "" : ".", decimals == 0 ? "" : rest.ToString(CultureInfo.InvariantCulture).PadLeft(decimals, '0'));
    }

    /// <summary>The digits moved by <paramref name="shift"/> places to the left.</summary>
    private static NumberOutcome Scale(ReadOnlySpan<char> whole, ReadOnlySpan<char> fraction, long shift, out long scaled)
    {
        scaled = 0;
        Span<char> digits = whole.Length + fraction.Length <= 64 ? stackalloc char[whole.Length + fraction.Length] : new char[whole.Length + fraction.Length];
        whole.CopyTo(digits);
        fraction.CopyTo(digits[whole.Length..]);
        shift -= fraction.Length;
        var significant = digits.TrimStart('0');
        if (significant.IsEmpty) return NumberOutcome.Good;
        int zeros = significant.Length - significant.TrimEnd('0').Length;
        significant = significant[..^zeros];
        shift += zeros;
        if (shift < 0) return NumberOutcome.TooFine;
        if (significant.Length + shift > MostDigits) return NumberOutcome.TooLarge;
        scaled = long.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture);
        for (; shift > 0; shift--) scaled *= 10;
        return NumberOutcome.Good;
    }
}
