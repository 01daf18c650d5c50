using System.Globalization;
using System.Text.Json.Nodes;
using CoMaKo.Quantities;

namespace CoMaKo.CloudSync.Tests.Hub.Market;

/// <summary>Master data with everything in it that is hard to write in a file, given to a hub by the forms of its REST interface.</summary>
internal sealed class RandomMasterData(int seed)
{
    private static readonly string[] Starts = ["", "=", "+", "-", "@", "'", "''=", "'a", "Ä", "\"", "日本 "], Middles = ["x", " ; ", ", ", "\"\"", "ß", "=1+1", " a  b ", "\uFEFF"];

    private static readonly RegisterId[] Registers = [TestGateway.Import, new("0b~1-0.1.8.0"), new("0c~1-0.2.8.0")];

    private readonly Random random = new(seed);
    private readonly List<string> participants = [];
    private readonly List<(string Id, bool IsProfile, bool Consumes)> points = [];

    /// <summary>Puts it all in.</summary>
    public async Task FillAsync(RunningHub hub)
    {
        for (int i = 0; i < 30; i++) await ParticipantAsync(hub, i);
        for (int i = 0; i < 40; i++) await PointAsync(hub, i);
        for (int i = 0; i < 6; i++) await GroupAsync(hub, i);
        foreach (string participant in participants.Where(_ => random.Next(2) == 0)) await TaxAsync(hub, participant);
        foreach (var (id, _, _) in points) await RegistersAsync(hub, id);
    }

    /// <summary>Registers that points may have; they come from a gateway, never from a file.</summary>
    public static async Task BringRegistersAsync(RunningHub hub)
    {
        var gateway = new TestGateway(null);
        foreach (var register in Registers) gateway.Append(TestGateway.Begin("09:01", 1000, register: register), TestGateway.Total("09:15", 1100, register: register));
        await hub.SyncAsync(gateway);
    }

    private async Task TaxAsync(RunningHub hub, string participant)
    {
        var profiles = new JsonArray();
        for (int version = 0; version < 3; version++)
        {
            string treatment = random.Next(4) switch { 0 => "none", 1 => "small_business", 2 => "reverse_charge", _ => "standard" };
            var profile = new JsonObject { ["treatment"] = treatment };
            if (treatment is "standard" or "reverse_charge") profile["rate_percent"] = random.Next(0, 2500) / 100m;
            if (version > 0) profile["from"] = string.Create(CultureInfo.InvariantCulture, $"202{version + 4}-01-{random.Next(1, 28):00}");
            profiles.Add(profile);
        }

        Done(await hub.PutAsync($"/participants/{Uri.EscapeDataString(participant)}/tax_profiles", new JsonObject { ["tax_profiles"] = profiles }.ToJsonString()));
    }

    private async Task RegistersAsync(RunningHub hub, string point)
    {
        string direction = (await hub.GetAsync($"/metering_points/{point}")).Json.GetProperty("direction").GetString()!;
        var registers = new JsonArray();
        for (int i = 0; i < random.Next(3); i++)
        {
            string own = direction != "both" ? direction : i == 0 ? "generation" : "consumption";
            var register = new JsonObject { ["register"] = Registers[random.Next(Registers.Length)].Value, ["direction"] = own, ["factor"] = random.Next(2) == 0 ? 1 : -1, ["from"] = $"2026-0{i + 1}-01" };
            if (random.Next(2) == 0) register["to"] = $"2026-0{i + 1}-15";
            registers.Add(register);
        }

        if (registers.Count > 0) Done(await hub.PutAsync($"/metering_points/{point}/registers", new JsonObject { ["registers"] = registers }.ToJsonString()));
        if (direction != "both") return;
        var entries = new JsonArray(new JsonObject { ["own_kwh"] = random.Next(10_000) / 1000m }, new JsonObject { ["from"] = "2026-02-03", ["own_kwh"] = random.Next(10_000) / 1000m, ["grid_kwh"] = random.Next(10_000) / 1000m });
        Done(await hub.PutAsync($"/metering_points/{point}/battery_account", new JsonObject { ["entries"] = entries }.ToJsonString()));
    }

