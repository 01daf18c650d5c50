namespace CoMaKo.CloudSync.Tests.Hub.Invoices;

/// <summary>The sample cooperative makes invoices from April on; of one participant the address is not known.</summary>
internal static class InvoiceSample
{
    public static async Task FillAsync(RunningHub hub)
    {
        await PutAsync(hub, "/invoicing", """{"from_month":"2026-04","cooperative":{"name":"Sonnenhang eG","street":"Am Hang 1","postal_code":"83022","city":"Rosenheim","tax_number":"156/123/45678"}}""");
        foreach (var (participant, street) in ((string, string)[])[("P001", "Lindenweg 4"), ("P002", "Marktplatz 2"), ("P003", "Lindenweg 9"), ("P004", "Schulgasse 1"), ("P005", "Mühlweg 3"), ("COOP", "Am Hang 1")])
            await PutAsync(hub, $"/participants/{participant}/billing", $$"""{"street":"{{street}}","postal_code":"83022","city":"Rosenheim"}""");
        Assert.Equal(200, (await hub.PostAsync("/invoices", "{}")).Code);
    }

    private static async Task PutAsync(RunningHub hub, string path, string json)
    {
        var answer = await hub.PutAsync(path, json);
        Assert.True(answer.Code == 200, answer.Text);
    }
}
