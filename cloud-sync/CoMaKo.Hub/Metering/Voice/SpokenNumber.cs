using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CoMaKo.Hub.Metering.Voice;

/// <summary>Languages of the voicebot.</summary>
internal enum VoiceLanguage
{
    De,
    En,
}

/// <summary>
/// Numbers as people say them and as speech recognition writes them: digits, single words ("eins zwei drei"), whole numbers in words
/// ("zwölftausenddreihundertfünf", "twelve thousand three hundred and five") and decimals ("Komma fünf", "point five"). Pure. What can be read in two ways is no number.
/// </summary>
internal static partial class SpokenNumber
{
    private const int MostDigits = 12;

    /// <summary>The number as digits with a point before its decimals, at most three of them; absent if the text holds none, or more than one.</summary>
    public static string? Parse(string text, VoiceLanguage language)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<string> { "" };
        bool isAfterNumber = false;
        foreach (string token in Tokens(text, language))
        {
            if (token is "komma" or "comma" or "point" or "punkt")
            {
                if (parts.Count == 2 || parts[0].Length == 0) return null;
                parts.Add("");
                isAfterNumber = false;
                continue;
            }

            if (DigitsOf(token, language, isDecimal: parts.Count == 2) is not { } digits)
            {
                if (parts[0].Length > 0 && !IsFiller(token)) isAfterNumber = true;
                continue;
            }

            // A second number after other words: which one is meant is not clear.
            if (isAfterNumber) return null;
            parts[^1] += digits;
        }

