using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Configuration;

/// <summary>What the schema tells people is what the reader accepts: a foreign validator reads the same files.</summary>
public sealed partial class BuildingSchemaTests
{
    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    [RequiresFact(Peer.Python, Peer.JsonSchema)]
    public void Schema_ExampleWithAllItsOptions_IsAccepted()
    {
        string everything = Everything();
        Assert.Contains("\ntariff:", everything, StringComparison.Ordinal);
        var (building, findings) = BuildingFile.Read(StrictYaml.Parse(everything), Profiles);
        Assert.Empty(findings);
        Assert.NotNull(building!.Tariff);
        Assert.Null(Assert.Single(Violations([everything])));
    }

    [RequiresFact(Peer.Python, Peer.JsonSchema)]
    public void Schema_Mistakes_AreMistakesForReaderAndSchema()
    {
        (string Right, string Wrong)[] mistakes =
        [
            ("price: 11.2 ct", "price: 11.2"), ("price: 11.2 ct", "price: 11.2 ct, discount: 1 ct"), ("level: high", "level: highest"), ("from: \"17:00\"", "from: \"17:10\""),
            ("quarters: [1, 4] }", "quarters: [0] }"), ("levies: 6.4 ct", "leviess: 6.4 ct"), ("vat: 19 %", "vat: 19"), ("soc: 60 %", "soc: 60"), ("by: \"07:00\"", "by: \"25:00\""),
            ("[mon, tue", "[monday, tue"), ("upTo: 80 %", "upTo: 80 ct"), ("export: { price: 7.9 ct", "export: { price: 7.9 kWh"), ("standard: 8.9 ct", "stand: 8.9 ct"),
            ("line: 23, ", ""), ("protocol: s0, ", "protocol: s0, bus: bat-lan, "), ("protocol: s0, ", ""), ("pulse: 30 ms", "pulse: 30"), ("impulses: 1000", "impulses: none"),
            ("mqtt: broker.lan:1883", "mqtt: broker.lan"), ("passwordFile: /run", "passwordFile: run"), ("format: tasmota-sml", "format: tasmota"), ("tele/heatpump/SENSOR", "tele/+/SENSOR"),
            ("measurand: ActivePower, path", "path"), ("every: 5 s, readings", "each: 5 s, readings"), ("publish: { bus: broker }", "publish: { bus: broker, commands: true }"),
            ("sensor: sht3x }", "sensor: sht3x, part: magic }"), ("green: 5, ", ""), ("lightsWhen: high", "lightsWhen: on"),
        ];
        string everything = Everything();
        string[] wrong = [.. mistakes.Select(m => everything.Replace(m.Right, m.Wrong, StringComparison.Ordinal))];
        Assert.DoesNotContain(everything, wrong);
        var violations = Violations(wrong);
        for (int i = 0; i < wrong.Length; i++)
        {
            Assert.NotEmpty(BuildingFile.Read(StrictYaml.Parse(wrong[i]), Profiles).Findings);
            Assert.True(violations[i] is not null, $"The schema takes {mistakes[i].Wrong}.");
        }
    }

    /// <summary>The example with each key that is commented out put into force; of alternatives the first.</summary>
    private static string Everything()
    {
        string text = File.ReadAllText(Repository.At("deploy", "systemd", "building.example.yaml"));
        return Optional().Replace(text, "$1").Replace("gridCharging: false", "gridCharging: true", StringComparison.Ordinal).Replace("#- { id: workshop", "- { id: workshop", StringComparison.Ordinal);
    }

    private static string?[] Violations(string[] files)
    {
        var start = new ProcessStartInfo(
            Peers.Python, [Repository.At("tests", "CoMaKo.Edge.Tests", "peers", "building_schema.py"), Repository.At("contracts", "schemas", "building.schema.json")])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        using var python = Process.Start(start)!;
        JsonSerializer.Serialize(python.StandardInput.BaseStream, files);
        python.StandardInput.Close();
        return JsonSerializer.Deserialize<string?[]>(python.StandardOutput.ReadToEnd())!;
    }

    /// <summary>A key at the left margin behind the sign, and the keys below it.</summary>
    [GeneratedRegex(@"^#([a-z]+:|(?:  )+[^ #])", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Optional();
}
