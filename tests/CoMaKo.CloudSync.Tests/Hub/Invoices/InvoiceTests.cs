using System.Text.Json;
using CoMaKo.CloudSync.Tests.Hub.Statements;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Invoices;

/// <summary>Where invoicing is on, statements become invoices and credit notes; they never change, and a correction takes them back.</summary>
public sealed class InvoiceTests
{
    private const string Cooperative = """{"from_month":"2025-08","cooperative":{"name":"Sonnenhang eG","street":"Am Hang 1","postal_code":"83022","city":"Rosenheim","tax_number":"156/123/45678"}}""";
    private const string OwnTax = "/cooperative/tax_profiles";
    private const string AnnasAddress = """{"street":"Lindenweg 4","postal_code":"83022","city":"Rosenheim"}""";
    private const string BensAddress = """{"street":"Marktplatz 2","postal_code":"83022","city":"Rosenheim","vat_id":"DE123456789"}""";

    [Theory, OnSqlite]
    public async Task Statements_AreNoInvoices_UnlessItIsSwitchedOn(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        Assert.Equal((0, 0), Counts(await MakeAsync(world)));
        Assert.Empty(await ListAsync(world));
        await PutAsync(world, "/invoicing", Cooperative.Replace("2025-08", "2025-09", StringComparison.Ordinal));
        Assert.Equal((0, 0), Counts(await MakeAsync(world)));
        await PutAsync(world, "/invoicing", Cooperative);
        Assert.Equal(10 - 4 + 1, Gaps(await MakeAsync(world)).Length); // it is on; addresses are missing, and how the cooperative is taxed
        await PutAsync(world, "/invoicing/BK123456", "{}"); // off for this group
        await FillAsync(world);
        Assert.Equal((0, 0), Counts(await MakeAsync(world)));
        Assert.Empty(await ListAsync(world));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task MissingData_IsNamed_AndTakesNoNumber(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await TaxAsync(world, "ben", """{"tax_profiles":[{"treatment":"standard","rate_percent":19}]}""");
        await world.CloseAsync();
        await PutAsync(world, "/invoicing", """{"from_month":"2025-08"}""");

        string[] first = Gaps(await MakeAsync(world));
        await PutAsync(world, "/invoicing", Cooperative);
        await OwnTaxAsync(world, "none");
        await PutAsync(world, "/participants/ben/billing", BensAddress.Replace(""","vat_id":"DE123456789" """.TrimEnd(), "", StringComparison.Ordinal));
        string[] second = Gaps(await MakeAsync(world));

        Assert.Equal(["CMH-2402 - city", "CMH-2402 - name", "CMH-2402 - postal_code", "CMH-2402 - street", "CMH-2402 anna city", "CMH-2402 anna postal_code", "CMH-2402 anna street", "CMH-2402 ben city", "CMH-2402 ben postal_code", "CMH-2402 ben street", "CMH-2414 - treatment"], first);
        Assert.Equal(["CMH-2402 anna city", "CMH-2402 anna postal_code", "CMH-2402 anna street", "CMH-2403 ben tax_number"], second);
        Assert.Empty(await ListAsync(world));
        await FillAsync(world);
        var made = await MakeAsync(world);
        Assert.Empty(Gaps(made));
        Assert.Equal(["GU 1", "RE 1", "RE 2"], (await ListAsync(world)).Select(each => Place(each)).Order(StringComparer.Ordinal));
        // The hub's own look may have begun before the data came and end after ours; it looks once more then.
        await UntilAsync(async () => !(await world.Hub.GetAsync("/work")).Text.Contains("invoice.gap", StringComparison.Ordinal));
    }

    /// <summary>
    /// By hand: 1000 of 1387.2 kWh are shared, 367.79 to Anna and 632.21 to Ben, at 10 ct/kWh. The cooperative charges 19 % on both, small businesses or not; Ben is
    /// credited 100.00 EUR and shows no tax, because he is one.
    /// </summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Documents_StateTheTaxOfWhoSupplies_OnTheSum(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await OwnTaxAsync(world, "standard");
        await TaxAsync(world, "anna", """{"tax_profiles":[{"treatment":"small_business"}]}""");
        await TaxAsync(world, "ben", """{"tax_profiles":[{"treatment":"small_business"}]}""");
        await world.CloseAsync();
        await FillAsync(world);
        await MakeAsync(world);

        var documents = await AllAsync(world);
        foreach (var document in documents)
        {
            decimal net = document.GetProperty("lines").EnumerateArray().Sum(line => line.GetProperty("net_eur").GetDecimal());
            decimal rate = document.GetProperty("tax")[0].GetProperty("rate_percent").GetDecimal();
            Assert.Equal(net, Eur(document, "net_eur"));
            Assert.Equal(decimal.Round(net * rate / 100, 2, MidpointRounding.AwayFromZero), Eur(document, "tax_eur"));
            Assert.Equal(net + Eur(document, "tax_eur"), Eur(document, "gross_eur"));
            Assert.True(net > 0);
        }

        Assert.Equal(
            [("credit_note", "ben", 100.00m, 0m), ("invoice", "anna", 36.78m, 6.99m), ("invoice", "ben", 63.22m, 12.01m)],
            documents.Select(each => (Kind(each), Participant(each), Eur(each, "net_eur"), Eur(each, "tax_eur"))).Order());
        foreach (string person in (string[])["anna", "ben"])
            Assert.Equal(await StatedAsync(world, person), documents.Where(each => Participant(each) == person).Sum(Signed));
        var credit = documents.Single(each => Kind(each) == "credit_note");
        Assert.Equal(("ben", "DE123456789", "Sonnenhang eG"), (credit.GetProperty("supplier").GetProperty("participant").GetString(), credit.GetProperty("supplier").GetProperty("vat_id").GetString(), credit.GetProperty("recipient").GetProperty("name").GetString()));
        var charged = documents.Single(each => Participant(each) == "anna");
        Assert.Equal(("standard", "Anna Äpfel"), (charged.GetProperty("tax")[0].GetProperty("treatment").GetString(), charged.GetProperty("recipient").GetProperty("name").GetString()));
        string page = await PageAsync(world.Hub.Pages, $"/pages/invoices/{charged.GetProperty("number").GetString()}", "de");
        foreach (string word in (string[])["19 %", "Sonnenhang eG", "156/123/45678", "Lindenweg 4", "83022 Rosenheim", "Rechnung RE-"]) Assert.Contains(word, page, StringComparison.Ordinal);
        Assert.DoesNotContain("§ 19 UStG", page, StringComparison.Ordinal);
        page = await PageAsync(world.Hub.Pages, $"/pages/invoices/{credit.GetProperty("number").GetString()}", "de");
        foreach (string word in (string[])["§ 19 UStG", "§ 14 Abs. 2 UStG"]) Assert.Contains(word, page, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task ReverseCharge_OfTwoResellers_NeedsBothVatIds_AndSaysSo(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await OwnTaxAsync(world, "reverse_charge");
        await TaxAsync(world, "ben", """{"tax_profiles":[{"treatment":"reverse_charge","rate_percent":19}]}""");
        await world.CloseAsync();
        await FillAsync(world);

        Assert.Equal(["CMH-2404 - vat_id"], Gaps(await MakeAsync(world)));
        await PutAsync(world, "/invoicing", Cooperative.Replace("\"tax_number\":\"156/123/45678\"", "\"vat_id\":\"DE987654321\"", StringComparison.Ordinal));
        Assert.Empty(Gaps(await MakeAsync(world)));
        var documents = await AllAsync(world);
        Assert.Equal(
            [("credit_note", "ben", 0m), ("invoice", "anna", 6.99m), ("invoice", "ben", 0m)], // Anna is no reseller: 19 % of 36.78 EUR
            documents.Select(each => (Kind(each), Participant(each), Eur(each, "tax_eur"))).Order());
        var credit = documents.Single(each => Kind(each) == "credit_note");
        string page = await PageAsync(world.Hub.Pages, $"/pages/invoices/{credit.GetProperty("number").GetString()}", "de");
        Assert.Contains("Steuerschuldnerschaft des Leistungsempfängers", page, StringComparison.Ordinal);
        Assert.Contains("DE987654321", page, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_TakesBackWhatChanged_AndOnlyThat(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await TaxAsync(world, "ben", """{"tax_profiles":[{"treatment":"standard","rate_percent":19}]}""");
        await world.CloseAsync();
        await FillAsync(world);
        await MakeAsync(world);
        var before = await AllAsync(world);
        await world.CorrectAsync(400_000);
        await MakeAsync(world);
        await MakeAsync(world); // a repeat does no harm

        var after = await AllAsync(world);
        Assert.Equal(9, after.Count); // three, their cancellations, and three new ones
        foreach (var old in before)
        {
            string number = old.GetProperty("number").GetString()!;
            var taken = after.Single(each => each.TryGetProperty("cancels", out var cancels) && cancels.GetString() == number);
            Assert.Equal((-Eur(old, "net_eur"), -Eur(old, "tax_eur"), -Eur(old, "gross_eur")), (Eur(taken, "net_eur"), Eur(taken, "tax_eur"), Eur(taken, "gross_eur")));
            Assert.Equal(taken.GetProperty("number").GetString(), after.Single(each => each.GetProperty("number").GetString() == number).GetProperty("cancelled_by").GetString());
        }

        foreach (string person in (string[])["anna", "ben"])
            Assert.Equal(await StatedAsync(world, person), after.Where(each => Participant(each) == person).Sum(Signed));
        Assert.Equal(["ST 1", "ST 2", "ST 3"], (await ListAsync(world)).Select(each => Place(each)).Where(each => each.StartsWith("ST", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task WrongAddress_IsMended_ByANewDocument(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        await FillAsync(world);
        await MakeAsync(world);
        var old = (await AllAsync(world)).Single(each => Participant(each) == "anna");
        string number = old.GetProperty("number").GetString()!, bytes = await ContentAsync(world, number);
        await PutAsync(world, "/participants/anna/billing", AnnasAddress.Replace("Lindenweg 4", "Lindenweg 6", StringComparison.Ordinal));

        Assert.Equal(422, (await world.Hub.PostAsync($"/invoices/{number}/cancellation", "{}")).Code);
        string made = (await world.Hub.PostAsync($"/invoices/{number}/cancellation", """{"reason":"Wrong house number."}""")).Json.GetProperty("number").GetString()!;

        Assert.Equal(bytes, await ContentAsync(world, number)); // the old one says what it said
        var fresh = (await world.Hub.GetAsync($"/invoices/{made}")).Json;
        Assert.Equal(("Lindenweg 6", Eur(old, "gross_eur")), (fresh.GetProperty("recipient").GetProperty("street").GetString(), Eur(fresh, "gross_eur")));
        Assert.Contains("CMH-2407", (await world.Hub.PostAsync($"/invoices/{number}/cancellation", """{"reason":"Once more."}""")).Text, StringComparison.Ordinal);
        using var database = CoMaKo.Hub.HubSchema.Open(world.Hub.Place.Address);
        foreach (string sql in (string[])["UPDATE mkt_invoice SET cents = 0", "DELETE FROM mkt_invoice"])
            Assert.Contains("CMH-2401", (await Assert.ThrowsAnyAsync<Exception>(() => database.WriteAsync(async tx => { await tx.ExecuteAsync(sql); }))).Message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task Members_SeeTheirOwn_AndTheListIsAFileToo(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        await FillAsync(world);
        await MakeAsync(world);
        using var anna = await world.MemberAsync("anna");
        var numbers = (await AllAsync(world)).ToLookup(Participant, each => each.GetProperty("number").GetString()!);

        using var own = JsonDocument.Parse(await anna.GetStringAsync(new Uri("/invoices?participant=ben", UriKind.Relative)));
        Assert.Equal(numbers["anna"], own.RootElement.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("number").GetString()!));
        Assert.Equal(404, (int)(await anna.GetAsync(new Uri($"/invoices/{numbers["ben"].First()}", UriKind.Relative))).StatusCode);
        Assert.Equal(403, (int)(await anna.GetAsync(new Uri("/invoicing", UriKind.Relative))).StatusCode);
        Assert.Contains(numbers["anna"].Single(), await PageAsync(anna, "/pages/invoices", "en"), StringComparison.Ordinal);
        string csv = await world.Hub.Pages.GetStringAsync(new Uri("/pages/invoices.csv?kind=credit_note&language=de", UriKind.Relative));
        Assert.Equal(2, csv.Trim().Split('\n').Length);
        Assert.StartsWith("number;kind;", csv, StringComparison.Ordinal);
        Assert.Equal(400, (await world.Hub.GetAsync("/invoices?kind=bill")).Code);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!await holds()) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, end.Token);
    }

    internal static async Task FillAsync(StatementWorld world)
    {
        if ((await world.Hub.GetAsync(OwnTax)).Json.GetProperty("tax_profiles").GetArrayLength() == 0) await OwnTaxAsync(world, "none");
        await PutAsync(world, "/invoicing", Cooperative);
        await PutAsync(world, "/participants/anna/billing", AnnasAddress);
        await PutAsync(world, "/participants/ben/billing", BensAddress);
    }

    private static async Task PutAsync(StatementWorld world, string path, string json)
    {
        var answer = await world.Hub.PutAsync(path, json);
        Assert.True(answer.Code == 200, answer.Text);
    }

    private static Task OwnTaxAsync(StatementWorld world, string treatment) =>
        PutAsync(world, OwnTax, treatment is "standard" or "reverse_charge" ? $$"""{"tax_profiles":[{"treatment":"{{treatment}}","rate_percent":19}]}""" : $$"""{"tax_profiles":[{"treatment":"{{treatment}}"}]}""");

    private static Task TaxAsync(StatementWorld world, string person, string json) => PutAsync(world, $"/participants/{person}/tax_profiles", json);

    /// <summary>The hub's own job may have been faster; then there is nothing left to make.</summary>
    private static async Task<JsonElement> MakeAsync(StatementWorld world) => (await world.Hub.PostAsync("/invoices", "{}")).Json;

    private static (int, int) Counts(JsonElement outcome) => (outcome.GetProperty("statements").GetInt32(), outcome.GetProperty("documents").GetInt32());

    private static string[] Gaps(JsonElement outcome) => [.. outcome.GetProperty("gaps").EnumerateArray()
        .Select(gap => $"{gap.GetProperty("code").GetString()} {(gap.TryGetProperty("participant", out var whose) ? whose.GetString() : "-")} {gap.GetProperty("field").GetString()}").Order(StringComparer.Ordinal)];

    private static async Task<List<JsonElement>> ListAsync(StatementWorld world) => [.. (await world.Hub.GetAsync("/invoices")).Json.GetProperty("items").EnumerateArray()];

    private static async Task<List<JsonElement>> AllAsync(StatementWorld world)
    {
        var all = new List<JsonElement>();
        foreach (var head in await ListAsync(world)) all.Add((await world.Hub.GetAsync($"/invoices/{head.GetProperty("number").GetString()}")).Json);
        return all;
    }

    private static async Task<string> ContentAsync(StatementWorld world, string number) => (await world.Hub.GetAsync($"/invoices/{number}")).Json.GetProperty("sha256").GetString()!;

    /// <summary>All that the participant's statements say.</summary>
    private static async Task<decimal> StatedAsync(StatementWorld world, string person) =>
        (await world.Hub.GetAsync($"/statements?participant={person}")).Json.GetProperty("items").EnumerateArray().Sum(each => Eur(each, "amount_eur"));

    /// <summary>What the participant owes by a document.</summary>
    private static decimal Signed(JsonElement document) =>
        (document.TryGetProperty("cancels_kind", out var subject) ? subject.GetString() : Kind(document)) == "credit_note" ? -Eur(document, "gross_eur") : Eur(document, "gross_eur");

    private static string Participant(JsonElement document) => ((string[])["supplier", "recipient"]).Select(side => document.GetProperty(side).TryGetProperty("participant", out var id) ? id.GetString() : null).Single(id => id is not null)!;

    private static string Kind(JsonElement document) => document.GetProperty("kind").GetString()!;

    private static decimal Eur(JsonElement document, string name) => document.GetProperty(name).GetDecimal();

    /// <summary>RE-2025-000002 → RE 2.</summary>
    private static string Place(JsonElement head) => head.GetProperty("number").GetString()!.Split('-') is [var series, _, var place] ? $"{series} {int.Parse(place, System.Globalization.CultureInfo.InvariantCulture)}" : "";

    private static async Task<string> PageAsync(HttpClient client, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", language);
        using var response = await client.SendAsync(request);
        return System.Net.WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync());
    }
}
