using System.Text.Json;

namespace CoMaKo.Hub.Web.Api;

/// <summary>Reads a request's body as JSON: strict UTF-8, no comments, no trailing commas, at most 32 levels.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <summary>Describes the body. Any type is let through to the endpoint: routing would answer a wrong one with "nothing here" instead of 415.</summary>
    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint)
        where T : notnull => endpoint.Accepts<T>("application/json", "*/*").ProducesProblem(400).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422);

    /// <returns>The body's root, or the problem: 415 another type, 400 no JSON, 413 too large.</returns>
    public static async Task<(JsonElement? Root, IResult? Problem)> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType()) return (null, Problems.WrongMediaType("application/json"));
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Options, request.HttpContext.RequestAborted);
            return (document.RootElement.Clone(), null);
        }
        catch (JsonException unreadable)
        {
            return (null, Problems.Unreadable(unreadable));
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, Problems.TooLarge());
        }
    }
}
