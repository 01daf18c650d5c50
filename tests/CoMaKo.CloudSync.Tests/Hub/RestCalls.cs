using System.Net;
using System.Text;
using System.Text.Json;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>An answer of the REST interface.</summary>
internal sealed record RestAnswer(HttpStatusCode Status, string Text, string? Tag)
{
    public int Code => (int)Status;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The findings as <c>row field code</c>; absent parts left out.</summary>
    public string Findings => string.Join(", ", Json.GetProperty("findings").EnumerateArray().Select(finding =>
        string.Join(' ', new[] { "row", "field", "code" }.Where(name => finding.TryGetProperty(name, out _)).Select(name => finding.GetProperty(name).ToString()))));
}

/// <summary>Calls of the REST interface as a foreign program makes them.</summary>
internal static class RestCalls
{
    public static Task<RestAnswer> PutAsync(this RunningHub hub, string path, string json, string? ifMatch = null) => hub.SendAsync(HttpMethod.Put, path, json, ifMatch: ifMatch);

    public static Task<RestAnswer> PostAsync(this RunningHub hub, string path, string body, string type = "application/json") => hub.SendAsync(HttpMethod.Post, path, body, type);

    public static Task<RestAnswer> GetAsync(this RunningHub hub, string path) => hub.SendAsync(HttpMethod.Get, path);

    public static async Task<RestAnswer> SendAsync(this RunningHub hub, HttpMethod method, string path, string? body = null, string type = "application/json", string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await hub.Pages.SendAsync(request);
        return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.Tag);
    }
}
