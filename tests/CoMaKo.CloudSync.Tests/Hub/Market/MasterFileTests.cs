using System.Diagnostics;
using System.Text.Json.Nodes;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Market;

/// <summary>Master data out of a hub and into another one, as CSV.</summary>
public sealed class MasterFileTests
{
    private static readonly string[] Files = ["participants", "metering_points", "balance_groups", "participations", "allocation_keys", "energy_prices", "tax_profiles", "battery_accounts", "register_assignments"];

    [Theory, OnSqlite, OnPostgres]
    [Row(1, "en")]
    [Row(2, "de")]
    public async Task Files_OfOneHub_FillAnotherOneWithTheSame(Engine engine, int seed, string language)
    {
        await using var one = await RunningHub.StartAsync(engine);
        await using var other = await RunningHub.StartAsync(engine);
        await RandomMasterData.BringRegistersAsync(one);
        await RandomMasterData.BringRegistersAsync(other);
        await new RandomMasterData(seed).FillAsync(one);
        foreach (string file in Files)
        {
            string text = await TextAsync(one, file, language);
            int rows = Lines(text) - 1;
            Assert.Equal($$"""{"rows":{{rows}},"created":{{rows}},"unchanged":0,"corrected":0}""", (await other.PostAsync($"/{file}", text, "text/csv")).Text);
        }

        foreach (string file in Files)
        {
            string text = await TextAsync(one, file, language);
            Assert.True(Lines(text) > 6, file);
            Assert.Equal(text, await TextAsync(other, file, language));
            Assert.Equal($$"""{"rows":{{Lines(text) - 1}},"created":0,"unchanged":{{Lines(text) - 1}},"corrected":0}""", (await other.PostAsync($"/{file}", text, "text/csv")).Text);
        }

        foreach (string day in (string[])["2026-01-01", "2026-03-05", "2026-03-31", "2026-06-01"])
            for (int i = 0; i < 6; i++) Assert.Equal((await one.GetAsync($"/balance_groups/BK{i}?day={day}")).Text, (await other.GetAsync($"/balance_groups/BK{i}?day={day}")).Text);
        Assert.Equal((await one.GetAsync("/participants?limit=1000")).Text, (await other.GetAsync("/participants?limit=1000")).Text);
        Assert.Equal((await one.GetAsync("/metering_points?limit=1000")).Text, (await other.GetAsync("/metering_points?limit=1000")).Text);
    }

