using System.Security.Cryptography;
using System.Text;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Access;

/// <summary>
/// The header <c>Idempotency-Key</c>: a changing request that is sent again under the same name gets the first one's answer and is not done again.
/// The answer is written in the transaction that does the thing, so that both are there or neither. A request that does it in several transactions has its answer in
/// the last one; if the hub dies between them, a repeat is not done again and hears that the answer was lost.
/// </summary>
internal sealed class Idempotency(KeptAnswers answers)
{
    public const string Header = "Idempotency-Key";

    private const int LongestName = 255;
    private const int MemoryBytes = 256 * 1024;

    /// <summary>Whether a request asks for it.</summary>
    public static bool IsAskedFor(HttpContext context) =>
        context.Request.Headers.ContainsKey(Header) && Caller.Of(context).KeyId is not null && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);

    /// <summary>Runs the request, or answers as before.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        string name = context.Request.Headers[Header].ToString();
        if (name.Length is 0 or > LongestName || name.Any(c => c is < ' ' or > '~'))
        {
            await Problems.WrongIdempotencyKey().ExecuteAsync(context);
            return;
        }

        string keyId = Caller.Of(context).KeyId!;
        var (state, answer) = await answers.BeginAsync(keyId, name, await HashAsync(context.Request));
        if (state == RepeatState.First) await FirstAsync(context, next, keyId, name);
        else if (answer is not null) await RepeatAsync(context.Response, answer);
        else await (state == RepeatState.Running ? Problems.StillRunning(context.Response) : Problems.OtherRequest()).ExecuteAsync(context);
    }

    private async Task FirstAsync(HttpContext context, RequestDelegate next, string keyId, string name)
    {
        var client = context.Response.Body;
        using var written = new MemoryStream();
        context.Response.Body = written;
        var effect = new HeldEffect(tx => answers.NoteDone(tx, keyId, name));
        try
        {
            await DoAsync(context, next, effect);
            if (context.Response.StatusCode < 500) await KeepAsync(effect, keyId, name, new KeptAnswer(context.Response.StatusCode, context.Response.ContentType, context.Response.Headers.Location, written.ToArray()));
            else await FailAsync(effect, keyId, name);
        }
        catch
        {
            await FailAsync(effect, keyId, name);
            throw;
        }
        finally
        {
            context.Response.Body = client;
        }

        await client.WriteAsync(written.GetBuffer().AsMemory(0, (int)written.Length), context.RequestAborted);
    }

    /// <summary>A method of its own: what follows it writes no longer as the request.</summary>
    private static async Task DoAsync(HttpContext context, RequestDelegate next, HeldEffect effect)
    {
        HubDatabase.Follow(effect);
        await next(context);
    }

    private async Task KeepAsync(HeldEffect effect, string keyId, string name, KeptAnswer answer)
    {
        if (!await effect.EndAsync(tx => KeptAnswers.Keep(tx, keyId, name, answer))) await answers.KeepAsync(keyId, name, answer);
    }

    private async Task FailAsync(HeldEffect effect, string keyId, string name)
    {
        await effect.TakeBackAsync();
        await answers.ForgetAsync(keyId, name);
    }

    private static async Task RepeatAsync(HttpResponse response, KeptAnswer answer)
    {
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        if (answer.Location is { } location) response.Headers.Location = location;
        response.Headers["Idempotency-Replayed"] = "true";
        await response.Body.WriteAsync(answer.Body);
    }

    private static async Task<byte[]> HashAsync(HttpRequest request)
    {
        request.EnableBuffering(MemoryBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}{request.QueryString}\n{request.ContentType}\n"));
        byte[] buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;) hash.AppendData(buffer, 0, read);
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }
}
