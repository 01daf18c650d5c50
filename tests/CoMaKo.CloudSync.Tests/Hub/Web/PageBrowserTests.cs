using System.Diagnostics;
using CoMaKo.CloudSync.Tests.Hub.Alerts;
using CoMaKo.CloudSync.Tests.Hub.Invoices;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>Every page of the endpoint table in a real browser, as an operator, a member and nobody see it: with a small cooperative, and with nothing at all.</summary>
[Trait("Category", "Slow")]
public sealed class PageBrowserTests(ITestOutputHelper output)
{
    /// <summary>
    /// What the parts of addresses stand for in the sample cooperative (<c>{statement}</c>: of the member's April, <c>{invoice}</c>: what was made of it, <c>{alert}</c>: an open one, <c>{key}</c>: the
    /// first one, <c>{upload}</c>: one of the member's); files have none, and a route with parts that has no address here fails the test.
    /// </summary>
    private static readonly Dictionary<string, string[]> Samples = new(StringComparer.Ordinal)
    {
        ["/pages/gateways/{gateway}"] = ["/pages/gateways/gw-0417", "/pages/gateways/gw-0233"],
        ["/pages/load_curves/{register}"] = [$"/pages/load_curves/{SampleCooperative.LindenhofImport}"],
        ["/pages/months/{group}/{month}"] = ["/pages/months/BK100001/2026-05", "/pages/months/BK100001/2026-04"],
        ["/pages/alerts/{id}"] = ["/pages/alerts/{alert}"],
        ["/pages/participants/{id}"] = ["/pages/participants/P002"],
        ["/pages/invoices/{number}"] = ["/pages/invoices/{invoice}"],
        ["/pages/participants/{id}/billing"] = ["/pages/participants/P002/billing"],
        ["/pages/points/{id}"] = ["/pages/points/ZP006", "/pages/points/ZP008?done=stored"],
        ["/pages/balance_groups/{id}"] = ["/pages/balance_groups/BK100001", "/pages/balance_groups/BK100002"],
        ["/pages/keys/{id}"] = ["/pages/keys/{key}"],
        ["/pages/alerts/recipients/{id}"] = ["/pages/alerts/recipients/anna", "/pages/alerts/recipients/dienst"],
        ["/pages/{**rest}"] = [NoPage],
        ["/pages/prints/{id}"] = ["/pages/prints/1", "/pages/prints/3"],
        ["/pages/statements/{number}"] = ["/pages/statements/{statement}"],
        ["/pages/statements/{number}/lines/{line}"] = ["/pages/statements/{statement}/lines/1"],
        ["/pages/statements/{number}/days/{day}"] = ["/pages/statements/{statement}/days/2026-04-14?point=ZP001"],
        ["/pages/statements/{number}/slots/{slot}"] = ["/pages/statements/{statement}/slots/1776160800?point=ZP001&direction=consumption"], // 12:00 in Berlin on that day
        ["/pages/openid"] = [], // these lead to the provider
        ["/pages/openid/invitation"] = [],
        ["/pages/openid/link"] = [],
        ["/pages/openid/confirm"] = [],
        ["/pages/openid/callback"] = [],
        ["/pages/openid/end"] = [],
        ["/statements/{number}.html"] = ["/statements/{statement}.html"],
        ["/pages/my"] = ["/pages/my?participant=P001"],
        ["/pages/my/readings/upload/{id}"] = ["{upload}"],
        ["/pages/my/data/export.zip"] = [],
        ["/pages/my/readings/template.csv"] = [],
        ["/pages/my/day/{day}"] = ["/pages/my/day/2026-04-14"],
        ["/pages/my/day/{day}/table.csv"] = [],
        ["/pages/my/month/{month}"] = ["/pages/my/month/2026-04", "/pages/my/month/2026-05"],
        ["/pages/my/month/{month}/table.csv"] = [],
        ["/pages/my/year/{year}"] = ["/pages/my/year/2026"],
        ["/pages/my/year/{year}/table.csv"] = [],
        ["/balance_groups/{id}/report"] = [$"/balance_groups/{SampleCooperative.Group}/report?from=2026-05-12"],
        ["/balance_groups/{id}/report.html"] = [$"/balance_groups/{SampleCooperative.Group}/report.html?from=2026-05-01&to=2026-06-01", $"/balance_groups/{SampleCooperative.Group}/report.html?run=2026-04.1"],
    };