    [RequiresTheory(Peer.Python)]
    [InlineData("en", ",", ".")]
    [InlineData("de", ";", ",")]
    public async Task Files_ReadByAnotherProgram_SayWhatTheListsSay(string language, string separator, string point)
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite);
        await RandomMasterData.BringRegistersAsync(hub);
        await new RandomMasterData(3).FillAsync(hub);
        foreach (string file in (string[])["participants", "metering_points"])
        {
            var rows = JsonNode.Parse(await PythonAsync(await TextAsync(hub, file, language), separator, point, "annual_kwh,fuse_amperes,peak_kw,latitude,longitude"))!.AsArray();
            var items = JsonNode.Parse((await hub.GetAsync($"/{file}?limit=1000")).Text)!["items"]!.AsArray();
            foreach (var item in items) item!.AsObject().Remove("has_voice_pin");
            Assert.Equal(items.Count, rows.Count);
            for (int i = 0; i < rows.Count; i++) Assert.True(JsonNode.DeepEquals(Floats(items[i]!), Floats(rows[i]!)), $"{items[i]}\n{rows[i]}");
        }

        static JsonNode Floats(JsonNode row) => new JsonObject(row.AsObject().Select(member =>
            KeyValuePair.Create<string, JsonNode?>(member.Key, member.Value!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? JsonValue.Create(double.Parse(member.Value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)) : member.Value.DeepClone())));
    }

    [Theory, OnSqlite]
    public async Task File_WithMistakes_IsRefusedWithAllOfThemAndChangesNothing(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var answer = await hub.PostAsync("/metering_points", """
            id;participant;direction;annual_kwh;metering;market_location
            ZP001;Anna;consumption;3500,5;;
            ZP002;;consumption;3.500,5;;
            ZP003;Bea;up;-1;profile;1
            ZP001;Anna;consumption
            """, "text/csv");
        Assert.Equal((422, "3 annual_kwh CMH-1625, 3 participant CMH-1604, 4 direction CMH-1606, 4 market_location CMH-1653, 4 annual_kwh CMH-1608, 5  CMH-1623"), (answer.Code, answer.Findings));
        Assert.Equal("""{"items":[]}""", (await hub.GetAsync("/metering_points")).Text);
        Assert.Equal("""{"items":[]}""", (await hub.GetAsync("/participants")).Text);
    }

    [Theory, OnSqlite, OnPostgres]
    [Row("participations", "balance_group,metering_point,from,to\nBK1,ZP001,2026-02-01,2026-03-01\nBK2,ZP001,2026-02-15,", "2 metering_point CMH-1661, 3 metering_point CMH-1661")]
    [Row("participations", "balance_group,metering_point,from,to\nBK9,ZP009,,\nBK1,ZP001,2026-02-01,2026-02-01", "3 to CMH-1732")]
    [Row("participations", "balance_group,metering_point\nBK9,ZP009", "2 balance_group CMH-1652, 2 metering_point CMH-1651")]
    [Row("participations", "balance_group,metering_point,from\nBK1,ZP002,\nBK1,ZP002,", "3 balance_group CMH-1627")]
    [Row("participations", "balance_group,metering_point\nBK1,ZP003", "2 metering_point CMH-1665")]
    [Row("allocation_keys", "balance_group,from,allocation,metering_point,weight\nBK1,,static,ZP001,400000\nBK1,,static,ZP002,500000", "2 weight CMH-1658")]
    [Row("allocation_keys", "balance_group,from,allocation,metering_point,weight\nBK1,,static,ZP001,1000000\nBK1,,ranked,ZP002,0\nBK1,2026-02-01,static,ZP901,1000000", "3 allocation CMH-1658, 3 weight CMH-1658, 4 metering_point CMH-1658")]
    [Row("energy_prices", "balance_group,from,price_ct_per_kwh,fee_ct_per_kwh\nBK1,,1,2", "2 fee_ct_per_kwh CMH-1608")]
    [Row("tax_profiles", "participant,treatment,rate_percent\nNobody,none,\nAnna,none,19", "3 rate_percent CMH-1668")]
    [Row("tax_profiles", "participant,treatment\nNobody,none", "2 participant CMH-1657")]
    [Row("battery_accounts", "metering_point,own_kwh\nZP001,1\nZP009,1", "2 metering_point CMH-1670, 3 metering_point CMH-1651")]
    [Row("register_assignments", "metering_point,direction,register\nZP001,generation,x~1\nZP009,,x~1", "2 direction CMH-1702, 2 register CMH-1401, 3 metering_point CMH-1651")]
    [Row("balance_groups", "id,name,eic,colour\nBK3,,1,", "1 colour CMH-1622")]
    [Row("balance_groups", "id,name,eic\nBK3,,1\nanomalies,x,", "2 name CMH-1604, 2 eic CMH-1659, 3 id CMH-1606")]
    public async Task Rows_ThatDoNotFit_AreTold(Engine engine, string file, string text, string findings)
    {
        await using var hub = await StartAsync(engine);
        var answer = await hub.PostAsync($"/{file}", text, "text/csv");
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM mkt_membership") + hub.Place.Count("SELECT count(*) FROM mkt_key_version") + hub.Place.Count("SELECT count(*) FROM mkt_price_version"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Rows_ThatAreThere_AreCorrected_AndATrialChangesNothing(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/participations", "balance_group,metering_point,from,to\nBK1,ZP001,,2026-02-01\nBK2,ZP001,2026-02-01,\nBK1,ZP002,,", "text/csv")).Code);
        string tag = (await hub.GetAsync("/balance_groups/BK1")).Tag!;
        const string Later = "balance_group,metering_point,from,to\nBK1,ZP001,,2026-03-01\nBK2,ZP001,2026-03-01,\nBK2,ZP001,2026-02-01,2026-02-01";
        Assert.Equal(422, (await hub.PostAsync("/participations", Later, "text/csv")).Code);
        // The border moves in one file: neither order of the two rows may meet itself on the way.
        const string Moved = "balance_group,metering_point,from,to\nBK2,ZP001,2026-02-01,2026-04-01\nBK1,ZP002,,\nBK1,ZP001,2026-04-01,";
        Assert.Equal("""{"rows":3,"created":1,"unchanged":1,"corrected":1}""", (await hub.PostAsync("/participations?dry_run=true", Moved, "text/csv")).Text);
        Assert.Equal(tag, (await hub.GetAsync("/balance_groups/BK1")).Tag);
        Assert.Equal("""{"rows":3,"created":1,"unchanged":1,"corrected":1}""", (await hub.PostAsync("/participations", Moved, "text/csv")).Text);
        Assert.NotEqual(tag, (await hub.GetAsync("/balance_groups/BK1")).Tag);
        Assert.Equal("balance_group,metering_point,from,to\nBK1,ZP001,,2026-02-01\nBK1,ZP001,2026-04-01,\nBK1,ZP002,,\nBK2,ZP001,2026-02-01,2026-04-01\n", await TextAsync(hub, "participations", "en"));
        Assert.Equal(3 + 2, hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'balance_group.participation'"));
    }

    [Theory, OnSqlite]
    public async Task List_ByAccept_IsTheWholeTable(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/metering_points", "id,participant,direction\n" + string.Join('\n', Enumerable.Range(0, 1500).Select(i => $"ZP{i:0000},=A,consumption")), "text/csv")).Code);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metering_points?limit=10");
        request.Headers.Add("Accept", "text/csv");
        request.Headers.Add("Accept-Language", "de-DE,de;q=0.9,en;q=0.8");
        using var response = await hub.Pages.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/csv; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("id;participant;direction;market_location;metering_location;metering;profile;annual_kwh;fuse_amperes;peak_kw;latitude;longitude\nZP0000;'=A;consumption;;;measured;;;;;;\n", text, StringComparison.Ordinal);
        Assert.Equal(1501, Lines(text));
        Assert.Equal("id,name,kind,customer_number\n'=A,,person,\n", await TextAsync(hub, "participants", "en"));
    }

    [Theory, OnSqlite]
    public async Task Export_ForAMember_HasItsOwnPointsOnly(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var member = hub.Client((await hub.Keys.CreateAsync(new CoMaKo.Hub.Access.KeyWish(CoMaKo.Hub.Access.Roles.Member, "m", "Bea"), "test")).Text);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metering_points");
        request.Headers.Add("Accept", "text/csv");
        using var response = await member.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.Contains("ZP002,Bea", text, StringComparison.Ordinal);
        Assert.Equal(2, Lines(text));
    }

    private static async Task<RunningHub> StartAsync(Engine engine)
    {
        var hub = await RunningHub.StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/metering_points", "id,participant,direction,metering,profile\nZP001,Anna,consumption,,\nZP002,Bea,consumption,,\nZP003,Cem,consumption,profile,H25\nZP901,Dora,generation,,", "text/csv")).Code);
        Assert.Equal(200, (await hub.PostAsync("/balance_groups", "id,name\nBK1,One\nBK2,Two", "text/csv")).Code);
        return hub;
    }

    private static int Lines(string text) => text.Count(c => c == '\n');

    private static async Task<string> TextAsync(RunningHub hub, string file, string language)
    {
        var answer = await hub.GetAsync($"/{file}.csv?language={language}");
        Assert.Equal(200, answer.Code);
        return answer.Text;
    }

    private static async Task<string> PythonAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "rows_of_csv.py"), .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var python = Process.Start(start)!;
        await python.StandardInput.BaseStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(input));
        python.StandardInput.Close();
        string output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        return output;
    }
}
