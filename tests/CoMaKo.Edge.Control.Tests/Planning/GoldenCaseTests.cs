using System.Text.Json;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Planning;

/// <summary>Problems that others have solved: GLPK on real prices, and the dispatch cases of another project as far as they have our terms.</summary>
public sealed class GoldenCaseTests
{
    [RequiresTheory(Peer.SharedData, Peer.Glpsol)]
    [InlineData("dispatch_small_example.lp", 1, 0.519474, 1e-6)]
    [InlineData("dispatch_192_real_prices.lp", 0.25, 1.472586162, 1e-9)]
    public void Plan_LinearProgrammeInAFile_CostsWhatGlpsolFinds(string file, double hours, double expected, double tolerance)
    {
        string path = Path.Combine(Repository.Shared, "data", "timeseries", file);
        var plan = new ConvexSolver().Plan(LpProblem.Read(File.ReadAllText(path), hours));

        Assert.Equal(expected, plan.Cost, tolerance);
        // glpsol writes nine digits.
        Assert.Equal(Glpsol.SolveFile(path, seconds: 60).Objective, plan.Cost, 1e-9 * Math.Max(1, Math.Abs(plan.Cost)) + 1e-9);
        Assert.True(plan.KeepsLimits);
    }

    /// <summary>Money of the expected schedule, not the reported objective, which has terms that are no money.</summary>
    [RequiresTheory(Peer.SharedData)]
    [InlineData("014-grid-import-limit-violation.json", 1, null)]
    [InlineData("015-low-soc-initial.json", 0, -5.885421)]
    [InlineData("022-feed-in-cap-recovery.json", 0, 200.38)]
    public void Plan_DispatchCaseOfAnotherProject_EarnsWhatItsScheduleEarns(string file, int battery, double? earned)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Shared, "data", "timeseries", "evcc-optimizer", file)));
        var (request, response) = (document.RootElement.GetProperty("request"), document.RootElement.GetProperty("expected_response"));
        double expected = Money(request, response, battery);

        var plan = new Planner().Plan(ReadRequest(request, battery));

        if (earned is { } value) Assert.Equal(value, expected, 1e-6);
        Assert.Equal(expected, -plan.Cost, 1e-5 * Math.Max(1, Math.Abs(expected)));
    }

    private static double Money(JsonElement request, JsonElement response, int battery)
    {
        double[] Series(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(e => e.GetDouble())];
        var prices = request.GetProperty("time_series");
        double spent = Series(response, "grid_import").Zip(Series(prices, "p_N"), (energy, price) => energy * price).Sum();
        // Import beyond the cap is told apart there.
        if (response.TryGetProperty("grid_import_overshoot", out var over) && over.GetArrayLength() > 0)
            spent += Series(response, "grid_import_overshoot").Zip(Series(prices, "p_N"), (energy, price) => energy * price).Sum();
        double sold = Series(response, "grid_export").Zip(Series(prices, "p_E"), (energy, price) => energy * price).Sum();
        double left = Series(response.GetProperty("batteries")[battery], "state_of_charge")[^1] * request.GetProperty("batteries")[battery].GetProperty("p_a").GetDouble();
        return sold - spent + left;
    }

    /// <summary>Wh, W and currency per Wh become kWh, kW and currency per kWh.</summary>
    private static PlanningProblem ReadRequest(JsonElement request, int index)
    {
        var (series, b) = (request.GetProperty("time_series"), request.GetProperty("batteries")[index]);
        double[] Series(string name, double factor) => [.. series.GetProperty(name).EnumerateArray().Select(e => e.GetDouble() * factor)];
        double Number(string name, double factor) => b.GetProperty(name).GetDouble() * factor;
        bool May(string name) => b.TryGetProperty(name, out var e) && e.GetBoolean();
        double[] hours = Series("dt", 1 / 3600.0);
        double[] load = [.. Series("gt", 1e-3).Zip(hours, (energy, h) => energy / h)], pv = [.. Series("ft", 1e-3).Zip(hours, (energy, h) => energy / h)];
        double?[] caps = [Cap("p_max_imp"), Cap("p_max_exp")];
        double? Cap(string name) => request.TryGetProperty("grid", out var grid) && grid.TryGetProperty(name, out var cap) ? cap.GetDouble() / 1000 : null;
        double[]? All(double? value) => value is { } number ? [.. hours.Select(_ => number)] : null;
        return new()
        {
            StepHours = hours, Load = load, Pv = pv, ImportPrice = Series("p_N", 1000), ExportPrice = Series("p_E", 1000),
            GridImportMax = All(caps[0]), GridExportMax = All(caps[1]),
            DischargeMax = May("discharge_to_grid") ? null : [.. load.Zip(pv, (l, g) => Math.Max(0, l - g))],
            ChargeMax = May("charge_from_grid") ? null : [.. load.Zip(pv, (l, g) => Math.Max(0, g - l))],
            Battery = new(
                Number("s_min", 1e-3), Number("s_max", 1e-3), Number("s_initial", 1e-3), Number("c_max", 1e-3), Number("d_max", 1e-3),
                request.GetProperty("eta_c").GetDouble(), request.GetProperty("eta_d").GetDouble(), 0, Number("p_a", 1000)),
        };
    }
}