    private const string NoPage = "/pages/none";
    private const string SecondStep = "/pages/second_factor";

    /// <summary>Pages that are the same in a hub with nothing.</summary>
    private static readonly string[] WithoutData = ["/new_", "/account", "/sign_", "/forgotten", "/invit", "/confirm", "/imports", "/upload", "/second_", ".csv", ".zip"];

    /// <summary>Pages that only answer a form: what somebody types, and what comes of it.</summary>
    private static readonly Dictionary<string, PageToSee[]> Answers = new(StringComparer.Ordinal)
    {
        ["operator"] =
        [
            new("/pages/people/invite", Typing("name", "maria-") + "name.value += document.documentElement.lang; document.querySelector('[name=role]').value = 'member'; document.querySelector('[name=participant]').value = 'P003'", "people-letter"),
            new("/pages/people/invite", Typing("name", "?"), "people-invite-wrong"),
            new("/pages/new_key", Typing("name", "Messdienst") + "document.querySelector('[name=scopes]').value = 'market:read readings:write'", "key-made"),
            new("/pages/participants/P002", Typing("voice_pin", "12"), "participant-wrong"),
            new("/pages/invoices/RE-2026-000001", Typing("reason", "x"), "invoice-wrong"),
            new("/pages/invoicing", Typing("vat_id", "1") + "document.querySelector('[name=country]').value = 'Deutschland'", "invoicing-wrong"),
            new("/pages/alerts/recipients", Typing("target", "?") + "document.querySelector('[name=quiet_from]').value = '7'", "recipient-wrong"),
            new("/pages/imports", Typing("kind", "consumption") + "const files = new DataTransfer(); files.items.add(new File(['metering_point;direction;start;kwh\\nZP001;consumption;2026-05-03T10:00:00Z;0,5\\nZP999;consumption;2026-05-03T10:00:00Z;x\\n'], 'may.csv')); document.querySelector('[name=file]').files = files.files", "imports-wrong"),
        ],
        ["member"] = [new("/pages/my/readings", Typing("value", "12a"), "readings-wrong")],
        ["nobody"] = [new("/pages/sign_in", Typing("name", "maria") + "document.querySelector('[name=password]').value = 'not the right one'", "sign-in-wrong")],
    };

    [RequiresFact(Peer.Chromium)]
    public async Task EveryPage_ForEveryReader_PassesTheAccessibilityRules()
    {
        await using var hub = await StartAsync(services => services.AddSingleton(AlertSample.Rules).AddOpenId(new OpenIdSettings("https://id.sonnenhang.example", "hub", null, "Dorfkonto")));
        await SampleCooperative.FillAsync(hub);
        await InvoiceSample.FillAsync(hub);
        await AlertSample.FillAsync(hub);
        using var member = await hub.SignedInAsync(Roles.Member, "P001");
        string upload = await UploadAsync(member);
        string statement = (await hub.GetAsync("/statements?participant=P001")).Json.GetProperty("items")[0].GetProperty("number").GetString()!;
        string invoice = (await hub.GetAsync("/invoices?participant=P001")).Json.GetProperty("items")[0].GetProperty("number").GetString()!;
        string alert = (await hub.GetAsync("/alerts")).Json.GetProperty("items")[0].GetProperty("id").GetString()!;
        (string Sign, string Value)[] things = [("{statement}", statement), ("{invoice}", invoice), ("{alert}", alert), ("{key}", (await hub.Keys.ListAsync())[0].Id), ("{upload}", upload)];
        string[] addresses = [.. Addresses(hub, hasSamples: true).Select(address => things.Aggregate(address, (text, thing) => text.Replace(thing.Sign, thing.Value, StringComparison.Ordinal)))];
        PageReader[] readers =
        [
            new("operator", await SessionAsync(hub, Roles.Operator, SessionStage.Full)), new("member", SessionOf(member)), new("nobody"),
            new("prosumer", await SessionAsync(hub, Roles.Member, SessionStage.Full, "P006")) { Only = ["/pages/my?participant=P001", "/pages/my/day/2026-04-14", "/pages/my/month/2026-05"] },
            new("linked", await LinkedAsync(hub)) { Only = ["/pages/confirm?back=/pages/my/data", "/pages/account"] },
            new("setup", await SessionAsync(hub, Roles.Operator, SessionStage.MustSetUpSecondFactor)) { Only = [SecondStep] }, new("code", await SessionAsync(hub, Roles.Operator, SessionStage.AwaitsSecondFactor)) { Only = [SecondStep] },
        ];
        await VisitAsync(hub, readers, addresses, "hub pages with accessibility violations");
    }

