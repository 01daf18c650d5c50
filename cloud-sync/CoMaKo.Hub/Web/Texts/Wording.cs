using System.Collections.Frozen;
using System.Globalization;
using System.Resources;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Web.Texts;

/// <summary>Words, numbers and times in the reader's language; times are Berlin's, as market days are.</summary>
internal sealed class Wording
{
    /// <summary>Languages of the pages; the first is the default.</summary>
    public static readonly IReadOnlyList<string> Languages = ["de", "en"];

    /// <summary>One set of texts for each file <c>Web/Texts/*.resx</c>; a key is in one of them only.</summary>
    private static readonly IReadOnlyList<ResourceManager> Sets =
        [.. typeof(Wording).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("CoMaKo.Hub.Web.Texts.", StringComparison.Ordinal) && name.EndsWith(".resources", StringComparison.Ordinal)).Select(name => new ResourceManager(name[..^".resources".Length], typeof(Wording).Assembly))];
    private static readonly FrozenDictionary<string, CultureInfo> Cultures = new Dictionary<string, CultureInfo>
    {
        ["de"] = CultureInfo.GetCultureInfo("de-DE"),
        ["en"] = CultureInfo.GetCultureInfo("en-GB"),
    }.ToFrozenDictionary();

    private readonly CultureInfo culture;

    public Wording(string language)
    {
        Language = language;
        culture = Cultures[language];
    }

    public string Language { get; }

    /// <summary>The other language, for the switch.</summary>
    public string Other => Languages.First(language => language != Language);

    /// <summary>The text of a key.</summary>
    /// <exception cref="KeyNotFoundException">No text has this key; a test looks for such keys.</exception>
    public string this[string key] => Find(key) ?? throw new KeyNotFoundException($"No text has the key {key}.");

    /// <summary>The text of a key with values put in.</summary>
    public string this[string key, params object[] values] => string.Format(culture, this[key], values);

    /// <summary>Word of an enumeration's member: key <c>Type.Member</c>.</summary>
    public string Of<T>(T member) where T : struct, Enum => this[$"{typeof(T).Name}.{member}"];

    /// <summary>Singular or plural: keys <c>key.one</c> and <c>key.other</c>.</summary>
    public string Count(string key, long count) => this[count == 1 ? key + ".one" : key + ".other", Number(count)];

    public bool Has(string key) => Find(key) is not null;

    /// <summary>A word at the start of a sentence.</summary>
    public string Capital(string word) => word.Length == 0 ? word : char.ToUpper(word[0], culture) + word[1..];

    /// <summary>Words for a stable code; codes without own words show the details as they came.</summary>
    public string Code(string code, string details) => Find(code) ?? details;

    /// <summary>Words for a mistake: those of the part for this field, for its code, the operator's ones, else the details as they came.</summary>
    public string Finding(string part, string field, string code, string details) =>
        Find($"{part}.{code}.{field}") ?? Find($"{part}.{code}") ?? Find($"operator.{code}.{field}") ?? Find($"operator.{code}") ?? details;

    public string Number(decimal value, int decimals = 0) => value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), culture).Replace('-', '\u2212');

    /// <summary>Energy in kWh with three decimals, as in settlement; without the unit.</summary>
    public string Kilowatthours(long wh) => Number(wh / 1000m, 3);

    /// <summary>4 s · 12 min · 7 h 41 min · 3 d 4 h.</summary>
    public string Span(Duration span)
    {
        if (span < Duration.Zero) span = Duration.Zero;
        if (span.TotalSeconds < 60) return $"{(int)span.TotalSeconds}\u00A0s";
        if (span.TotalHours < 1) return $"{(int)span.TotalMinutes}\u00A0min";
        return span.TotalDays < 1
            ? string.Create(culture, $"{(int)span.TotalHours}\u00A0h\u00A0{span.Minutes:00}\u00A0min")
            : string.Create(culture, $"{(int)span.TotalDays}\u00A0{this["unit.day"]}\u00A0{span.Hours}\u00A0h");
    }

    /// <summary>Friday 20 November 2026, 13:47.</summary>
    public string Moment(Instant at) => $"{LongDay(Local(at).Date)}, {Minute(at)}";

    /// <summary>20 Nov, 13:47.</summary>
    public string Stamp(Instant at) => $"{Local(at).Date.ToDateOnly().ToString("d. MMM".Replace(".", Language == "de" ? "." : "", StringComparison.Ordinal), culture)}, {Minute(at)}";

    /// <summary>20 Nov 2026: where the year is not this one, or may not be.</summary>
    public string Date(Instant at) => Local(at).Date.ToDateOnly().ToString(Language == "de" ? "d. MMM yyyy" : "d MMM yyyy", culture);

    /// <summary>A stored number, with a decimal point, as people of this language type it: no zeros behind it, no thousands; anything else stays as it is.</summary>
    public string? Typed(string? plain) =>
        plain is not null && decimal.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) ? value.ToString("0.##########", culture) : plain;

    /// <summary>13:42.</summary>
    public string Minute(Instant at) => Local(at).ToString("HH:mm", culture);

    /// <summary>18:45–19:00.</summary>
    public string Slot(QuarterHour slot) => $"{Minute(slot.Start)}–{Minute(slot.End)}";

    /// <summary>Fri 1 Aug 2025.</summary>
    public string Day(LocalDate day) => day.ToDateOnly().ToString(Language == "de" ? "ddd d. MMM yyyy" : "ddd d MMM yyyy", culture);

    /// <summary>November 2026.</summary>
    public string Month(YearMonth month) => month.OnDayOfMonth(1).ToDateOnly().ToString("MMMM yyyy", culture);

    private string? Find(string key)
    {
        foreach (var set in Sets)
            if (set.GetString(key, culture) is { } text) return text;
        return null;
    }

    private string LongDay(LocalDate day) => day.ToDateOnly().ToString(Language == "de" ? "dddd, d. MMMM yyyy" : "dddd d MMMM yyyy", culture);

    private static LocalDateTime Local(Instant at) => at.InZone(MarketDay.Zone).LocalDateTime;
}
