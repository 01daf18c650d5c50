using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>Terms as a hash that tells whether they were touched. What counts of them is the settlement's own business.</summary>
internal static class TermsText
{
    /// <summary>SHA-256, lower-case hex; absent terms have one, too.</summary>
    public static string HashOf(MemberTerms? terms)
    {
        if (terms is null) return "-";
        var group = terms.Group;
        var text = new StringBuilder(group.Group).Append('\n').Append(group.AllowsProfiles).Append('\n');
        foreach (var point in group.Points.OrderBy(each => each.Id, StringComparer.Ordinal)) Add(text, point.Id, point.Directions, point.IsProfile, terms.PersonOf.GetValueOrDefault(point.Id));
        foreach (var member in group.Memberships.OrderBy(each => each.Point, StringComparer.Ordinal).ThenBy(each => each.From)) Add(text, member.Point, Day(member.From), Day(member.To));
        foreach (var key in group.Keys.OrderBy(each => each.From ?? LocalDate.MinIsoValue))
        {
            Add(text, Day(key.From), key.Method);
            foreach (var (point, weight) in key.Weights.OrderBy(each => each.Key, StringComparer.Ordinal)) Add(text, point, weight);
        }

        foreach (var price in group.Prices.OrderBy(each => each.From ?? LocalDate.MinIsoValue)) Add(text, Day(price.From), price.Internal, price.Fee, price.Surplus);
        foreach (var battery in group.Batteries.OrderBy(each => each.Point, StringComparer.Ordinal)) Add(text, battery.Point, battery.OwnWh, battery.GridWh);
        foreach (var (person, profiles) in terms.TaxOf.OrderBy(each => each.Key, StringComparer.Ordinal))
            foreach (var profile in profiles) Add(text, person, Day(profile.From), profile.Treatment, profile.RateBasisPoints);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>As JSON: no text can pretend to be two.</summary>
    private static void Add(StringBuilder text, params object?[] values) => text.Append(JsonSerializer.Serialize(values.Select(value => value?.ToString()))).Append('\n');

    private static string? Day(LocalDate? day) => day is { } date ? LocalDatePattern.Iso.Format(date) : null;
}
