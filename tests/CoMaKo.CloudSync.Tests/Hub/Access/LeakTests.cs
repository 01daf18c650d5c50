using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>
/// Member A never sees member B: A reads every page and file that it can reach, asks for everything that B can reach, and uses every endpoint of the hub
/// with B's ids; none of B's names, ids and figures may be in any answer. The endpoints come from the endpoint table and the addresses from the pages, so that
/// a new page is part of the test by itself.
/// </summary>
public sealed partial class LeakTests
{
    private const string A = "P001", B = "P002", PointOfA = "ZP001", PointOfB = "ZP002";

    [Theory, OnSqlite]
    [Trait("Category", "Slow")]
    public async Task MemberA_ByEveryWay_SeesNothingOfB(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        var markers = await SeedAsync(hub);
        var clientOfB = await hub.SignedInAsync(Roles.Member, B, "zibbert-login");
        using (var disputed = await clientOfB.PostAsync(new Uri("/disputes", UriKind.Relative), new StringContent(
            $$"""{"subject":"day","thing":"2026-05-20","metering_point":"{{PointOfB}}","text":"Ofen Marke Quallenrost war aus","believed_kwh":73.919}""", Encoding.UTF8, "application/json")))
            Assert.True(disputed.IsSuccessStatusCode, await disputed.Content.ReadAsStringAsync());
        markers.Add(new Marker("B's dispute", MustBeSeen: true, "Quallenrost"));
        markers.Add(new Marker("what B believes", MustBeSeen: true, FormsOf(73_919)));
        var ofB = await CrawlAsync(hub, clientOfB, B);
        markers.AddRange(await FiguresAsync(hub, ofB));
        Assert.All(markers.Where(marker => marker.MustBeSeen), marker => Assert.Contains(ofB.Answers, answer => marker.IsIn(answer))); // the words to look for are really there
        string before = await StateOfBAsync(hub);

        var leaks = new List<string>();
        foreach (var client in (HttpClient[])[await hub.SignedInAsync(Roles.Member, A), hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, "a", A), "test")).Text)])
        {
            var ofA = await CrawlAsync(hub, client, A);
            Assert.Contains(ofA.Answers, answer => answer.Text.Contains(PointOfA, StringComparison.Ordinal));
            foreach (string address in ofB.Addresses) await ofA.SendAsync(HttpMethod.Get, address, address.StartsWith("/pages", StringComparison.Ordinal) ? "text/html" : "application/json");
            if (client.DefaultRequestHeaders.Contains("Cookie")) await TryEndpointsAsync(hub, ofA, IdsIn(ofB)); // with a key the gate and the handlers are the same
            leaks.AddRange(LeaksIn(ofA, markers));
        }

        Assert.True(leaks.Count == 0, string.Join('\n', leaks.Distinct().Take(40)));
        Assert.Equal(before, await StateOfBAsync(hub));
    }

    [Theory, OnSqlite]
    public async Task OwnerRule_ThatSaysYesToAll_IsFound(Engine engine)
    {
        await using var hub = await StartAsync(engine, services =>
        {
            foreach (var subject in Enum.GetValues<Owned>()) services.AddSingleton<IOwnership>(new EverythingIsEverybodys(subject));
        });
        var markers = await SeedAsync(hub);
        var ofB = await CrawlAsync(hub, await hub.SignedInAsync(Roles.Member, B), B);
        var ofA = await CrawlAsync(hub, await hub.SignedInAsync(Roles.Member, A), A);
        await TryEndpointsAsync(hub, ofA, IdsIn(ofB));

        Assert.Contains(LeaksIn(ofA, markers), leak => leak.StartsWith($"GET /readings/{PointOfB}", StringComparison.Ordinal));
    }

    [Theory, OnSqlite]
    public async Task NewEndpoint_ThatForgetsWhoAsks_IsFound(Engine engine)
    {
        await using var hub = await StartAsync(engine, services => services.AddSingleton<IStartupFilter>(new ForgetfulPage()));
        var markers = await SeedAsync(hub);
        var ofA = await CrawlAsync(hub, await hub.SignedInAsync(Roles.Member, A), A);

        Assert.Contains(LeaksIn(ofA, markers), leak => leak.StartsWith("GET /metering_points", StringComparison.Ordinal));
    }

    private static Task<RunningHub> StartAsync(Engine engine, Action<IServiceCollection>? replace = null) => RunningHub.StartAsync(engine, new RequestRates(1_000_000, 100_000, 1_000_000, 100_000), replace);

    /// <summary>What only B has: names, numbers, readings, and a quarter hour that no other has.</summary>
    private static async Task<List<Marker>> SeedAsync(RunningHub hub)
    {
        await OkAsync(hub.PutAsync($"/participants/{A}", """{"name":"Familie Albers","kind":"person"}"""));
        await OkAsync(hub.PutAsync($"/participants/{B}", """{"name":"Zibbert Backhaus","kind":"company","customer_number":"7730912"}"""));
        await OkAsync(hub.PutAsync($"/metering_points/{PointOfA}", $$"""{"participant":"{{A}}","direction":"consumption","annual_kwh":3500}"""));
        await OkAsync(hub.PutAsync($"/metering_points/{PointOfB}", $$"""{"participant":"{{B}}","direction":"consumption","annual_kwh":48731.337,"latitude":48.137731,"longitude":11.575913,"fuse_amperes":317}"""));
        await OkAsync(hub.PostAsync("/readings", $$"""{"metering_point":"{{PointOfB}}","timestamp":"2026-05-31T18:00:00+02:00","register_kwh":90817.263}"""));
        await OkAsync(hub.PutAsync("/cooperative/tax_profiles", """{"tax_profiles":[{"treatment":"none"}]}"""));
        await OkAsync(hub.PutAsync("/invoicing", """{"from_month":"2026-04","cooperative":{"name":"Sonnenhang eG","street":"Am Hang 1","postal_code":"83022","city":"Rosenheim","tax_number":"156/123/45678"}}"""));
        await OkAsync(hub.PutAsync($"/participants/{A}/billing", """{"street":"Lindenweg 4","postal_code":"83022","city":"Rosenheim"}"""));
        await OkAsync(hub.PutAsync($"/participants/{B}/billing", """{"street":"Marktgasse 77","postal_code":"83024","city":"Rosenheim","vat_id":"DE717273747"}"""));
        await OkAsync(hub.PostAsync("/invoices", "{}"));
        await OkAsync(hub.PostAsync("/consumption", $"metering_point,direction,start,kwh\n{PointOfB},consumption,2026-05-20T10:00:00Z,61.753\n", "text/csv"));
        return
        [
            new("B's id", MustBeSeen: false, B), new("B's point", MustBeSeen: true, PointOfB), new("B's name", MustBeSeen: false, "Zibbert"), new("B's name before", MustBeSeen: false, "Kern"),
            new("B's customer number", MustBeSeen: false, "7730912"), new("B's annual energy", MustBeSeen: true, FormsOf(48_731_337)), new("B's place", MustBeSeen: false, "137731", "575913"),
            new("B's reading", MustBeSeen: true, FormsOf(90_817_263)), new("B's quarter hour", MustBeSeen: false, FormsOf(61_753)), new("B's sign-in", MustBeSeen: false, "zibbert-login"),
            new("B's address", MustBeSeen: true, "Marktgasse"), new("B's tax number", MustBeSeen: true, "DE717273747"),
        ];
    }

    /// <summary>Figures with six digits or more that stand in B's statements and in none of A's.</summary>
    private static async Task<IEnumerable<Marker>> FiguresAsync(RunningHub hub, Crawler ofB)
    {
        var ofA = new Crawler(hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, "a", A), "test")).Text));
        await ofA.RunAsync(["/statements"]);
        var others = ofA.Answers.SelectMany(answer => Figure().Matches(answer.Text).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);
        return ofB.Answers.Where(answer => answer.Request.StartsWith("GET /statements/", StringComparison.Ordinal) && answer.Request.EndsWith(".json", StringComparison.Ordinal))
            .SelectMany(answer => Figure().Matches(answer.Text).Select(match => match.Value)).Where(figure => figure.Count(char.IsAsciiDigit) >= 6).Distinct().Except(others)
            .Select(figure => new Marker("a figure of B's statement", MustBeSeen: true, figure, figure.Replace('.', ',')));
    }

    private static async Task<Crawler> CrawlAsync(RunningHub hub, HttpClient client, string participant)
    {
        var crawler = new Crawler(client);
        string point = participant == A ? PointOfA : PointOfB;
        var plain = hub.Endpoints.Where(IsRead).Select(endpoint => endpoint.RoutePattern).Where(pattern => pattern.Parameters.Count == 0).Select(pattern => "/" + pattern.RawText!.TrimStart('/'));
        await crawler.RunAsync(
        [
            .. plain, $"/metering_points/{point}", $"/metering_points/{point}/load_curve?from=2026-05-20&to=2026-05-21", $"/readings/{point}", $"/balance_groups/{SampleCooperative.Group}/report?from=2026-04-01&to=2026-05-01",
            $"/balance_groups/{SampleCooperative.Group}/report?run=2026-04.1", $"/balance_groups/{SampleCooperative.Group}/runs",
        ]);
        return crawler;
    }

    /// <summary>Words of the addresses that B may use and that name something: what is no word of a route.</summary>
    private static List<string> IdsIn(Crawler ofB) =>
        [.. ofB.Addresses.SelectMany(address => address.Split('?')[0].Split('/').Concat(address.Contains('?') ? address.Split('?')[1].Split('&').Select(pair => pair.Split('=')[^1]) : []))
            .Select(Uri.UnescapeDataString).Where(word => word.Any(char.IsAsciiDigit) && word.Length <= 64).Concat([B, PointOfB, "1", "2", "3"]).Distinct()];

    /// <summary>Every endpoint with every id in every place; what changes things is sent last and with bodies that say nothing.</summary>
    private static async Task TryEndpointsAsync(RunningHub hub, Crawler crawler, IReadOnlyList<string> ids)
    {
        foreach (var endpoint in hub.Endpoints.Where(endpoint => !endpoint.IsOnSyncListener() && endpoint.RoutePattern.RawText != "/pages/sign_out").OrderBy(endpoint => !IsRead(endpoint)))
            foreach (string path in Paths(endpoint.RoutePattern, ids).Take(400))
                foreach (string method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                {
                    bool isPage = path.StartsWith("/pages", StringComparison.Ordinal);
                    await crawler.SendAsync(
                        new HttpMethod(method), path, isPage ? "text/html" : "application/json",
                        method is "GET" or "HEAD" ? null : isPage ? new FormUrlEncodedContent([]) : new StringContent("{}", Encoding.UTF8, "application/json"));
                }
    }

    private static IEnumerable<string> Paths(RoutePattern pattern, IReadOnlyList<string> ids)
    {
        IEnumerable<string> paths = [""];
        foreach (var segment in pattern.PathSegments)
            foreach (var part in segment.Parts)
            {
                bool isFirst = part == segment.Parts[0];
                paths = part switch
                {
                    RoutePatternLiteralPart literal => paths.Select(path => path + (isFirst ? "/" : "") + literal.Content),
                    RoutePatternSeparatorPart separator => paths.Select(path => path + separator.Content),
                    _ => paths.SelectMany(path => ids.Select(id => path + (isFirst ? "/" : "") + Uri.EscapeDataString(id))),
                };
            }

        return paths.Select(path => path.Length == 0 ? "/" : path);
    }

    /// <summary>What an answer repeats of its own request does not count.</summary>
    private static IEnumerable<string> LeaksIn(Crawler crawler, IReadOnlyList<Marker> markers) =>
        from answer in crawler.Answers
        from marker in markers
        where marker.IsIn(answer)
        select $"{answer.Request} shows {marker.What} ({string.Join(", ", marker.Forms.Where(form => Marker.PlaceIn(answer.Text, form) >= 0))}): {Around(answer.Text, marker)}";

    private static string Around(string text, Marker marker)
    {
        int at = marker.Forms.Select(form => Marker.PlaceIn(text, form)).First(place => place >= 0);
        return text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)].ReplaceLineEndings(" ");
    }

    private static async Task<string> StateOfBAsync(RunningHub hub)
    {
        var state = new StringBuilder();
        foreach (string path in (string[])[$"/participants/{B}", $"/metering_points/{PointOfB}", $"/readings/{PointOfB}", $"/metering_points/{PointOfB}/load_curve?from=2026-05-01&to=2026-06-02", $"/metering_points/{PointOfB}/registers"])
        {
            var answer = await hub.GetAsync(path);
            Assert.Equal(200, answer.Code);
            state.Append(answer.Text).Append('\n');
        }

        return state.ToString();
    }

    private static async Task OkAsync(Task<RestAnswer> sending)
    {
        var answer = await sending;
        Assert.True(answer.Code is 200 or 201, $"{answer.Code} {answer.Text}");
    }

    private static bool IsRead(RouteEndpoint endpoint) => !endpoint.IsOnSyncListener() && (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") ?? true);

    /// <summary>Wh as pages, files and the interface write them.</summary>
    private static string[] FormsOf(long wh)
    {
        decimal kwh = wh / 1000m;
        return [.. ((string[])[kwh.ToString("0.000", CultureInfo.InvariantCulture), kwh.ToString("N3", CultureInfo.GetCultureInfo("de-DE")), kwh.ToString("N3", CultureInfo.GetCultureInfo("en-GB")), kwh.ToString("0.000", CultureInfo.GetCultureInfo("de-DE")), wh.ToString(CultureInfo.InvariantCulture)]).Distinct()];
    }

    /// <summary>A number with decimals that stands by itself, not a piece of a hash.</summary>
    [GeneratedRegex(@"(?<![\w.,-])\d[\d.,]*[.,]\d+(?![\w-])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Figure();

    /// <param name="MustBeSeen">B itself sees it on some page, so that looking for it means something.</param>
    private sealed record Marker(string What, bool MustBeSeen, params string[] Forms)
    {
        public bool IsIn(Seen answer) => Forms.Any(form => PlaceIn(answer.Text, form) >= 0 && !Uri.UnescapeDataString(answer.Request).Contains(form, StringComparison.OrdinalIgnoreCase));

        /// <summary>Where a word or number stands by itself: digits inside of a hash are none of it.</summary>
        public static int PlaceIn(string text, string form)
        {
            for (int at = text.IndexOf(form, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(form, at + 1, StringComparison.OrdinalIgnoreCase))
                if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (at + form.Length == text.Length || !char.IsLetterOrDigit(text[at + form.Length]))) return at;
            return -1;
        }
    }

    private sealed class EverythingIsEverybodys(Owned subject) : IOwnership
    {
        public Owned Subject => subject;

        public ValueTask<bool> OwnsAsync(string participant, string id) => new(true);
    }

    /// <summary>Answers a list as if an operator had asked.</summary>
    private sealed class ForgetfulPage : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                if (context.Request.Path != "/metering_points") await rest();
                else await context.Response.WriteAsJsonAsync(new { items = new[] { new { id = PointOfA }, new { id = PointOfB } } });
            });
            next(app);
        };
    }
}