        string whole = parts[0].TrimStart('0');
        if (parts[0].Length is 0 or > MostDigits || (parts.Count == 2 && parts[1].Length is 0 or > 3)) return null;
        return (whole.Length == 0 ? "0" : whole) + (parts.Count == 2 ? "." + parts[1] : "");
    }

    /// <summary>Digits of a text as they are spoken, without a decimal part and with leading zeros: customer numbers and PINs.</summary>
    public static string Digits(string text, VoiceLanguage language) => string.Concat(Tokens(text, language).Select(token => DigitsOf(token, language, isDecimal: true)));

    /// <summary>Read back digit by digit.</summary>
    public static string Say(string number, VoiceLanguage language)
    {
        string[] words = language == VoiceLanguage.De ? GermanDigits : EnglishDigits;
        return string.Join(' ', number.Select(each => each == '.' ? language == VoiceLanguage.De ? "Komma" : "point" : words[each - '0']));
    }

    private static IEnumerable<string> Tokens(string text, VoiceLanguage language)
    {
        string plain = text.ToLowerInvariant().Normalize(NormalizationForm.FormC).Replace('-', ' ');
        // "1.234,5" and "1 234,5": points and blanks between groups of three are no decimals in German, commas are none in English.
        plain = language == VoiceLanguage.De
            ? DecimalComma().Replace(GroupedGerman().Replace(plain, ""), " komma ")
            : DecimalPoint().Replace(GroupedEnglish().Replace(plain, ""), " point ");
        var tokens = Word().Matches(plain).Select(match => match.Value).ToList();
        return language == VoiceLanguage.De ? tokens : JoinEnglish(tokens);
    }

    /// <summary>"twelve thousand three hundred and five" becomes one token, digit words stay apart.</summary>
    private static IEnumerable<string> JoinEnglish(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count;)
        {
            int end = i;
            while (end < tokens.Count && (EnglishWords.ContainsKey(tokens[end]) || (end > i && tokens[end] == "and" && end + 1 < tokens.Count && EnglishWords.ContainsKey(tokens[end + 1])))) end++;
            bool isCompound = end - i > 1 && tokens[i..end].Exists(token => EnglishWords.TryGetValue(token, out long value) && value >= 10);
            if (isCompound)
            {
                yield return string.Join(' ', tokens[i..end]);
                i = end;
            }
            else yield return tokens[i++];
        }
    }

    private static string? DigitsOf(string token, VoiceLanguage language, bool isDecimal)
    {
        if (token.All(char.IsAsciiDigit)) return token;
        long? value = language == VoiceLanguage.De ? German(token) : English(token);
        if (value is not { } number) return null;
        return isDecimal && number is >= 10 and < 100 || number < 10 || !isDecimal ? number.ToString(CultureInfo.InvariantCulture) : null;
    }

    private static bool IsFiller(string token) => token is "kilowattstunden" or "kilowattstunde" or "kilowatt" or "hours" or "hour" or "stunden" or "kwh" or "äh" or "ähm" or "um" or "uh" or "bitte" or "please";

    private static long? German(string word)
    {
        if (GermanWords.TryGetValue(word, out long known)) return known;
        foreach (var (unit, factor) in ((string, long)[])[("millionen", 1_000_000), ("million", 1_000_000), ("tausend", 1000), ("hundert", 100)])
        {
            int at = word.IndexOf(unit, StringComparison.Ordinal);
            if (at < 0) continue;
            string left = word[..at], right = word[(at + unit.Length)..];
            if (right.StartsWith("und", StringComparison.Ordinal)) right = right[3..];
            long? count = left.Length == 0 ? 1 : German(left), rest = right.Length == 0 ? 0 : German(right);
            return count is { } many && rest is { } more && more < factor && many < 1000 ? many * factor + more : null;
        }

        // "fünfundzwanzig": the unit comes first.
        int und = word.IndexOf("und", StringComparison.Ordinal);
        if (und <= 0) return null;
        string one = word[..und], ten = word[(und + 3)..];
        return GermanWords.TryGetValue(one, out long units) && units is >= 1 and <= 9 && GermanWords.TryGetValue(ten, out long tens) && tens >= 20 && tens % 10 == 0 ? tens + units : null;
    }

    private static long? English(string text)
    {
        long total = 0, current = 0, lastPlace = long.MaxValue;
        bool isAny = false;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "and") continue;
            if (!EnglishWords.TryGetValue(word, out long value)) return null;
            isAny = true;
            if (value == 100)
            {
                if (current is 0 or >= 100) return null;
                (current, lastPlace) = (current * 100, 100);
            }
            else if (value >= 1000)
            {
                if (current == 0) return null;
                (total, current, lastPlace) = (total + current * value, 0, long.MaxValue);
            }
            else
            {
                // "twenty five" adds, "five five" or "twenty thirty" would be two numbers.
                long place = value >= 20 ? 10 : 1;
                if (current > 0 && (place >= lastPlace || (lastPlace == 10 && value is 0 or > 9))) return null;
                (current, lastPlace) = (current + value, value is >= 10 and < 20 ? 1 : place);
            }
        }

        return isAny ? total + current : null;
    }

    private static readonly string[] GermanDigits = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
    private static readonly string[] EnglishDigits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    private static readonly Dictionary<string, long> GermanWords = new(StringComparer.Ordinal)
    {
        ["null"] = 0, ["ein"] = 1, ["eins"] = 1, ["eine"] = 1, ["zwei"] = 2, ["zwo"] = 2, ["drei"] = 3, ["vier"] = 4, ["fünf"] = 5, ["sechs"] = 6, ["sieben"] = 7, ["acht"] = 8, ["neun"] = 9, ["zehn"] = 10,
        ["elf"] = 11, ["zwölf"] = 12, ["dreizehn"] = 13, ["vierzehn"] = 14, ["fünfzehn"] = 15, ["sechzehn"] = 16, ["siebzehn"] = 17, ["achtzehn"] = 18, ["neunzehn"] = 19, ["zwanzig"] = 20,
        ["dreißig"] = 30, ["dreissig"] = 30, ["vierzig"] = 40, ["fünfzig"] = 50, ["sechzig"] = 60, ["siebzig"] = 70, ["achtzig"] = 80, ["neunzig"] = 90,
    };

    private static readonly Dictionary<string, long> EnglishWords = new(StringComparer.Ordinal)
    {
        ["zero"] = 0, ["oh"] = 0, ["one"] = 1, ["two"] = 2, ["three"] = 3, ["four"] = 4, ["five"] = 5, ["six"] = 6, ["seven"] = 7, ["eight"] = 8, ["nine"] = 9, ["ten"] = 10, ["eleven"] = 11, ["twelve"] = 12,
        ["thirteen"] = 13, ["fourteen"] = 14, ["fifteen"] = 15, ["sixteen"] = 16, ["seventeen"] = 17, ["eighteen"] = 18, ["nineteen"] = 19, ["twenty"] = 20, ["thirty"] = 30, ["forty"] = 40, ["fifty"] = 50,
        ["sixty"] = 60, ["seventy"] = 70, ["eighty"] = 80, ["ninety"] = 90, ["hundred"] = 100, ["thousand"] = 1000, ["million"] = 1_000_000,
    };

    [GeneratedRegex(@"(?<=\d)[. ](?=\d{3}(?!\d))", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex GroupedGerman();

    [GeneratedRegex(@"(?<=\d)[, ](?=\d{3}(?!\d))", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex GroupedEnglish();

    [GeneratedRegex(@"(?<=\d),(?=\d)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"(?<=\d)\.(?=\d)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DecimalPoint();

    [GeneratedRegex(@"[\p{L}]+|\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Word();
}