    private async Task ParticipantAsync(RunningHub hub, int i)
    {
        string id = Text() + Number(i);
        participants.Add(id);
        var body = new JsonObject { ["kind"] = random.Next(2) == 0 ? "person" : "company" };
        if (random.Next(2) == 0) body["name"] = Text();
        if (random.Next(2) == 0) body["customer_number"] = Number(i).PadLeft(random.Next(1, 18), '0') + Number(i);
        Done(await hub.PutAsync("/participants/" + Uri.EscapeDataString(id), body.ToJsonString()));
    }

    private async Task PointAsync(RunningHub hub, int i)
    {
        bool isProfile = random.Next(5) == 0;
        string direction = random.Next(3) switch { 0 => "generation", 1 => "both", _ => "consumption" };
        string id = (random.Next(6) == 0 ? "-" : "ZP") + Number(i);
        points.Add((id, isProfile, direction != "generation"));
        var body = new JsonObject { ["participant"] = participants[random.Next(participants.Count)], ["direction"] = direction };
        if (isProfile) (body["metering"], body["profile"]) = ("profile", "H25");
        if (random.Next(2) == 0) body["annual_kwh"] = random.Next(10_000_000) / 1000m;
        if (random.Next(2) == 0) body["fuse_amperes"] = random.Next(1, 200);
        if (random.Next(2) == 0) body["peak_kw"] = random.Next(1, 100_000) / 1000m;
        if (random.Next(2) == 0) (body["latitude"], body["longitude"]) = (random.Next(-90_000_000, 90_000_000) / 1_000_000m, random.Next(-180_000_000, 180_000_000) / 1_000_000m);
        Done(await hub.PutAsync("/metering_points/" + id, body.ToJsonString()));
    }

    /// <summary>Some versions, each with members, keys and prices of its own; points are taken by one group for good.</summary>
    private async Task GroupAsync(RunningHub hub, int i)
    {
        bool allows = random.Next(2) == 0;
        var own = points.Where((point, at) => at % 6 == i && (allows || !point.IsProfile)).ToList();
        for (int version = 0; version < 4; version++)
        {
            var members = own.Where(_ => random.Next(4) > 0).ToList();
            var body = new JsonObject { ["name"] = Text(), ["allows_profiles"] = allows, ["metering_points"] = new JsonArray([.. members.Select(point => (JsonNode)point.Id)]) };
            if (version > 0) body["valid_from"] = string.Create(CultureInfo.InvariantCulture, $"2026-{version + 1:00}-{random.Next(1, 28):00}");
            body["price_ct_per_kwh"] = random.Next(1000, 200_000) / 10_000m;
            if (random.Next(2) == 0) body["fee_ct_per_kwh"] = random.Next(0, 1000) / 10_000m;
            if (random.Next(2) == 0) body["surplus_ct_per_kwh"] = random.Next(0, 90_000) / 10_000m;
            SetKeys(body, [.. members.Where(point => point.Consumes).Select(point => point.Id)]);
            Done(await hub.PutAsync("/balance_groups/BK" + Number(i), body.ToJsonString()));
        }
    }

    private void SetKeys(JsonObject body, string[] consumers)
    {
        string method = random.Next(4) switch { 0 => "static", 1 => "static_redistributed", 2 => "ranked", _ => "dynamic" };
        body["allocation"] = method;
        if (method == "dynamic" || (method != "ranked" && random.Next(3) == 0)) return;
        var keys = new JsonObject();
        long left = 1_000_000;
        foreach (var (id, at) in consumers.Select((id, at) => (id, at)))
        {
            long weight = method == "ranked" ? random.Next(1, 4) : at == consumers.Length - 1 ? left : random.NextInt64(left + 1);
            left -= weight;
            keys[id] = weight;
        }

        body["keys"] = keys;
    }

    /// <summary>Without blanks at its ends, with all sorts of things at its begin and inside.</summary>
    private string Text() => (Starts[random.Next(Starts.Length)] + "Muster" + Middles[random.Next(Middles.Length)] + "e").Trim();

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static void Done(RestAnswer answer) => Assert.True(answer.Code is 200 or 201, answer.Text);
}
