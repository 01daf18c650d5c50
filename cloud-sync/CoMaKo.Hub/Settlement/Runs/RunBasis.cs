using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Hub.Host;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>The owner of a metering point in a run.</summary>
internal sealed record BasisPerson(string Point, string Person);

/// <summary>Tax profiles of a person in a run; of the cooperative, the person is empty.</summary>
internal sealed record BasisTax(string Person, IReadOnlyList<TaxProfile> Profiles);

/// <summary>
/// The terms that a run was made from, in one canonical form (<c>comako.basis.1</c>): lists in order of their ids and days, days as ISO dates, prices in
/// 1/10 000 ct per kWh. Stored with the run, since master data may be corrected afterwards.
/// </summary>
/// <param name="To">Exclusive.</param>
/// <param name="IsConfirmed">Open slots were taken as they were.</param>
/// <param name="Share">How balancing cost was shared; absent: it was not charged.</param>
internal sealed record RunBasis(
    string Format, string Group, LocalDate From, LocalDate To, bool IsConfirmed, CostShare? Share, bool AllowsProfiles, IReadOnlyList<SettlementPoint> Points,
    IReadOnlyList<Membership> Memberships, IReadOnlyList<KeyVersion> Keys, IReadOnlyList<PriceVersion> Prices, IReadOnlyList<BatteryAccount> Batteries,
    IReadOnlyList<BasisPerson> Persons, IReadOnlyList<BasisTax> Taxes)
{
    public const string Name = "comako.basis.1";

    /// <summary>The form of it and of evidence: snake_case, absent members left out, days as ISO dates, nothing unknown.</summary>
    public static readonly JsonSerializerOptions Json = Options();

    public static RunBasis Of(MemberTerms terms, LocalDate from, LocalDate to, SettlementChoice choice)
    {
        var group = terms.Group;
        var points = group.Points.OrderBy(each => each.Id, StringComparer.Ordinal).ToList();
        return new RunBasis(
            Name, group.Group, from, to, choice.IsConfirmed, choice.Share, group.AllowsProfiles, points,
            [.. group.Memberships.OrderBy(each => each.Point, StringComparer.Ordinal).ThenBy(each => each.From)],
            [.. group.Keys.OrderBy(each => each.From ?? LocalDate.MinIsoValue).Select(InOrder)], [.. group.Prices.OrderBy(each => each.From ?? LocalDate.MinIsoValue)],
            [.. group.Batteries.OrderBy(each => each.Point, StringComparer.Ordinal)],
            [.. terms.PersonOf.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => new BasisPerson(each.Key, each.Value))],
            [.. terms.TaxOf.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => new BasisTax(each.Key, each.Value))]);
    }

    /// <summary>As settlement takes them.</summary>
    public MemberTerms ToTerms() => new(
        new GroupTerms(Group, Points, Memberships, Keys, Prices) { AllowsProfiles = AllowsProfiles, Batteries = Batteries },
        Persons.ToDictionary(each => each.Point, each => each.Person, StringComparer.Ordinal), Taxes.ToDictionary(each => each.Person, each => each.Profiles, StringComparer.Ordinal));

    /// <summary>Owner of a point; a point that nobody is named for is its own person.</summary>
    public Func<string, string> PersonOf()
    {
        var persons = Persons.ToDictionary(each => each.Point, each => each.Person, StringComparer.Ordinal);
        return point => persons.GetValueOrDefault(point, point);
    }

    /// <summary>Whether sums of the group tell a member nothing about another one.</summary>
    [JsonIgnore]
    public bool HasManyPersons => Points.Select(point => point.Id).Select(PersonOf()).Distinct(StringComparer.Ordinal).Count() >= GroupTotals.LeastPersons;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads the canonical form.</summary>
    /// <exception cref="JsonException">It is another one.</exception>
    public static RunBasis Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<RunBasis>(json, Json) is { Format: Name } basis ? basis : throw new JsonException($"These are no terms of the form {Name}.");

    /// <summary>The stored form.</summary>
    public byte[] Pack()
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest)) deflate.Write(ToJson());
        return packed.ToArray();
    }

    public static RunBasis Unpack(byte[] packed)
    {
        using var json = new MemoryStream();
        using (var deflate = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress)) deflate.CopyTo(json);
        return Parse(json.ToArray());
    }

    private static KeyVersion InOrder(KeyVersion key) => key with { Weights = new SortedDictionary<string, long>(key.Weights.ToDictionary(), StringComparer.Ordinal) };

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false };
        HubHost.Configure(options);
        options.Converters.Add(new DayConverter());
        return options;
    }

    private sealed class DayConverter : JsonConverter<LocalDate>
    {
        public override LocalDate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            LocalDatePattern.Iso.Parse(reader.GetString() ?? "") is { Success: true, Value: var day } ? day : throw new JsonException("A day is written 2026-10-01.");

        public override void Write(Utf8JsonWriter writer, LocalDate value, JsonSerializerOptions options) => writer.WriteStringValue(LocalDatePattern.Iso.Format(value));
    }
}
