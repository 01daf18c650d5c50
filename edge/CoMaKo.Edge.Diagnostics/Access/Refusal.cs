using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Why something was not done; the words are texts of the same code.</summary>
/// <param name="Code"><c>CME-22xx</c>.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Wait">How long to wait before the next try; zero if that would not help.</param>
internal sealed record Refusal(string Code, int Status, TimeSpan Wait = default)
{
    /// <summary>English words of a code that the page has none for; absent where it has.</summary>
    public string? Text { get; init; }

    public static readonly Refusal WrongHost = new("CME-2201", StatusCodes.Status421MisdirectedRequest);
    public static readonly Refusal NotFromHere = new("CME-2202", StatusCodes.Status403Forbidden);
    public static readonly Refusal SignInNeeded = new("CME-2203", StatusCodes.Status401Unauthorized);
    public static readonly Refusal RoleNeeded = new("CME-2204", StatusCodes.Status403Forbidden);
    public static readonly Refusal PasswordNeeded = new("CME-2205", StatusCodes.Status403Forbidden);
    public static readonly Refusal WrongPassword = new("CME-2207", StatusCodes.Status401Unauthorized);
    public static readonly Refusal WrongCode = new("CME-2208", StatusCodes.Status401Unauthorized);
    public static readonly Refusal WeakPassword = new("CME-2209", StatusCodes.Status422UnprocessableEntity);
    public static readonly Refusal StoreUnusable = new("CME-2210", StatusCodes.Status503ServiceUnavailable);
    public static readonly Refusal LastOperator = new("CME-2211", StatusCodes.Status409Conflict);
    public static readonly Refusal Busy = new("CME-2212", StatusCodes.Status503ServiceUnavailable, TimeSpan.FromSeconds(5));
    public static readonly Refusal WrongForm = new("CME-2213", StatusCodes.Status415UnsupportedMediaType);
    public static readonly Refusal WrongName = new("CME-2214", StatusCodes.Status422UnprocessableEntity);
    public static readonly Refusal NoSuchAccount = new("CME-2215", StatusCodes.Status404NotFound);

    public static readonly Refusal NothingToControl = new("CME-2216", StatusCodes.Status404NotFound);

    /// <summary>The host did not take a command.</summary>
    public static Refusal ByHost(CodedText fault) => new(fault.Code, StatusCodes.Status409Conflict) { Text = fault.Text };

    public static Refusal TooManyTries(TimeSpan wait) => new("CME-2206", StatusCodes.Status429TooManyRequests, wait);
}
