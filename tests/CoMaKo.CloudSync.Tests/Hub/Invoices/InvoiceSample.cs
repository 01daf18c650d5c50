using CoMaKo.Hub.Storage;

namespace CoMaKo.CloudSync.Tests.Hub.Invoices;

/// <summary>The sample cooperative makes invoices from April on; of one participant the address is not known.</summary>
internal static class InvoiceSample
{
    public static async Task FillAsync(RunningHub hub)
    {
        await PutAsync(hub, "/cooperative/tax_profiles", """{"tax_profiles":[{"treatment":"none"}]}""");
        await PutAsync(hub, "/invoicing", """{"from_month":"2026-04","cooperative":{"name":"Sonnenhang eG","street":"Am Hang 1","postal_code":"83022","city":"Rosenheim","tax_number":"156/123/45678"}}""");
        foreach (var (participant, street) in ((string, string)[])[("P001", "Lindenweg 4"), ("P002", "Marktplatz 2"), ("P003", "Lindenweg 9"), ("P004", "Schulgasse 1"), ("P005", "Mühlweg 3"), ("COOP", "Am Hang 1")])
            await PutAsync(hub, $"/participants/{participant}/billing", $$"""{"street":"{{street}}","postal_code":"83022","city":"Rosenheim"}""");
        Assert.Equal(200, (await hub.PostAsync("/invoices", "{}")).Code);
        await PrintAsync(hub);
    }

    /// <summary>Three prints: one is done, one at work, and one failed the last time. No job belongs to them, so that they stand still.</summary>
    private static Task PrintAsync(RunningHub hub) => hub.Service<HubDatabase>().WriteAsync(async tx =>
    {
        long now = hub.Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        foreach (var (what, finished, error) in ((long, long?, string?)[])[(1, now, null), (2, null, null), (1, null, "CMH-2393. Making the PDF took more than three minutes.")])
        {
            long id = (await tx.Prepare("INSERT INTO mkt_print (balance_group, month, what, language, author, created_us, finished_us, error) VALUES ($1, $2, $3, 'de', 'test', $4, $5, $6) RETURNING print_id")
                .Bind(SampleCooperative.Group).Bind(2026 * 12 + 3).Bind(what).Bind(now).Bind(finished).Bind(error).NumberAsync())!.Value;
            await tx.InsertNewAsync(new RowSet("mkt_print_file").Add("place", [1L, 2L]).Add("number", ["2026-04.1-BK100001-0001", "2026-04.1-BK100001-0002"]).Add("pdf", [[1], finished is null ? null : [2]]).Add("print_id", id));
        }
    });

    private static async Task PutAsync(RunningHub hub, string path, string json)
    {
        var answer = await hub.PutAsync(path, json);
        Assert.True(answer.Code == 200, answer.Text);
    }
}
