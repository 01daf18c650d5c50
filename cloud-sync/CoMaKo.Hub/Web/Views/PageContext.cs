using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Members;
using CoMaKo.Hub.Web.People;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Work;
using CoMaKo.Web;
using NodaTime;

namespace CoMaKo.Hub.Web.Views;

/// <summary>What every part of a page sees: the reader's language and theme, where they are, and the hub's time.</summary>
/// <param name="Address">Path and query, to come back to.</param>
/// <param name="Theme"><c>light</c> or <c>dark</c>; absent: as the system.</param>
/// <param name="Reader">Whose page it is, for the rail.</param>
/// <param name="Work">What is to be done, for the rail's counts; empty for all but operators.</param>
internal sealed record PageContext(Wording Say, WebAssets Assets, string Address, string? Theme, Instant Now, Caller Reader, IReadOnlyList<WorkItem> Work)
{
    public const string LanguageCookie = "language";
    public const string ThemeCookie = "theme";

    public string Path => Address.Split('?')[0];

    /// <summary>Whether the reader is a member, who sees its own pages and their navigation.</summary>
    public bool IsMember => Reader.Role == Roles.Member;

    /// <summary>The participant whose pages an operator looks at; absent for others.</summary>
    public string? Viewed { get; init; }

    /// <summary>A form of this page that came when its sign-in was over; absent: none.</summary>
    public KeptForm? Kept { get; init; }

    /// <summary>The form that this page answers, because it was not taken; absent: none.</summary>
    public KeptForm? Sent { get; init; }

    /// <summary>The page on which the forms of an answer stood first; absent where the address itself is that page.</summary>
    public string? Stood { get; init; }

    /// <summary>What stands in a field: what was typed before the sign-in was over or the form was not taken, else what the page has.</summary>
    /// <param name="action">Where the field's form is sent.</param>
    public string? Typed(string action, string field, string? otherwise) => FieldOf(action, field) is [var typed, ..] ? typed : otherwise;

    /// <summary>The same for a box that is ticked or not.</summary>
    public bool Ticked(string action, string field, string value, bool otherwise) => IsKept(action) ? FieldOf(action, field)?.Contains(value, StringComparer.Ordinal) == true : otherwise;

    /// <summary>Whether it is this form.</summary>
    public bool IsKept(string action) => FormOf(action) is not null;

    private KeptForm? FormOf(string action) => Kept?.Action == action ? Kept : Sent?.Action == action ? Sent : null;

    private string[]? FieldOf(string action, string field) => FormOf(action)?.Fields.GetValueOrDefault(field);

    /// <summary>The participant whose pages an operator asks for; absent for others.</summary>
    public static string? ViewedIn(HttpContext context) =>
        Caller.Of(context).Role == Roles.Operator && context.Request.Path.StartsWithSegments("/pages/my", StringComparison.Ordinal) && context.Request.Query[MemberReader.Query] is [{ Length: > 0 } named] ? named : null;

    /// <summary>The reader's language: chosen by the switch, else the one of the person who is signed in, else the browser's wish, else German.</summary>
    public static string LanguageOf(HttpRequest request)
    {
        if (request.Cookies[LanguageCookie] is { } chosen && Wording.Languages.Contains(chosen)) return chosen;
        if (Caller.Of(request.HttpContext).Session?.Language is { } own && Wording.Languages.Contains(own)) return own;
        foreach (var wish in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1))
            if (Wording.Languages.FirstOrDefault(language => wish.Value.StartsWith(language, StringComparison.OrdinalIgnoreCase)) is { } language) return language;
        return Wording.Languages[0];
    }

    /// <summary>The theme that the switch set; absent: as the system.</summary>
    public static string? ThemeOf(HttpRequest request) => request.Cookies[ThemeCookie] is ("light" or "dark") and var theme ? theme : null;
}
