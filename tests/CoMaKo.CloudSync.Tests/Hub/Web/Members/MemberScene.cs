using System.Globalization;
using System.Text;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Hub.Access;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>
/// A cooperative of four: Anna and Bert consume, Clara has a bakery with a plant, Dora owns a plant. It is 1 June 2026, 12:00 in Berlin; May is closed, today has begun.
/// </summary>
internal sealed class MemberScene : IAsyncDisposable
{
    public const string Group = "BK123456";
    public static readonly LocalDate Today = new(2026, 6, 1);

    private readonly Dictionary<string, HttpClient> clients = [];

    private MemberScene(RunningHub hub) => Hub = hub;

    public RunningHub Hub { get; }

    /// <param name="isClosed">Whether there are quarter hours, and May has its final run; without, there are only persons, points and their group.</param>
    public static async Task<MemberScene> StartAsync(Engine engine, bool isClosed = true)
    {
        var scene = new MemberScene(await RunningHub.StartAsync(engine));
        foreach (var (point, participant, direction) in ((string, string, string)[])[("ZP001", "anna", "consumption"), ("ZP002", "bert", "consumption"), ("ZP003", "clara", "both"), ("ZP901", "dora", "generation")])
        {
            Assert.Equal(201, (await scene.Hub.PutAsync($"/participants/{participant}", $$"""{"name":"{{char.ToUpperInvariant(participant[0])}}{{participant[1..]}} Example"}""")).Code);
            Assert.Equal(201, (await scene.Hub.PutAsync($"/metering_points/{point}", $$"""{"participant":"{{participant}}","direction":"{{direction}}"}""")).Code);
        }

        Assert.Equal(201, (await scene.Hub.PutAsync($"/balance_groups/{Group}", """{"name":"Sonnenhang","metering_points":["ZP001","ZP002","ZP003","ZP901"]}""")).Code);
        if (!isClosed) return scene;
        for (var day = new LocalDate(2026, 5, 1); day <= Today; day = day.PlusDays(8)) await scene.DeliverAsync(day, day.PlusDays(8) < Today ? day.PlusDays(8) : Today.PlusDays(1));
        Assert.Contains("final", (await scene.Hub.PostAsync($"/balance_groups/{Group}/months/2026-05/confirmation", """{"reason":"May is complete."}""")).Text, StringComparison.Ordinal);
        return scene;
    }

    /// <summary>Pages and REST as this participant.</summary>
    public async Task<HttpClient> AsAsync(string participant)
    {
        if (!clients.TryGetValue(participant, out var client))
            clients[participant] = client = Hub.Client((await Hub.Keys.CreateAsync(new KeyWish(Roles.Member, participant, Participant: participant), "test")).Text);
        return client;
    }

    /// <summary>A page as this participant sees it in English.</summary>
    public async Task<IHtmlDocument> PageAsync(string participant, string path, string language = "en") => Parse(await TextAsync(participant, path, language));

    public async Task<string> TextAsync(string participant, string path, string language = "en")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", language);
        using var response = await (await AsAsync(participant)).SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Sends a form in English.</summary>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.Add("Accept-Language", "en");
        return await client.SendAsync(request);
    }

    /// <summary>Text with single, ordinary blanks.</summary>
    public static string Plain(string text) => string.Join(' ', text.Replace('\u00A0', ' ').Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));

    public static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients.Values) client.Dispose();
        await Hub.DisposeAsync();
    }

    private async Task DeliverAsync(LocalDate from, LocalDate to)
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        for (var day = from; day < to; day = day.PlusDays(1))
        {
            foreach (var slot in MarketDay.Slots(MarketDay.Number(day)).Where(slot => slot.EndUnixSeconds <= Hub.Clock.GetUtcNow().ToUnixTimeSeconds()))
            {
                int i = slot.Start.InZone(MarketDay.Zone).TimeOfDay.Hour;
                long sun = Math.Max(0, 900 - Math.Abs(i * 60 - 780) * 2) * (day.Day % 5 + 1) / 3;
                Add("ZP001", "consumption", slot.Start, 40 + (i * 37 + day.Day * 11) % 90 + (i is 7 or 19 ? 220 : 0));
                Add("ZP002", "consumption", slot.Start, 25 + (i * 53 + day.Day * 7) % 60);
                Add("ZP003", "consumption", slot.Start, i < 9 ? 410 + day.Day : 90);
                Add("ZP003", "generation", slot.Start, sun / 3);
                Add("ZP901", "generation", slot.Start, sun);
            }
        }

        Assert.Equal(200, (await Hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);

        void Add(string point, string direction, Instant start, long wh) => csv.Append(CultureInfo.InvariantCulture, $"{point},{direction},{start},{wh / 1000m:0.000}\n");
    }
}
