using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Resources;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Texts;

/// <summary>A number and its unit, apart so that the page can weigh them differently. Text form: number, no-break space, unit.</summary>
public readonly record struct Quantity(string Number, string Unit)
{
    public override string ToString() => $"{Number}\u00A0{Unit}";
}

/// <summary>Words, numbers and times in the reader's language and the building's zone.</summary>
internal sealed class Wording
{
    /// <summary>Languages of the pages; the first is the default.</summary>
    public static readonly IReadOnlyList<string> Languages = ["de", "en"];

    private static readonly ResourceManager Resources = new("CoMaKo.Edge.Diagnostics.Texts.Texts", typeof(Wording).Assembly);
    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> Texts = Languages.ToFrozenDictionary(language => language, Load);
    private static readonly FrozenDictionary<string, CultureInfo> Cultures = new Dictionary<string, CultureInfo>
    {
        ["de"] = CultureInfo.GetCultureInfo("de-DE"),
        ["en"] = CultureInfo.GetCultureInfo("en-GB"),
    }.ToFrozenDictionary();

    private readonly CultureInfo culture;
    private readonly FrozenDictionary<string, string> texts;
    private readonly DateTimeZone zone;

    public Wording(string language, DateTimeZone zone)
    {
        Language = Cultures.ContainsKey(language) ? language : Languages[0];
        culture = Cultures[Language];
        texts = Texts[Language];
        this.zone = zone;
    }

    public string Language { get; }

    /// <summary>The text of a key.</summary>
    /// <exception cref="KeyNotFoundException">No text has this key; a test looks for such keys.</exception>
    public string this[string key] => Find(key) ?? throw new KeyNotFoundException($"No text has the key {key}.");

    /// <summary>The text of a key with values put in.</summary>
    public string this[string key, params object[] values] => string.Format(culture, this[key], values);

    /// <summary>Word of an enumeration's member: key <c>Type.Member</c>.</summary>
    public string Of<T>(T member) where T : struct, Enum => this[$"{typeof(T).Name}.{member}"];

    /// <summary>The text of a key that may have none, e.g. an error code of another part.</summary>
    public string? Find(string key) => texts.GetValueOrDefault(key);

    /// <summary>Words for a fault: of its code, with what its text adds where they ask for it; the English text where the code has none.</summary>
    public string Fault(CodedText fault) => Find(fault.Code) is { } words ? string.Format(culture, words, fault.Text) : fault.Text;

    /// <summary>Singular or plural: keys <c>key.one</c> and <c>key.other</c>.</summary>
    public string Count(string key, long count) => this[count == 1 ? key + ".one" : key + ".other", Number(count)];

    public string Number(decimal value, int decimals = 0) => value.ToString("N" + decimals, culture).Replace('-', '\u2212');

    /// <summary>All digits that the value has; for registers exactly as sent.</summary>
    public string Exact(decimal value) => value.ToString("#,0.############", culture).Replace('-', '\u2212');

    /// <summary>For lists: whole watts below 10 kW, kW with one decimal above.</summary>
    public Quantity Power(Power power) => Math.Abs(power.Milliwatts) < 10_000_000
        ? new(Number(power.Watts), "W")
        : new(Number(power.Watts / 1000, 1), "kW");

    /// <summary>For the flow picture: magnitude in kW, two decimals below 10 kW.</summary>
    public Quantity Kilowatts(decimal watts)
    {
        decimal magnitude = Math.Abs(watts) / 1000;
        return new(magnitude < 0.02m ? "0" : Number(magnitude, magnitude < 10 ? 2 : 1), "kW");
    }

    public Quantity Energy(decimal wattHours, int decimals = 1) => new(Number(wattHours / 1000, decimals), "kWh");

    /// <summary>34.1 ct, from EUR/kWh.</summary>
    public Quantity Cents(decimal eurPerKwh) => new(Number(eurPerKwh * 100, 1), "ct");

    /// <summary>10.71 EUR.</summary>
    public Quantity Money(decimal eur) => new(Number(eur, 2), "EUR");

