using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Benchmarks.Settlement;
using CoMaKo.Hub.Access;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>A page of the hub with its places.</summary>
/// <param name="Roles">Who may read it.</param>
internal sealed partial record PageAddress(string Pattern, Roles Roles)
{
    public const string StatementMonth = "2026-10";

    private static readonly string[] Months = ["2026-11", "2026-10", "2026-05", "2025-11"];

    /// <summary>Its address for a reader: another month, day, point or statement each time.</summary>
    public string For(Reader reader, Roles role, int round)
    {
        string month = Pattern.Contains("{number", StringComparison.Ordinal) ? StatementMonth : Months[round % Months.Length];
        string address = Place().Replace(Pattern, place => ValueOf(place.Groups["name"].Value, reader, month));
        if (role == Roles.Operator && Pattern.StartsWith("/pages/my", StringComparison.Ordinal)) return $"{address}?participant={reader.Participant}";
        if (Pattern.Contains("/days/", StringComparison.Ordinal) || Pattern.Contains("/slots/", StringComparison.Ordinal)) return $"{address}?point={reader.Point}&direction={reader.Direction}";
        if (!address.EndsWith("/report.html", StringComparison.Ordinal)) return address;
        return address + (round / Months.Length % 3) switch
        {
            0 => "",
            1 => $"?from={month}-01&to={LocalDatePattern.Iso.Format(LocalDatePattern.Iso.Parse(month + "-01").Value.PlusMonths(1))}",
            _ => $"?from={month}-12&to={month}-13",
        };
    }

    private string ValueOf(string name, Reader reader, string month) => name switch
    {
        "id" when Pattern.StartsWith("/pages/points", StringComparison.Ordinal) => reader.Point,
        "id" when Pattern.StartsWith("/pages/participants", StringComparison.Ordinal) => reader.Participant,
        "group" or "id" => StoredMonth.Group,
        "month" => month,
        "year" => month[..4],
        "day" => month + "-12",
        "point" or "metering_point" => reader.Point,
        "participant" => reader.Participant,
        "number" => reader.Statement,
        "line" => "1",
        "slot" => Instant.FromUtc(2026, 10, 12, 10, 0).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"What stands for {{{name}}} in a page's address?"),
    };

    [GeneratedRegex(@"\{(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();
}

/// <summary>The pages that the hub maps.</summary>
internal static class PageAddresses
{
    /// <summary>All of them, except those of things that this benchmark's hub does not have.</summary>
    public static IReadOnlyList<PageAddress> Of(IEnumerable<RouteEndpoint> endpoints) =>
        [.. endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(endpoint => new PageAddress("/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint.Metadata.GetMetadata<AccessPolicy>()!.Roles))
            .Where(page => (page.Pattern.StartsWith("/pages/", StringComparison.Ordinal) || page.Pattern.EndsWith(".html", StringComparison.Ordinal)) && !page.Pattern.Contains("{**", StringComparison.Ordinal)
                && !Path.HasExtension(page.Pattern.Replace("report.html", "", StringComparison.Ordinal)) && !page.Pattern.Contains("{gateway", StringComparison.Ordinal) && !page.Pattern.Contains("{register", StringComparison.Ordinal))
            .OrderBy(page => page.Pattern, StringComparer.Ordinal)];
}
