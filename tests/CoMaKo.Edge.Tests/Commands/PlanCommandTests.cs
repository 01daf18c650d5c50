using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Edge.Commands;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Commands;

public sealed class PlanCommandTests
{
    private const string Example = """
        {"stepHours":[1,1,1,1,1,1],"load":[1,1,1.5,2,4,3],"pv":[0,0,4,5,0,0],"importPrice":[0.20,0.18,0.30,0.30,0.42,0.38],"exportPrice":[0.07,0.07,0.07,0.07,0.07,0.07],
        "battery":{"eMin":0,"eMax":10,"e0":2,"pCharge":5,"pDischarge":5,"etaCharge":0.95,"etaDischarge":0.95,"wear":0.02,"terminalValue":0.20}}
        """;

    [Fact]
    public void Plan_WorkedExampleAsProcess_IsTheOptimumAndFitsTheSchema()
    {
        string path = Write(Example);
        var start = RunningProcess.Describe("CoMaKo.Edge", "comako-edge", "plan", "--problem", path, "--json");
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        using var plan = JsonDocument.Parse(output);
        Assert.Empty(JsonSchema.Read("plan.schema.json").Check(plan.RootElement));
        Assert.Equal(0.519474, plan.RootElement.GetProperty("cost").GetDouble(), 1e-6);
        Assert.Equal(2.6316, plan.RootElement.GetProperty("soc")[5].GetDouble(), 5e-5);
        File.Delete(path);
    }

