using AngleSharp.Html.Parser;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>A form that was not taken says what is wrong by the labels that its reader sees, in the reader's language, and leads to each field.</summary>
public sealed class FormProblemTests
{
    /// <summary>What is sent to which form, and the fields that are named.</summary>
    private static readonly (string Action, string Fields, string Wrong)[] Forms =
    [
        ("/pages/participants", "known=P002&kind=person&voice_pin=12&customer_number=A1", "customer_number, voice_pin"),
        ("/pages/participants", "id=&kind=person", "id"),
        ("/pages/points", "id=a b&participant=&direction=consumption&metering=profile&annual_kwh=many&latitude=1", "id, participant, annual_kwh, latitude"),
        ("/pages/points", "id=ZP900&participant=P001&direction=consumption&metering=profile", "profile"),
        ("/pages/points/ZP001/reading", "timestamp=2027-01-01T10:00&register_kwh=x", "register_kwh, timestamp"),
        ("/pages/points/ZP001/registers", "register=no~such&from=x&factor=1&change=also", "from"),
        ("/pages/balance_groups", "id=BK9&name=&eic=11X&allocation=static&price_ct_per_kwh=x&metering_points=ZP001 ZP001 ZP999&keys=ZP001 1", "name, eic, price_ct_per_kwh, metering_points"),
        ("/pages/balance_groups", "id=BK9&name=G&allocation=static&price_ct_per_kwh=8&metering_points=ZP001 ZP999&keys=ZP001 1000000", "metering_points"),
        ("/pages/keys", "name=&role=partner&participant=P001&network=x&days=999", "name, participant, scopes, network, days"),
        ("/pages/invoicing", "from_month=x&country=de&vat_id=1&tax_number=2", "from_month, country, tax_number, vat_id"),
        ("/pages/invoicing/group", "balance_group=&rule=own&from_month=", "balance_group, from_month"),
        ("/pages/participants/P002/billing", "country=Germany", "country"),
        ("/pages/payments", "number=none&amount_eur=x&reason=no", "amount_eur, reason"),
        ("/pages/payments", "number=none&amount_eur=1&reason=because&day=x", "day"),
        ("/pages/payments", "number=none&amount_eur=1&reason=because", "number"),
        ("/pages/parked/seen", "what=records&up_to=1&reason=", "reason"),
        ("/pages/alerts/recipients", "id=a b&channel=mail&target=x&language=de&rank=fault&kinds=none&quiet_from=7&delay_minutes=x", "id, target, kinds, quiet_from, delay_minutes"),
        ("/pages/my/readings?participant=P001", "series=ZP001/consumption&kind=register&value=12a&day=x&time=10:00", "value, day"),
        ("/pages/my/readings?participant=P001", "series=ZP001/consumption&kind=register&value=12&day=2027-01-01&time=10:00", "day"),
        ("/pages/my/disputes?participant=P001", "subject=day&thing=x&words=&believed=1", "words"),
        ("/pages/my/disputes?participant=P001", "subject=day&thing=x&words=wrong&believed=1", "thing"),
        ("/pages/my/readings/upload?participant=P001", "x=1", "file"),
    ];

    [Theory, OnSqlite]
    public async Task Form_NotTaken_NamesItsFieldsByTheirLabels(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        var wrong = new List<string>();
        foreach (var (action, fields, expected) in Forms)
        {
            var (german, english) = (await SendAsync(hub, action, fields, "de"), await SendAsync(hub, action, fields, "en"));
            var named = FormProblem.Of(english).Split(", ").Select(each => each.Split(' ')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            if (string.Join(' ', named) is var found && found != string.Join(' ', expected.Split(", ").Order(StringComparer.Ordinal))) wrong.Add($"{action}: {found} instead of {expected}");
            if (english.QuerySelector(".fault-box .mono") is { } code) wrong.Add($"{action}: {code.TextContent} has no label");
            Assert.Equal(FormProblem.Of(english), FormProblem.Of(german));
            wrong.AddRange(Texts(german).Zip(Texts(english)).Where(pair => pair.First == pair.Second).Select(pair => $"{action}: '{pair.First}' in both languages"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static IEnumerable<string> Texts(AngleSharp.Dom.IDocument page) => page.QuerySelectorAll(".fault-box li").Select(item => item.TextContent.Split(": ", 2)[1]);

    private static async Task<AngleSharp.Html.Dom.IHtmlDocument> SendAsync(RunningHub hub, string action, string fields, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, action);
        request.Content = action.Contains("upload", StringComparison.Ordinal)
            ? new MultipartFormDataContent { { new StringContent("1"), "x" } }
            : new FormUrlEncodedContent(fields.Split('&').Select(field => KeyValuePair.Create(field.Split('=')[0], field.Split('=')[1])));
        request.Headers.Add("Accept-Language", language);
        using var answer = await hub.Pages.SendAsync(request);
        Assert.True((int)answer.StatusCode == 422, $"{action} {fields}: {(int)answer.StatusCode}");
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }
}
