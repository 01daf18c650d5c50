using System.Net;
using System.Security.Cryptography;
using System.Text;
using CoMaKo.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Stands before every endpoint: host name, origin, token, role (security §4). Nothing of it depends on the page's script.</summary>
internal sealed partial class RequestGuard(
    AccountBook book, Sessions sessions, AccessOptions options, IGatewayInfo gateway, RefusalPage refusals, ILogger<RequestGuard> log)
{
    public const string TokenField = "token";
    public const string TokenHeader = "X-Token";
    private const int LongestForm = 16 * 1024;
    private static readonly TimeSpan VisitLength = TimeSpan.FromDays(1);
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Lets a request through to <paramref name="next"/> if it may.</summary>
    public async Task RunAsync(HttpContext context, AccessRule? rule, RequestDelegate next)
    {
        SetHeaders(context.Response);
        try
        {
            if (await JudgeAsync(context, rule) is { } refusal) await refusals.SendAsync(context, refusal);
            else await next(context);
        }
        catch (AccessStoreException e) when (!context.Response.HasStarted)
        {
            LogStore(log, e.Message);
            await refusals.SendAsync(context, Refusal.StoreUnusable);
        }
    }

    /// <summary>Who is there now. A live stream asks again and again, and that keeps nobody signed in.</summary>
    public Visitor Look(HttpContext context)
    {
        string? secret = context.Request.Cookies[Cookies.Session(context.Request)];
        if (sessions.Find(secret) is not { } session) return Stranger(context);
        try
        {
            if (book.State.Find(session.Account) is { IsDisabled: false } account && account.Generation == session.Generation)
                return new Visitor(account, session, sessions.IsRecent(session), TokenOf(secret!));
        }
        catch (AccessStoreException e)
        {
            LogStore(log, e.Message); // a file that cannot be read signs nobody in; values are still shown
        }

        sessions.End(session);
        return Stranger(context);
    }

    private async Task<Refusal?> JudgeAsync(HttpContext context, AccessRule? rule)
    {
        if (!IsOurName(context.Request.Host)) return Refusal.WrongHost;
        var visitor = Look(context);
        if (visitor.Session is { } session && rule is not { IsAutomatic: true }) sessions.Touch(session);
        context.Features.Set(visitor);
        if (!IsSafe(context.Request.Method) && await JudgeOriginAsync(context, visitor) is { } foreign) return foreign;
        return rule is null ? Refusal.RoleNeeded : rule.Judge(visitor, options);
    }

    /// <summary>A change must come from a page of ours: by what the browser says about its origin, and by the token.</summary>
    private static async Task<Refusal?> JudgeOriginAsync(HttpContext context, Visitor visitor)
    {
        var request = context.Request;
        string? site = request.Headers["Sec-Fetch-Site"];
        if (site is not (null or "same-origin" or "none")) return Refusal.NotFromHere;
        string? origin = request.Headers.Origin;
        if (origin is not null && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)) return Refusal.NotFromHere;
        if (request.ContentLength is null or > LongestForm || request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true) return Refusal.WrongForm;

        string? token = request.Headers[TokenHeader];
        if (token is null)
        {
            try
            {
                token = (await request.ReadFormAsync(new() { BufferBodyLengthLimit = LongestForm, ValueCountLimit = 32, ValueLengthLimit = 4096 }, context.RequestAborted))[TokenField];
            }
            catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
            {
                return Refusal.WrongForm;
            }
        }

        bool isRight = visitor.Token.Length > 0 && token is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(visitor.Token));
        return isRight ? null : Refusal.NotFromHere;
    }

    /// <summary>Strangers' forms need a token as well: nobody shall be signed in under another's name by a foreign page.</summary>
    private Visitor Stranger(HttpContext context)
    {
        string name = Cookies.Visit(context.Request);
        if (context.Request.Cookies[name] is { Length: 32 } visit) return Visitor.Stranger with { Token = TokenOf(visit) };
        if (!HttpMethods.IsGet(context.Request.Method) || context.Response.HasStarted || !context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/html")) return Visitor.Stranger;
        visit = RandomNumberGenerator.GetHexString(32, lowercase: true);
        context.Response.Cookies.Append(name, visit, Cookies.Options(context.Request, VisitLength));
        return Visitor.Stranger with { Token = TokenOf(visit) };
    }

    private string TokenOf(string cookie) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(cookie)));

    /// <summary>A foreign page may let its own name lead to this box's address; it cannot do so with an address, or with the names that are ours.</summary>
    private bool IsOurName(HostString host)
    {
        string name = host.Host;
        return IPAddress.TryParse(name.Trim('[', ']'), out _)
            || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
            || IsName(name, gateway.Id.Value) || IsName(name, Environment.MachineName)
            || options.HostNames.Any(ours => string.Equals(ours, name, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsName(string name, string ours) =>
        string.Equals(name, ours, StringComparison.OrdinalIgnoreCase) || string.Equals(name, ours + ".local", StringComparison.OrdinalIgnoreCase);

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static void SetHeaders(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = WebAssets.ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin"; // "no-referrer" would make browsers send "Origin: null" with our own forms
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "CME-2210 {Message}")]
    private static partial void LogStore(ILogger logger, string message);
}
