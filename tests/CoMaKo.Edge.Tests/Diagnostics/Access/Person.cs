using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Somebody with a browser: keeps cookies, takes pages, sends their forms.</summary>
internal sealed class Person : IDisposable
{
    public const string Password = "kalter Keller 7";
    private readonly PageHost house;
    private readonly HttpClient client;

    public Person(PageHost host)
    {
        house = host;
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true, CookieContainer = Cookies }) { BaseAddress = host.Client.BaseAddress };
    }

    public CookieContainer Cookies { get; } = new();

    public string? Cookie(string name) => Cookies.GetCookies(house.Client.BaseAddress!)[name]?.Value;

    /// <summary>Somebody with an account of this role, signed in; a stranger without.</summary>
    public static async Task<Person> OfAsync(PageHost host, Role? role, bool mustChange = false)
    {
        var person = new Person(host);
        await person.PageAsync("/sign-in");
        if (role is not { } own) return person;
        string name = own.ToString().ToLowerInvariant();
        await host.Building.Access.ChangeAsync(state => state.With(new Account(name, own, Hashed, false, mustChange, Instant.FromUnixTimeSeconds(0), [])), default);
        using var answer = await person.PostAsync("/sign-in", ("name", name), ("password", Password));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return person;
    }

    public static string Hashed { get; } = PasswordHash.Of(Password);

    public async Task<IHtmlDocument> PageAsync(string address)
    {
        using var answer = await GetAsync(address);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> GetAsync(string address, string accept = "text/html")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.Add("Accept-Language", "en");
        return await client.SendAsync(request);
    }

    /// <summary>Opens a live stream.</summary>
    public async Task<HttpResponseMessage> StreamAsync(string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    /// <summary>What this browser's forms bring along.</summary>
    public async Task<string> TokenAsync() => (await PageAsync("/sign-in")).QuerySelector("input[name=token]")?.GetAttribute("value") ?? "";

    /// <summary>Sends a form as the page would.</summary>
    public async Task<HttpResponseMessage> PostAsync(string address, params (string Name, string Value)[] fields) =>
        await SendAsync(address, await TokenAsync(), house.Client.BaseAddress!.GetLeftPart(UriPartial.Authority), "same-origin", "text/html", fields);

    /// <summary>Sends a form in any way.</summary>
    public async Task<HttpResponseMessage> SendAsync(string address, string? token, string? origin, string? site, string accept, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent([.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), .. token is null ? [] : new[] { KeyValuePair.Create("token", token) }]);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = form };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        if (site is not null) request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        return await client.SendAsync(request);
    }

    public void Dispose() => client.Dispose();
}
