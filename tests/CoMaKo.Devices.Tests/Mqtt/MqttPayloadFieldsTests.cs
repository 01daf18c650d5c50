using System.Text;
using System.Text.Json;
using CoMaKo.Devices.Protocols.Mqtt;
using NodaTime;

namespace CoMaKo.Devices.Tests.Mqtt;

public sealed class MqttPayloadFieldsTests
{
    private const string Topic = "battery/state";

    private static readonly MqttMeterMap Map = new(
        [
            new(Topic, Path("p[0].value"), Measurand.ActivePower, 1000) { Unit = (Path("p[0].unit"), "kW"), Negate = true },
            new(Topic, Path("p[1][2]"), Measurand.Frequency, 1),
            new(Topic, Path("soc"), Measurand.StateOfCharge, 1),
            new("elsewhere", Path("other"), Measurand.VoltageL1, 1),
        ],
        Duration.FromSeconds(10))
    { Time = (Path("ts"), MqttTimeForm.UnixSeconds), MeterId = Path("id") };

    /// <summary>The document that another reader makes of the same bytes says what stands at each path.</summary>
    [Theory]
    [InlineData("""{"ts":1764000000,"p":[{"unit":"kW","value":-1.25e0},[0,[1,2],49.98]],"id":"0a01","soc":64,"other":230}""")]
    [InlineData("""{ "soc" : 64.5 , "a":{"soc":1,"p":[{"value":2}]}, "p" : [ {"x":[[]],"value" :   17 , "unit":"kW"} ] }""")]
    [InlineData("""{"Größe":"µ","p":[{"value":3}]}""")]
    public void Explain_EachKnownPath_StandsWhereADocumentFindsIt(string text)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        using var document = JsonDocument.Parse(payload);
        string[] paths = ["p[0].value", "p[0].unit", "p[1][2]", "soc", "ts", "id"];
        var expected = paths.Where(path => Path(path).Find(document.RootElement) is not null).Order(StringComparer.Ordinal).Select(path => (path, Path(path).Find(document.RootElement)!.Value.GetRawText()));
        var fields = MqttPayloadFields.Explain(Map, Topic, payload);
        Assert.Equal(expected, fields.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => (f.Path, Encoding.UTF8.GetString(payload, f.Offset, f.Length))));
        Assert.Equal(fields.OrderBy(f => f.Offset), fields);
    }

    [Fact]
    public void Explain_ScalarPayload_IsTheDocumentItself()
    {
        var map = new MqttMeterMap([new("p", JsonPath.Root, Measurand.ActivePower, 1)], Duration.FromSeconds(10));
        var field = Assert.Single(MqttPayloadFields.Explain(map, "p", " -12.50 "u8));
        Assert.Equal((1, 6, MqttFieldKind.Value, -12.50m), (field.Offset, field.Length, field.Kind, field.Number));
    }

    [Fact]
    public void Explain_AnyDamage_GivesWhatStandsBeforeItAndNeverThrows()
    {
        byte[] whole = Encoding.UTF8.GetBytes("""{"soc":64,"p":[{"unit":"kW","value":-1.25},[0,1,49.98]],"ts":1764000000}""");
        int all = MqttPayloadFields.Explain(Map, Topic, whole).Count;
        Assert.Equal(5, all);
        for (int cut = 0; cut < whole.Length; cut++) Assert.InRange(MqttPayloadFields.Explain(Map, Topic, whole.AsSpan(0, cut)).Count, 0, all);
        var random = new Random(11);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. whole];
            for (int n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            foreach (var field in MqttPayloadFields.Explain(Map, Topic, damaged)) Assert.True(field.Offset >= 0 && field.Length > 0 && field.Offset + field.Length <= damaged.Length);
        }

        Assert.Empty(MqttPayloadFields.Explain(Map, Topic, Encoding.UTF8.GetBytes(new string('[', 5000))));
    }

    private static JsonPath Path(string text) => JsonPath.Parse(text).GetValueOrThrow();
}