    /// <summary>The first day of a cooperative: every list is empty, and says so.</summary>
    [RequiresFact(Peer.Chromium)]
    public async Task EveryPage_OfAHubWithNothing_PassesTheAccessibilityRules()
    {
        await using var hub = await StartAsync();
        string[] addresses = [.. Addresses(hub, hasSamples: false).Where(address => address.StartsWith("/pages/", StringComparison.Ordinal) && !WithoutData.Any(address.Contains)), "/pages/my/month/2026-05"];
        PageReader[] readers = [new("empty", await SessionAsync(hub, Roles.Operator, SessionStage.Full)), new("emptymember", await SessionAsync(hub, Roles.Member, SessionStage.Full, "P001"))];
        await VisitAsync(hub, readers, addresses, "pages of an empty hub with accessibility violations", isShort: true);
    }

    private async Task VisitAsync(RunningHub hub, PageReader[] readers, string[] addresses, string figure, bool isShort = false)
    {
        await using var looks = await PageLooks.StartAsync(hub, isShort);
        var clock = Stopwatch.StartNew();
        var (seen, failed) = (new HashSet<string>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var reader in readers)
        {
            await looks.EnterAsync(reader);
            var pages = await PagesAsync(hub, reader, addresses, seen, failed);
            PageToSee[] all = [.. pages.Select(address => new PageToSee(address)), .. Answers.GetValueOrDefault(reader.Name, [])];
            foreach (var page in all) await looks.SeeAsync(reader, page);
            output.WriteLine($"{reader.Name}: {all.Length} pages, {clock.Elapsed.TotalSeconds:F0} s");
        }

        string[] unseen = [.. failed.Where(page => !seen.Contains(page.Key) && page.Key != NoPage).Select(page => $"{page.Key}: nobody sees it, {page.Value}")];
        string[] broken = [.. unseen, .. looks.Broken()];
        output.WriteLine(FormattableString.Invariant($"{{\"name\":\"{figure}\",\"value\":{broken.Length},\"unit\":\"of {looks.Count} looks\"}}"));
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    /// <summary>Addresses that answer this reader with a page: all that may, tried out; of error pages one of each kind.</summary>
    private static async Task<IReadOnlyList<string>> PagesAsync(RunningHub hub, PageReader reader, string[] addresses, HashSet<string> seen, Dictionary<string, int> failed)
    {
        using var client = hub.Client(null);
        foreach (var (name, value) in PageReader.Headers) client.DefaultRequestHeaders.Add(name, value);
        if (reader.Session is { } session) client.DefaultRequestHeaders.Add("Cookie", $"session={session}");
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        var pages = new List<string>();
        var refusals = new HashSet<int>();
        foreach (string address in (reader.Only ?? addresses).Distinct(StringComparer.Ordinal).OrderBy(address => address != NoPage).ThenBy(address => address, StringComparer.Ordinal))
        {
            using var answer = await client.GetAsync(new Uri(address, UriKind.Relative));
            int status = (int)answer.StatusCode;
            Assert.True(status < 500, $"{reader.Name} {address}: {status}");
            if (status < 300) seen.Add(address);
            if (status is >= 300 and < 400 || answer.Content.Headers.ContentType?.MediaType != "text/html") continue;
            if (status >= 400) failed[address] = status;
            if (status < 300 || refusals.Add(status)) pages.Add(address);
        }

        Assert.NotEmpty(pages);
        return pages;
    }

    private static Task<RunningHub> StartAsync(Action<IServiceCollection>? replace = null) => RunningHub.StartAsync(Engine.Sqlite, new RequestRates(1_000_000, 10_000, 1_000_000, 10_000), replace);

    /// <summary>Somebody without a password, who signs in at the provider; the operator has a second step.</summary>
    private static async Task<string> LinkedAsync(RunningHub hub)
    {
        string session = await SessionAsync(hub, Roles.Member, SessionStage.Full, "P002", "linda");
        await hub.Service<HubDatabase>().WriteAsync(async tx => await tx.Prepare("UPDATE web_person SET totp = $1 WHERE name = 'operator-full'").Bind(new byte[20]).RunAsync());
        await hub.Service<HubDatabase>().WriteAsync(async tx => await tx.Prepare("INSERT INTO web_openid (issuer, subject, person_id, created_us) SELECT 'https://id.sonnenhang.example', 'linda', person_id, 0 FROM web_person WHERE name = 'linda'").RunAsync());
        return session;
    }

    private static async Task<string> SessionAsync(RunningHub hub, Roles role, SessionStage stage, string? participant = null, string? name = null)
    {
        var person = (await hub.Service<Invitations>().CreateAsync(new InvitationWish(name ?? $"{role}-{stage}".ToLowerInvariant(), role, participant, null, null), "test"))!.Person;
        return await hub.Service<HubDatabase>().WriteAsync(tx => hub.Service<PersonSessions>().BeginAsync(tx, person, stage, "127.0.0.1", "Firefox 150"));
    }

    private static string SessionOf(HttpClient client) => client.DefaultRequestHeaders.GetValues("Cookie").Single()["session=".Length..];

    private static async Task<string> UploadAsync(HttpClient member)
    {
        using var form = new MultipartFormDataContent { { new StringContent("time;register_kwh\n2026-05-01;1200,5\n2026-05-11 12:00;1290,1\nyesterday;2\n"), "file", "readings.csv" } };
        using var answer = await member.PostAsync(new Uri("/pages/my/readings/upload", UriKind.Relative), form);
        return answer.Headers.Location!.OriginalString;
    }

    private static string Typing(string name, string value) => $"const {name} = document.querySelector('main form:not([method=get]) [name={name}]'); {name}.value = '{value}'; {name}.form.dataset.act = ''; for (const each of {name}.form.elements) {{ each.required = false; each.maxLength = 200; }} ";

    private static IEnumerable<string> Addresses(RunningHub hub, bool hasSamples) => hub.Endpoints.Where(MayBePage).SelectMany(endpoint => AddressesOf(endpoint, hasSamples));

    private static bool MayBePage(RouteEndpoint endpoint) =>
        !endpoint.IsOnSyncListener() && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") != false
        && RouteOf(endpoint) is not ("/assets/{file}" or "/metrics" or "/openapi/{documentName}.json")
        && (endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not null
            || endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(type => type.ContentTypes.Contains("text/html"))
            || Samples.ContainsKey(RouteOf(endpoint)));

    private static string RouteOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static string[] AddressesOf(RouteEndpoint endpoint, bool hasSamples)
    {
        string route = RouteOf(endpoint);
        if (!hasSamples) return endpoint.RoutePattern.Parameters.Count == 0 ? [route] : [];
        if (Samples.TryGetValue(route, out string[]? samples)) return samples;
        Assert.True(endpoint.RoutePattern.Parameters.Count == 0, $"The page {route} has no address in the table of samples: add one, or it is not looked at.");
        return [route];
    }
}
