namespace CoMaKo.Quantities;

/// <summary>Market location (Marktlokation, MaLo): 11 digits, the first is not 0, the last is the check digit
/// (BDEW: digits at odd places are added, digits at even places are added twice; the check digit completes the sum to a multiple of ten).</summary>
public readonly record struct MarketLocationId
{
    private MarketLocationId(string value) => Value = value;

    public string Value { get; }

    /// <returns>The id, or <c>CME-1002</c> (form) or <c>CME-1003</c> (check digit).</returns>
    public static ParseResult<MarketLocationId> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
            if (!char.IsAsciiDigit(text[i])) return new ParseError("CME-1002", i, "A market location has 11 digits and nothing else.");
        if (text.Length != 11) return new ParseError("CME-1002", Math.Min(text.Length, 11), "A market location has 11 digits.");
        if (text[0] == '0') return new ParseError("CME-1002", 0, "A market location does not start with 0.");
        int expected = CheckDigit(text);
        return text[10] - '0' == expected
            ? new MarketLocationId(text)
            : new ParseError("CME-1003", 10, FormattableString.Invariant($"The check digit is {text[10]}, computed is {expected}: a digit was mistyped."));
    }

    /// <summary>The eleventh digit for the first ten.</summary>
    public static int CheckDigit(ReadOnlySpan<char> firstTen)
    {
        int sum = 0;
        for (int i = 0; i < 10; i++) sum += (firstTen[i] - '0') * (i % 2 == 0 ? 1 : 2);
        return (10 - sum % 10) % 10;
    }

    public override string ToString() => Value;
}

/// <summary>Metering location (Messlokation, MeLo): 33 characters; two letters of the country, 6 digits of the grid operator,
/// 5 of the postal code, 20 letters or digits of the metering point (VDE-AR-N 4400).</summary>
public readonly record struct MeteringLocationId
{
    private MeteringLocationId(string value) => Value = value;

    public string Value { get; }

    /// <returns>The id, or <c>CME-1004</c> with the offset of the first wrong character.</returns>
    public static ParseResult<MeteringLocationId> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < Math.Min(text.Length, 33); i++)
        {
            bool right = i < 2 ? char.IsAsciiLetterUpper(text[i]) : i < 13 ? char.IsAsciiDigit(text[i]) : char.IsAsciiLetterUpper(text[i]) || char.IsAsciiDigit(text[i]);
            if (!right) return new ParseError("CME-1004", i, "A metering location has two capital letters, 11 digits, then 20 capital letters or digits.");
        }

        return text.Length == 33 ? new MeteringLocationId(text) : new ParseError("CME-1004", Math.Min(text.Length, 33), "A metering location has 33 characters.");
    }

    public override string ToString() => Value;
}

/// <summary>Energy identification code (EIC) of a balance group, area or party: 16 characters, the last is the check character
/// (ENTSO-E EIC reference manual: values of the first 15, digits 0–9, letters 10–35, hyphen 36, times weights 16 to 2; 36 − (sum − 1) mod 37).</summary>
public readonly record struct EicCode
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";

    private EicCode(string value) => Value = value;

    public string Value { get; }

    /// <returns>The code, or <c>CME-1006</c> (form) or <c>CME-1007</c> (check character).</returns>
    public static ParseResult<EicCode> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
            if (!Alphabet.Contains(text[i], StringComparison.Ordinal)) return new ParseError("CME-1006", i, "An EIC has capital letters, digits and hyphens.");
        if (text.Length != 16) return new ParseError("CME-1006", Math.Min(text.Length, 16), "An EIC has 16 characters.");
        char expected = CheckCharacter(text);
        if (expected == '-') return new ParseError("CME-1007", 15, "No EIC begins with these 15 characters: the check character would be a hyphen.");
        return text[15] == expected ? new EicCode(text) : new ParseError("CME-1007", 15, $"The check character is {text[15]}, computed is {expected}: a character was mistyped.");
    }

    /// <summary>The sixteenth character for the first fifteen; a hyphen means that the code is not given out.</summary>
    public static char CheckCharacter(ReadOnlySpan<char> firstFifteen)
    {
        int sum = 0;
        for (int i = 0; i < 15; i++) sum += Alphabet.IndexOf(firstFifteen[i], StringComparison.Ordinal) * (16 - i);
        return Alphabet[36 - (sum + 36) % 37];
    }

    public override string ToString() => Value;
}