    /// <summary>−4.2 or +5.0, in kW: only where a range has two directions.</summary>
    public string Signed(Power power) => (power > Quantities.Power.Zero ? "+" : "") + Number(power.Watts / 1000, 1);

    public Quantity Percent(decimal value) => new(Number(value), "%");

    public Quantity Bytes(long bytes) => bytes switch
    {
        < 10_000 => new(Number(bytes), "B"),
        < 1_000_000 => new(Number(bytes / 1000m), "kB"),
        < 10_000_000_000 => new(Number(bytes / 1_000_000m, bytes < 100_000_000 ? 1 : 0), "MB"),
        _ => new(Number(bytes / 1_000_000_000m), "GB"),
    };

    /// <summary>0.6 s · 42 s · 4 min · 2 h 05 min · 3 d 4 h.</summary>
    public string Span(Duration span)
    {
        if (span < Duration.Zero) span = Duration.Zero;
        double seconds = span.TotalSeconds;
        if (seconds < 9.95) return $"{Number((decimal)seconds, 1)}\u00A0s";
        if (seconds < 60) return $"{Number((int)seconds)}\u00A0s";
        if (seconds < 3600) return $"{Number((int)span.TotalMinutes)}\u00A0min";
        return span.TotalHours < 24
            ? string.Create(culture, $"{(int)span.TotalHours}\u00A0h\u00A0{span.Minutes:00}\u00A0min")
            : string.Create(culture, $"{(int)span.TotalDays}\u00A0{this["unit.day"]}\u00A0{span.Hours}\u00A0h");
    }

    /// <summary>Whole days; beyond ten years the number means nothing any more.</summary>
    public string Days(Duration span) => span.TotalDays > 3650 ? this["days.many"] : Count("days", (long)span.TotalDays);

    public string Ago(Duration span) => this["ago", Span(span)];

    /// <summary>13:42:07.</summary>
    public string Clock(Instant at) => Local(at).ToString("HH:mm:ss", culture);

    /// <summary>13:42:07.4.</summary>
    public string ClockTenths(Instant at) => $"{Local(at).ToString("HH:mm:ss", culture)}{culture.NumberFormat.NumberDecimalSeparator}{Local(at).Millisecond / 100}";

    /// <summary>13:42.</summary>
    public string Minute(Instant at) => Local(at).ToString("HH:mm", culture);

    /// <summary>18:45–19:00.</summary>
    public string Slot(QuarterHour slot) => $"{Minute(slot.Start)}–{Minute(slot.End)}";

    /// <summary>The time alone on the day of <paramref name="now"/>, otherwise with the date.</summary>
    public string When(Instant at, Instant now) => Local(at).Date == Local(now).Date ? Clock(at) : $"{Day(Local(at).Date)}, {Minute(at)}";

    /// <summary>13:42, within the coming or last week Sat 13:42, otherwise with the date.</summary>
    public string Near(Instant at, Instant now) => Local(at).Date == Local(now).Date ? Minute(at)
        : Math.Abs((at - now).TotalDays) < 6 ? $"{Weekday(Local(at).Date)} {Minute(at)}" : When(at, now);

    /// <summary>Fri 1 Aug.</summary>
    public string ShortDay(LocalDate day) => day.ToDateOnly().ToString(Language == "de" ? "ddd d. MMM" : "ddd d MMM", culture);

    /// <summary>Fri 1 Aug 2025.</summary>
    public string Day(LocalDate day) => day.ToDateOnly().ToString(Language == "de" ? "ddd d. MMM yyyy" : "ddd d MMM yyyy", culture);

    /// <summary>Fri.</summary>
    public string Weekday(LocalDate day) => day.ToDateOnly().ToString("ddd", culture);

    /// <summary>All texts of a language at once: a page asks for a hundred, twice a second.</summary>
    private static FrozenDictionary<string, string> Load(string language)
    {
        using var set = Resources.GetResourceSet(language == "en" ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(language), createIfNotExists: true, tryParents: false)!;
        return set.Cast<DictionaryEntry>().ToFrozenDictionary(entry => (string)entry.Key, entry => (string)entry.Value!);
    }

    private LocalDateTime Local(Instant at) => at.InZone(zone).LocalDateTime;
}
