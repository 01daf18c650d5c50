using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>What a reader asked for: a page with its selection, in a language and a theme.</summary>
/// <param name="Address">Path and query, to come back to.</param>
/// <param name="Device">The meter of the page <see cref="PageKind.Meter"/>.</param>
/// <param name="Frame">Number of the frame that is held; absent: the newest.</param>
/// <param name="Field">Offset of the selected field in the frame.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c>; absent: as the system.</param>
internal sealed record ViewRequest(PageKind Page, string Address, DeviceId? Device, long? Frame, long? Field, string Language, string? Theme)
{
    /// <summary>Who looks.</summary>
    public Visitor Visitor { get; init; } = Visitor.Stranger;

    /// <summary>Why the last form was not taken; shown beside it.</summary>
    public Refusal? Notice { get; init; }

    /// <summary>Name that was typed, to be kept in the form.</summary>
    public string? Typed { get; init; }

    /// <summary>A password for one use, shown this once.</summary>
    public string? Secret { get; init; }

    /// <summary>Where to go on after signing in.</summary>
    public string? Back { get; init; }

    /// <summary>Values of the address's query.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    public const string LanguageCookie = "language";
    public const string ThemeCookie = "theme";

    /// <summary>Selected slot of the chart, Unix seconds; absent: the present one.</summary>
    public long? Slot => Whole("slot");

    /// <summary>Number below which a list goes on.</summary>
    public long? Before => Whole("before");

    private long? Whole(string name) => Query.TryGetValue(name, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>Reads the request for a page, or for the stream of a page.</summary>
    /// <param name="context">Carries the visitor, cookies and accepted languages.</param>
    /// <param name="address">Path and query of the page.</param>
    public static ViewRequest Of(HttpContext context, string address)
    {
        var request = context.Request;
        int mark = address.IndexOf('?', StringComparison.Ordinal);
        string path = mark < 0 ? address : address[..mark];
        var query = mark < 0 ? [] : QueryHelpers.ParseQuery(address[mark..]);
        var (page, device) = Route(path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        string? theme = request.Cookies[ThemeCookie];
        return new ViewRequest(
            page, address, device, Number(query, "frame"), Number(query, "field"), LanguageOf(request), theme is "light" or "dark" ? theme : null)
        {
            Visitor = Visitor.Of(context),
            Back = query.TryGetValue("back", out var back) ? back.ToString() : null,
            Query = query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
        };
    }

    private static (PageKind, DeviceId?) Route(string[] path) => path switch
    {
        [] => (PageKind.Overview, null),
        ["meters"] => (PageKind.Meters, null),
        ["meters", var device] => (PageKind.Meter, new DeviceId(device)),
        ["battery"] => (PageKind.Battery, null),
        ["sync"] => (PageKind.Sync, null),
        ["system"] => (PageKind.System, null),
        ["battery", "table"] => (PageKind.PlanTable, null),
        ["battery", "test"] => (PageKind.WriteTest, null),
        ["battery", "events"] => (PageKind.GridEvents, null),
        ["battery", "decisions"] => (PageKind.Decisions, null),
        ["battery", "savings"] => (PageKind.Savings, null),
        ["first-boot"] => (PageKind.FirstBoot, null),
        ["sign-in"] => (PageKind.SignIn, null),
        ["confirm"] => (PageKind.Confirm, null),
        ["account"] => (PageKind.Account, null),
        ["users"] => (PageKind.Users, null),
        _ => (PageKind.NotFound, null),
    };

    private static long? Number(Dictionary<string, StringValues> query, string name) =>
        query.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string LanguageOf(HttpRequest request)
    {
        if (request.Cookies[LanguageCookie] is { } chosen && Wording.Languages.Contains(chosen)) return chosen;
        foreach (var wish in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1))
            if (Wording.Languages.FirstOrDefault(language => wish.Value.StartsWith(language, StringComparison.OrdinalIgnoreCase)) is { } language) return language;
        return Wording.Languages[0];
    }
}
