using System.Globalization;

namespace CoMaKo.Quantities;

/// <summary>OBIS code A-B:C.D.E*F (IEC 62056-61). All six groups count in comparisons.</summary>
public readonly record struct ObisCode(byte A, byte B, byte C, byte D, byte E, byte F) : IComparable<ObisCode>
{
    /// <summary>1-0:1.8.0*255, active energy import, all tariffs.</summary>
    public static readonly ObisCode ActiveEnergyImport = new(1, 0, 1, 8, 0, 255);

    /// <summary>1-0:2.8.0*255, active energy export, all tariffs.</summary>
    public static readonly ObisCode ActiveEnergyExport = new(1, 0, 2, 8, 0, 255);

    /// <summary>1-0:16.7.0*255, signed active power, sum of phases.</summary>
    public static readonly ObisCode ActivePower = new(1, 0, 16, 7, 0, 255);

    /// <summary>Reads the six octets of an SML object name.</summary>
    public static ObisCode FromOctets(ReadOnlySpan<byte> octets) =>
        new(octets[0], octets[1], octets[2], octets[3], octets[4], octets[5]);

    /// <summary>Parses <c>A-B:C.D.E*F</c>; <c>*F</c> may be left out and is then 255.</summary>
    /// <returns>The code, or error <c>CME-1001</c> with the offset of the first wrong character.</returns>
    public static ParseResult<ObisCode> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> separators = "-:..*";
        Span<byte> groups = stackalloc byte[6];
        groups[5] = 255;
        int at = 0;
        for (int group = 0; group < 6; group++)
        {
            int start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            if (at == start || at - start > 3 || !byte.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out groups[group]))
                return Wrong(start);
            bool last = group == 5 || (group == 4 && at == text.Length);
            if (last) break;
            if (at >= text.Length || text[at] != separators[group]) return Wrong(at);
            at++;
        }

        return at == text.Length ? FromOctets(groups) : Wrong(at);
    }

    private static ParseError Wrong(int at) => new("CME-1001", at, "An OBIS code has the form A-B:C.D.E*F with groups from 0 to 255, e.g. 1-0:1.8.0*255.");

    public int CompareTo(ObisCode other) =>
        (A, B, C, D, E, F).CompareTo((other.A, other.B, other.C, other.D, other.E, other.F));

    public static bool operator <(ObisCode left, ObisCode right) => left.CompareTo(right) < 0;

    public static bool operator >(ObisCode left, ObisCode right) => left.CompareTo(right) > 0;

    public static bool operator <=(ObisCode left, ObisCode right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ObisCode left, ObisCode right) => left.CompareTo(right) >= 0;

    /// <summary>The full form <c>A-B:C.D.E*F</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{A}-{B}:{C}.{D}.{E}*{F}");
}
