using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>A browser without script: keeps cookies, sends forms with all their hidden fields, follows nothing by itself. It comes through a proxy, so it is nobody local.</summary>
internal sealed class Browser : IDisposable
{
    private readonly CookieContainer jar = new();
    private readonly HttpClient client;
    private readonly Uri origin;

    public Browser(Uri origin, string address = "192.0.2.1")
    {
        this.origin = origin;
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar }) { BaseAddress = origin };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        client.DefaultRequestHeaders.Add("Accept-Language", "en");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address); // the tests' hub knows no proxy: it only sees that one was there
    }

    public string? Session
    {
        get => jar.GetCookies(origin)["session"]?.Value;
        set => jar.Add(origin, new Cookie("session", value, "/"));
    }

    public async Task<PageAnswer> GetAsync(string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await PageAnswer.OfAsync(response);
    }

    /// <summary>Opens a page and sends its form to <paramref name="action"/>, with what a person types.</summary>
    public async Task<PageAnswer> SendAsync(string page, string action, params (string Name, string Value)[] typed)
    {
        var form = (await GetAsync(page)).Page.QuerySelectorAll("form").OfType<IHtmlFormElement>().First(each => each.GetAttribute("action") == action);
        var fields = form.QuerySelectorAll("input[type=hidden]").Select(input => (input.GetAttribute("name")!, input.GetAttribute("value") ?? "")).Where(field => typed.All(own => own.Name != field.Item1));
        return await PostAsync(action, [.. fields, .. typed]);
    }

    /// <summary>Sends a form as it is written here.</summary>
    public async Task<PageAnswer> PostAsync(string path, (string Name, string Value)[] fields, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var response = await client.SendAsync(request);
        return await PageAnswer.OfAsync(response);
    }

    public void Dispose() => client.Dispose();
}

/// <summary>What a browser got.</summary>
internal sealed record PageAnswer(int Status, string? Location, string Text, IReadOnlyList<string> SetCookies)
{
    public IHtmlDocument Page => new HtmlParser().ParseDocument(Text);

    /// <summary>The stable code in the form's notice; absent if there is none.</summary>
    public string? Code => Page.QuerySelector("[role=alert] b")?.TextContent.TrimEnd('.');

    public static async Task<PageAnswer> OfAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode, response.Headers.Location?.OriginalString, await response.Content.ReadAsStringAsync(),
        response.Headers.TryGetValues("Set-Cookie", out var cookies) ? [.. cookies] : []);
}
