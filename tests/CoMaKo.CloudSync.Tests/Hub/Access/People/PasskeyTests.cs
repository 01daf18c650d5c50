using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>Passkeys in a real browser with its virtual authenticator, and answers that are not quite right.</summary>
public sealed class PasskeyTests : IAsyncLifetime
{
    private const string Good = "four green kettles";

    /// <summary>Asks the hub and the authenticator as the page's script does, and hands the answer to the test instead of the hub.</summary>
    private const string Answer = """
        (async () => {
          const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
          const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
          const question = await (await fetch('/pages/passkeys/options', { method: 'POST' })).json();
          const found = await navigator.credentials.get({ publicKey: { ...question.options, challenge: bytes(question.options.challenge), allowCredentials: [] } });
          const r = found.response;
          return JSON.stringify({ id: question.id, credential: { id: found.id, rawId: text(found.rawId), type: found.type, clientExtensionResults: {},
            response: { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle) } } });
        })()
        """;

    private CoMaKo.Testing.Browser browser = null!;
    private string authenticator = "";

    public async Task InitializeAsync()
    {
        if (Peers.WhyNot(Peer.Chromium) is not null) return;
        browser = await CoMaKo.Testing.Browser.StartAsync();
        await browser.SendAsync("WebAuthn.enable");
        authenticator = (await browser.SendAsync("WebAuthn.addVirtualAuthenticator", new
        {
            options = new { protocol = "ctap2", transport = "internal", hasResidentKey = true, hasUserVerification = true, isUserVerified = true, automaticPresenceSimulation = true },
        }))["authenticatorId"]!.GetValue<string>();
    }

    public async Task DisposeAsync() => await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);

    [RequiresFact(Peer.Chromium)]
    public async Task Passkey_MadeOnTheAccountPage_SignsInWithoutAPassword()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite);
        var (origin, _) = await MakeAsync(hub, "anna");
        await browser.ClearCookiesAsync();
        await browser.OpenAsync(new Uri(origin, "/pages/sign_in?back=%2Fpages%2Faccount").ToString());
        await browser.ClickAsync("form[data-passkey] button");
        await browser.WaitForAsync("location.pathname === '/pages/account'");
        Assert.Contains("anna", (await browser.EvaluateAsync("document.querySelector('.sentence').textContent"))!.GetValue<string>(), StringComparison.Ordinal);

        await browser.ClickAsync("form[action$=remove] button");
        await browser.WaitForAsync("!document.querySelector('input[name=passkey]')");
        await browser.ClearCookiesAsync();
        await browser.OpenAsync(new Uri(origin, "/pages/sign_in").ToString());
        await browser.ClickAsync("form[data-passkey] button");
        await browser.WaitForAsync("!document.querySelector('[data-wrong]').hidden");
    }

    [RequiresFact(Peer.Chromium)]
    public async Task Answer_ThatIsNotQuiteRight_IsRefused()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite);
        var (origin, _) = await MakeAsync(hub, "anna");
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = origin };
        string right = await AnswerAsync();
        Assert.Equal(HttpStatusCode.NoContent, await TryAsync(client, right));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, right)); // a second time

        foreach (string place in (string[])["signature", "authenticatorData", "clientDataJSON", "userHandle"])
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, Bent(await AnswerAsync(), place)));
        string first = await AnswerAsync(), second = await AnswerAsync();
        var swapped = JsonNode.Parse(first)!;
        swapped["id"] = JsonNode.Parse(second)!["id"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, swapped.ToJsonString())); // the signature is of another challenge
        string late = await AnswerAsync();
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, late));
        using var elsewhere = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = origin };
        elsewhere.DefaultRequestHeaders.Host = $"other.example:{origin.Port}";
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(elsewhere, await AnswerAsync())); // made for another host
        foreach (string none in (string[])["{}", "[]", "{\"id\":1,\"credential\":[]}"]) Assert.Equal(HttpStatusCode.BadRequest, await TryAsync(client, none));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, "{\"id\":\"x\",\"credential\":{}}"));

        Assert.Equal(HttpStatusCode.NoContent, await TryAsync(client, await AnswerAsync()));
        await hub.Service<Accounts>().LockAsync("anna", true, "test");
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, await AnswerAsync()));
    }

    [RequiresFact(Peer.Chromium)]
    public async Task Passkey_OfAnother_DoesNotConfirmForMe()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite);
        var (origin, anna) = await MakeAsync(hub, "anna");
        using var bert = await hub.SignedInAsync(Roles.Member, "p2", "bert");
        bert.BaseAddress = origin;
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(6));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(bert, await AnswerAsync(), "/pages/passkeys/confirm"));
        anna.BaseAddress = origin;
        Assert.Equal(HttpStatusCode.Forbidden, (await anna.PostAsync(new Uri("/pages/passkeys/new/options", UriKind.Relative), null)).StatusCode); // the sign-in is too old
        Assert.Equal(HttpStatusCode.NoContent, await TryAsync(anna, await AnswerAsync(), "/pages/passkeys/confirm"));
        Assert.Equal(HttpStatusCode.OK, (await anna.PostAsync(new Uri("/pages/passkeys/new/options", UriKind.Relative), null)).StatusCode);
    }

    /// <summary>Invites somebody, signs in, and makes a passkey on the account page; the browser's name of this machine must be one that passkeys know.</summary>
    private async Task<(Uri Origin, HttpClient Client)> MakeAsync(RunningHub hub, string name)
    {
        var origin = new UriBuilder(hub.Pages.BaseAddress!) { Host = "localhost" }.Uri;
        using (var person = new Browser(hub.Pages.BaseAddress!))
        {
            string code = (await hub.Service<Invitations>().CreateAsync(new InvitationWish(name, Roles.Member, "p1", null, null), "test"))!.Code;
            Assert.Equal(303, (await person.PostAsync("/pages/invitation", [("code", code), ("password", Good)])).Status);
            await browser.SetCookieAsync("session", person.Session!, origin);
            await browser.OpenAsync(new Uri(origin, "/pages/account").ToString());
            await browser.ClickAsync("#passkey-name");
            await browser.TypeAsync("test key");
            await browser.ClickAsync("form[data-passkey=make] button");
            await browser.WaitForAsync("location.search === '?done=passkey' && document.querySelector('input[name=passkey]')  !== null");
            var client = hub.Client(null);
            client.DefaultRequestHeaders.Add("Cookie", $"session={person.Session}");
            client.DefaultRequestHeaders.Add(FormOrigin.Header, PersonSession.FormTokenOf(person.Session!));
            return (origin, client);
        }
    }

    private async Task<string> AnswerAsync() => (await browser.EvaluateAsync(Answer))!.GetValue<string>();

    /// <summary>One bit in the middle of a value is another.</summary>
    private static string Bent(string answer, string place)
    {
        var json = JsonNode.Parse(answer)!;
        var response = json["credential"]!["response"]!;
        string text = response[place]!.GetValue<string>();
        int middle = text.Length / 2;
        response[place] = text[..middle] + (text[middle] == 'A' ? 'B' : 'A') + text[(middle + 1)..];
        return json.ToJsonString();
    }

    private static async Task<HttpStatusCode> TryAsync(HttpClient client, string body, string path = "/pages/passkeys/sign_in")
    {
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));
        return response.StatusCode;
    }
}
