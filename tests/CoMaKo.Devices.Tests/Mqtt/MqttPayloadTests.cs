using System.Globalization;
using System.Text;
using CoMaKo.Devices.Protocols.Mqtt;
using NodaTime;

namespace CoMaKo.Devices.Tests.Mqtt;

public sealed class MqttPayloadTests
{
    private const string Tasmota = """{"Time":"2026-06-01T12:00:00","SML":{"Total_in":12345.6789,"Total_out":0.0001,"Power_curr":-1234,"Meter_Id":"0A01454D480000ABCDEF","power_l1":-400.5,"power_l2":-400,"power_l3":-433.5,"voltage_l1":231.1,"current_l2":1.74}}""";

    private static readonly Duration Period = Duration.FromSeconds(10);

    [Fact]
    public void Read_TasmotaSml_GivesExactValuesInTheProductsUnits()
    {
        var content = Read(MqttFormats.TasmotaSml("t", "SML", Period), Tasmota);
        Assert.Empty(content.Faults);
        Assert.Equal("0a01454d480000abcdef", content.MeterId);
        Assert.Equal(
            ["ActivePower -1234", "ActiveEnergyImport 12345678.9", "ActiveEnergyExport 0.1", "ActivePowerL1 -400.5", "ActivePowerL2 -400", "ActivePowerL3 -433.5", "VoltageL1 231.1", "CurrentL2 1.74"],
            content.Values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Measurand} {v.Value:0.##########}")));
    }

    [Fact]
    public void Read_Shelly3Em_GivesPowerAndNoEnergy()
    {
        var map = MqttFormats.Shelly3Em("shellypro3em-08f9e0e5f9c8", Period);
        Assert.Equal(["shellypro3em-08f9e0e5f9c8/status/em:0"], map.Topics);
        Assert.True(map.HasPowerOnly);
        var content = MqttPayload.Read(map, map.Topics.First(), """{"id":0,"a_current":2.951,"a_voltage":230.7,"a_act_power":-410.4,"b_act_power":12.5,"c_act_power":100,"total_act_power":-297.9,"total_act":12}"""u8.ToArray());
        Assert.Equal([-297.9m, -410.4m, 12.5m, 100m, 230.7m, 2.951m], content.Values.Select(v => v.Value));
    }

    [Theory]
    [InlineData("0.1", "0.1")]
    [InlineData("-0.0", "0.0")]
    [InlineData("12345678.123456789", "12345678.123456789")]
    [InlineData("0.30000000000000004", "0.30000000000000004")] // a binary float would round
    [InlineData("900719925474.0993", "900719925474.0993")] // 2^53 + 1 of its last step
    [InlineData("1.5e3", "1500")]
    [InlineData("25E-2", "0.25")]
    [InlineData(" 42\n", "42")]
    public void Read_BareNumber_IsExact(string payload, string expected) =>
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), Assert.Single(Read(One(), payload).Values).Value);

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("1,5")]
    [InlineData("+5")]
    [InlineData("0x10")]
    [InlineData("12 W")]
    [InlineData("\"12\"")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("[12]")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("1e400")]
    [InlineData("1e-400")]
    [InlineData("1e2147483648")]
    [InlineData("1000000000001")] // beyond any building
    [InlineData("-1e15")]
    [InlineData("0.12345678901234567890123456789")] // more digits than are exact
    [InlineData("1 2")]
    [InlineData("1//2")]
    public void Read_WhatIsNoNumberThatCanBe_GivesNoValue(string payload)
    {
        var content = Read(One(), payload);
        Assert.Empty(content.Values);
        Assert.NotEmpty(content.Faults);
    }

    [Theory]
    [InlineData("ActiveEnergyImport", "-1")]
    [InlineData("StateOfCharge", "100.1")]
    [InlineData("StateOfCharge", "-0.1")]
    [InlineData("BatteryCapacity", "-5")]
    public void Read_ImpossibleForItsMeasurand_GivesNoValue(string measurand, string payload) =>
        Assert.Equal("CME-2512", Assert.Single(Read(One(Enum.Parse<Measurand>(measurand)), payload).Faults).Code);

    [Theory]
    [InlineData("""{"power":{"value":1200,"unit":"W"}}""", true)]
    [InlineData("""{"power":{"value":1200,"unit":"kW"}}""", false)]
    [InlineData("""{"power":{"value":1200,"unit":"w"}}""", false)]
    [InlineData("""{"power":{"value":1200,"unit":1}}""", false)]
    [InlineData("""{"power":{"value":1200}}""", false)]
    public void Read_UnitInThePayload_MustBeTheExpectedOne(string payload, bool taken)
    {
        var field = new MqttField("t", Path("power.value"), Measurand.ActivePower, 1) { Unit = (Path("power.unit"), "W") };
        var content = Read(new([field], Period), payload);
        Assert.Equal(taken ? [] : ["CME-2514"], content.Faults.Select(f => f.Code));
        Assert.Equal(taken ? 1 : 0, content.Values.Count);
    }

    [Fact]
    public void Read_KeyTwice_IsNotGuessed() => Assert.Equal("CME-2511", Assert.Single(Read(Power("p"), """{"p":1,"p":2}""").Faults).Code);

    [Fact]
    public void Read_OneWrongValue_LeavesTheOthers()
    {
        var content = Read(MqttFormats.Zigbee2Mqtt("t", Period), """{"power":"12","energy":1.5,"voltage":null,"linkquality":255}""");
        Assert.Equal((Measurand.ActiveEnergyImport, 1500m), (Assert.Single(content.Values).Measurand, content.Values[0].Value));
        Assert.Equal("CME-2512", Assert.Single(content.Faults).Code);
    }

    [Fact]
    public void Read_DepthBeyond32_IsRefused() =>
        Assert.Equal("CME-2511", Assert.Single(Read(Power("a"), $"{new string('[', 33)}{new string(']', 33)}").Faults).Code);

    [Theory]
    [InlineData("a.b[0].c", """{"a":{"b":[{"c":7}]}}""")]
    [InlineData("[1]", "[0,7]")]
    [InlineData("em:0.total act", """{"em:0":{"total act":7}}""")]
    [InlineData("a[0][1]", """{"a":[[0,7]]}""")]
    public void Path_RightOne_Finds(string path, string payload) => Assert.Equal(7, Assert.Single(Read(Power(path), payload).Values).Value);

    [Theory]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a..b")]
    [InlineData("a[")]
    [InlineData("a[x]")]
    [InlineData("a[-1]")]
    [InlineData("a[0]b")]
    [InlineData("a[99999999999]")]
    public void Path_WrongOne_IsNamed(string path) => Assert.Equal("CME-2521", JsonPath.Parse(path).Error?.Code);

    [Fact]
    public void Read_AnyBytes_NeverThrows()
    {
        byte[] seed = Encoding.UTF8.GetBytes(Tasmota + """{"\ud800":"\ud800","Time":"\udfff"}""");
        var random = new Random(20261121);
        var map = MqttFormats.TasmotaSml("t", "SML", Period) with { Time = (Path("Time"), MqttTimeForm.Iso) };
        for (int i = 0; i < 20_000; i++)
        {
            byte[] payload = [.. seed.AsSpan(0, random.Next(seed.Length + 1))];
            for (int k = random.Next(6); k > 0 && payload.Length > 0; k--) payload[random.Next(payload.Length)] = (byte)random.Next(256);
            var content = MqttPayload.Read(map, "t", payload);
            Assert.True(content.Values.Count > 0 || content.Faults.Count > 0);
        }
    }

    [Theory]
    [InlineData("""{"SML":{"Power_curr":5,"Meter_Id":"\ud800"}}""")]
    [InlineData("""{"SML":{"Power_curr":5},"Time":"\ud800"}""")]
    public void Read_TextThatIsNoUnicode_IsAFault(string payload)
    {
        var map = MqttFormats.TasmotaSml("t", "SML", Period) with { Time = (Path("Time"), MqttTimeForm.Iso) };
        Assert.NotEmpty(Read(map, payload).Faults);
    }

    private static MqttContent Read(MqttMeterMap map, string payload) => MqttPayload.Read(map, "t", Encoding.UTF8.GetBytes(payload));

    private static MqttMeterMap One(Measurand measurand = Measurand.ActivePower) => new([new("t", JsonPath.Root, measurand, 1)], Period);

    private static MqttMeterMap Power(string path) => new([new("t", Path(path), Measurand.ActivePower, 1)], Period);

    private static JsonPath Path(string text) => JsonPath.Parse(text).GetValueOrThrow();
}