    [Fact]
    public void Plan_WorkedExample_SaysWhyInEachStep()
    {
        using var plan = JsonDocument.Parse(Run(Example, "--json").Output);
        string[] reasons = [.. plan.RootElement.GetProperty("reason").EnumerateArray().Select(r => r.GetString()!)];

        Assert.Equal(6, reasons.Length);
        Assert.StartsWith("Keeps its charge", reasons[0], StringComparison.Ordinal);
        Assert.Equal("Charges 2.92 kW from the grid because a kWh costs 18 ct now and 42 ct in step 4.", reasons[1]);
        Assert.Equal("Charges 2.5 kW because surplus earns 7 ct now and saves 42 ct in step 4.", reasons[2]);
        Assert.All(reasons[4..], r => Assert.StartsWith("Gives ", r, StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_ChargeBelowTheWindow_SaysThatThisIsWhyItBuys()
    {
        const string below = """
            {"stepHours":[0.1,0.25],"load":[1,1],"pv":[0,0],"importPrice":[0.4,0.3],"exportPrice":[0.08,0.08],
            "battery":{"eMin":1,"eMax":9,"e0":0.5,"pCharge":5,"pDischarge":5,"etaCharge":0.95,"etaDischarge":0.95,"wear":0.02,"terminalValue":0.1}}
            """;
        using var plan = JsonDocument.Parse(Run(below, "--json").Output);
        Assert.Equal("Charges 5 kW because less than 1 kWh is stored, which must be kept.", plan.RootElement.GetProperty("reason")[0].GetString());
    }

    [Fact]
    public void Plan_AllKeys_FitTheSchemaOfTheProblem()
    {
        const string all = """
            {"stepHours":[0.1,0.25],"load":[1,1],"pv":[0,2],"importPrice":[0.3,-0.1],"exportPrice":[0.07,-0.02],
            "battery":{"eMin":1,"eMax":10,"e0":0.5,"pCharge":5,"pDischarge":5,"etaCharge":0.95,"etaDischarge":1,"wear":0,"terminalValue":0.2,"selfDischarge":0.001},
            "gridImportMax":[9,9],"gridExportMax":5,"curtailable":[true,false],"chargeMax":4,"dischargeMax":[4,0],"storedMin":[0,2],"storedMax":9,
            "coopImport":{"price":0.1,"power":[1,1]},"coopExport":{"price":[0.1,0.1],"power":1},"demand":{"price":3,"free":1},"terminalAbove":{"stored":5,"value":0.1}}
            """;
        using var document = JsonDocument.Parse(all);

        Assert.Empty(JsonSchema.Read("planning-problem.schema.json").Check(document.RootElement));
        Assert.Equal(0, Run(all, "--json").Exit);
    }

    [Theory]
    [InlineData("", "CME-2101 $")]
    [InlineData("[]", "CME-2105 $")]
    [InlineData("null", "CME-2105 $")]
    [InlineData("{\"a\":NaN}", "CME-2101 $")]
    [InlineData("{} trailing", "CME-2101 $")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "CME-2101 $")]
    [InlineData("{\"\\ud800\":1}", "CME-2102", "CME-2104 load")]
    [InlineData("{\"stepHours\":[],\"load\":[],\"pv\":[],\"importPrice\":[],\"exportPrice\":[],\"battery\":{}}", "CME-2107 stepHours", "CME-2104 battery.eMin", "CME-2104 battery.terminalValue")]
    public void Plan_NoProblem_IsAFinding(string json, params string[] expected) => AssertRefused(json, expected);

    [Theory]
    [InlineData("load", "[1,1,1.5,2,4]", "CME-2107 load")]
    [InlineData("load", "[1,1,1.5,2,4,\"3\"]", "CME-2105 load[5]")]
    [InlineData("load", "[1,1,1.5,2,4,null]", "CME-2105 load[5]")]
    [InlineData("load", "[1,1,1.5,2,4,[3]]", "CME-2105 load[5]")]
    [InlineData("load", "[1,1,1.5,2,4,-3]", "CME-2106 load[5]")]
    [InlineData("load", "[1,1,1.5,2,4,1e999]", "CME-2106 load[5]")]
    [InlineData("load", "3", "CME-2105 load")]
    [InlineData("load", "null", "CME-2105 load")]
    [InlineData("pv", "{}", "CME-2105 pv")]
    [InlineData("stepHours", "[1,1,1,1,1,-1]", "CME-2106 stepHours[5]")]
    [InlineData("stepHours", "[0,1,1,1,1,1]", "CME-2106 stepHours[0]")]
    [InlineData("stepHours", "6", "CME-2105 stepHours")]
    [InlineData("importPrice", "[0.2,0.2,0.2,0.2,0.2,true]", "CME-2105 importPrice[5]")]
    [InlineData("exportPrice", "[0.2,0.2,0.2,0.2,0.2,-1e300]", "CME-2106 exportPrice[5]")]
    [InlineData("battery", "[]", "CME-2105 battery")]
    [InlineData("gridImportMax", "[9,9,9]", "CME-2107 gridImportMax")]
    [InlineData("gridImportMax", "-1", "CME-2106 gridImportMax")]
    [InlineData("gridExportMax", "\"9\"", "CME-2105 gridExportMax")]
    [InlineData("curtailable", "\"yes\"", "CME-2105 curtailable")]
    [InlineData("curtailable", "[true]", "CME-2107 curtailable")]
    [InlineData("coopImport", "{\"price\":0.1}", "CME-2104 coopImport.power")]
    [InlineData("demand", "{\"free\":1}", "CME-2104 demand.price")]
    [InlineData("gridimportMax", "5", "CME-2102 gridimportMax")]
    [InlineData("gridImportMax", "3", "CME-2110 gridImportMax[4]")]
    [InlineData("gridExportMax", "0", "CME-2110 gridExportMax[2]")]
    public void Plan_OneWrongValue_IsNamed(string key, string value, string expected)
    {
        var problem = JsonNode.Parse(Example)!.AsObject();
        problem.Remove(key);
        if (expected.Contains("gridImportMax[4]", StringComparison.Ordinal)) problem["load"]![4] = 9;
        if (expected.Contains("gridExportMax[2]", StringComparison.Ordinal)) problem["battery"]!["e0"] = 10;
        string text = problem.ToJsonString();

        AssertRefused($"{text[..^1]},\"{key}\":{value}}}", expected);
    }

    [Theory]
    [InlineData("eMin", "11", "CME-2108 battery.eMin")]
    [InlineData("eMin", "-1", "CME-2106 battery.eMin")]
    [InlineData("etaCharge", "0", "CME-2106 battery.etaCharge")]
    [InlineData("etaDischarge", "1.01", "CME-2106 battery.etaDischarge")]
    [InlineData("wear", "-0.1", "CME-2106 battery.wear")]
    [InlineData("e0", "null", "CME-2105 battery.e0")]
    [InlineData("pCharge", "-5", "CME-2106 battery.pCharge")]
    [InlineData("capacity", "10", "CME-2102 battery.capacity")]
    [InlineData("selfDischarge", "1", "CME-2108 battery.selfDischarge")]
    public void Plan_OneWrongValueOfTheBattery_IsNamed(string key, string value, string expected)
    {
        var problem = JsonNode.Parse(Example)!.AsObject();
        problem["battery"]![key] = JsonNode.Parse(value);

        AssertRefused(problem.ToJsonString(), expected);
    }

    [Fact]
    public void Plan_DoubledKeysAndMissingOnes_AreAllNamedAtOnce() =>
        AssertRefused("""{"load":[1],"load":[2],"battery":{"eMin":0,"eMin":1}}""", "CME-2103 load", "CME-2103 battery.eMin", "CME-2104 stepHours", "CME-2104 pv", "CME-2104 importPrice", "CME-2104 battery.e0");

    [Theory]
    [InlineData(100_000)]
    [InlineData(36_000)]
    public void Plan_TooManySteps_IsAFinding(int steps)
    {
        string array = $"[{string.Join(',', Enumerable.Repeat("1", steps))}]";

        AssertRefused($"{{\"stepHours\":{array},\"load\":{array},\"pv\":{array},\"importPrice\":{array},\"exportPrice\":{array},\"battery\":{{}}}}", "CME-2111 stepHours", "CME-2104 battery.eMin");
    }

    [Fact]
    public void Plan_FileOfManyMegabytes_IsAFinding() => AssertRefused(new string('[', 9_000_000), "CME-2101 $");

    [Theory]
    [InlineData("\"eMax\":10", "\"eMax\":0")]
    [InlineData("\"pCharge\":5", "\"pCharge\":0")]
    [InlineData("\"pDischarge\":5", "\"pDischarge\":0")]
    [InlineData("\"e0\":2", "\"e0\":12")]
    [InlineData("\"eMin\":0", "\"eMin\":3")]
    [InlineData("\"exportPrice\":[0.07", "\"curtailable\":true,\"exportPrice\":[0.99")]
    [InlineData("\"importPrice\":[0.20", "\"importPrice\":[-0.50")]
    [InlineData("\"importPrice\":[0.20", "\"gridExportMax\":3,\"gridImportMax\":null,\"importPrice\":[-0.50")]
    public void Plan_UnusualButLegal_KeepsItsEquations(string part, string by)
    {
        string json = Example.Replace(part, by, StringComparison.Ordinal);
        Assert.NotEqual(Example, json);

        var (exit, output, error) = Run(json, "--json");

        Assert.Equal((0, ""), (exit, error));
        AssertBalanced(JsonNode.Parse(json)!, JsonNode.Parse(output)!);
    }

    [Fact]
    public void Plan_MissingFile_SaysSoAndExits2()
    {
        var parsed = PlanCommand.Create().Parse(["--problem", "no-such-problem.json", "--json"]);
        var error = new StringWriter();
        int exit = parsed.Invoke(new() { Output = TextWriter.Null, Error = error });

        Assert.Equal(2, exit);
        Assert.StartsWith("CME-2100 no-such-problem.json: cannot be read:", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_AsTable_IsReadable()
    {
        var (exit, output, _) = Run(Example);

        Assert.Equal(0, exit);
        Assert.Contains("    1  1.000   1.000   0.000   18.00     7.00   2.921   0.000   3.921   0.000  0.000    4.775", output, StringComparison.Ordinal);
        Assert.Contains("cost 0.519474 EUR", output, StringComparison.Ordinal);
    }

    private static void AssertBalanced(JsonNode problem, JsonNode plan)
    {
        var battery = problem["battery"]!;
        double At(JsonNode node, string key, int t) => node[key]![t]!.GetValue<double>();
        double stored = battery["e0"]!.GetValue<double>(), cost = 0;
        for (int t = 0; t < 6; t++)
        {
            double charge = At(plan, "charge", t), discharge = At(plan, "discharge", t), bought = At(plan, "gridImport", t), sold = At(plan, "gridExport", t);
            Assert.Equal(At(problem, "load", t), bought - sold + At(problem, "pv", t) - At(plan, "curtailed", t) + discharge - charge, 1e-9);
            stored += 0.95 * charge - discharge / 0.95;
            Assert.Equal(stored, At(plan, "soc", t), 1e-9);
            Assert.True(Math.Min(charge, discharge) == 0 && Math.Min(bought, sold) == 0);
            Assert.InRange(charge, 0, battery["pCharge"]!.GetValue<double>());
            Assert.InRange(discharge, 0, battery["pDischarge"]!.GetValue<double>());
            cost += At(problem, "importPrice", t) * bought - At(problem, "exportPrice", t) * sold + 0.02 * discharge;
        }

        Assert.Equal(cost - 0.2 * stored, plan["cost"]!.GetValue<double>(), 1e-9);
    }

    private static void AssertRefused(string json, params string[] expected)
    {
        var (exit, output, error) = Run(json, "--json");

        Assert.Equal((1, ""), (exit, error));
        using var document = JsonDocument.Parse(output);
        Assert.Empty(JsonSchema.Read("plan.schema.json").Check(document.RootElement));
        var found = document.RootElement.GetProperty("findings").EnumerateArray().Select(f => $"{f.GetProperty("code").GetString()} {f.GetProperty("path").GetString()}").ToList();
        foreach (string finding in expected) Assert.Contains(found, f => f.StartsWith(finding, StringComparison.Ordinal));
        if (expected.Length == 1) Assert.Single(found);
        var (exitOfText, _, errorOfText) = Run(json);
        Assert.Equal(1, exitOfText);
        Assert.Contains(expected[0], errorOfText, StringComparison.Ordinal);
    }

    private static (int Exit, string Output, string Error) Run(string json, params string[] arguments)
    {
        string path = Write(json);
        try
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            int exit = PlanCommand.Create().Parse(["--problem", path, .. arguments]).Invoke(new() { Output = output, Error = error });
            return (exit, output.ToString(), error.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Write(string json)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, json);
        return path;
    }
}
