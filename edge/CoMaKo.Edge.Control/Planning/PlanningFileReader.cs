using System.Text.Json;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Turns a parsed document into a problem and collects what is wrong with it.</summary>
internal sealed class PlanningFileReader
{
    private static readonly string[] Keys =
    [
        "stepHours", "load", "pv", "importPrice", "exportPrice", "battery", "gridImportMax", "gridExportMax", "curtailable",
        "chargeMax", "dischargeMax", "storedMin", "storedMax", "coopImport", "coopExport", "demand", "terminalAbove",
    ];

    private static readonly string[] BatteryKeys =
        ["eMin", "eMax", "e0", "pCharge", "pDischarge", "etaCharge", "etaDischarge", "wear", "terminalValue", "selfDischarge"];

    private readonly JsonFields fields = new();
    private int steps;

    public IReadOnlyList<Finding> Findings => fields.Findings;

    /// <summary>The problem; absent if there are findings.</summary>
    public PlanningProblem? Read(JsonElement root)
    {
        if (fields.Object("$", root, Keys) is not { } keys) return null;
        double[] hours = StepHours(keys);
        double[] load = fields.Series("load", keys, steps, NumberRange.Power), pv = fields.Series("pv", keys, steps, NumberRange.Power);
        double[] import = fields.Series("importPrice", keys, steps, NumberRange.Price), export = fields.Series("exportPrice", keys, steps, NumberRange.Price);
        var battery = Battery(keys, hours);
        var problem = new PlanningProblem
        {
            StepHours = hours, Load = load, Pv = pv, ImportPrice = import, ExportPrice = export, Battery = battery,
            GridImportMax = fields.Limit("gridImportMax", keys, steps, NumberRange.Power),
            GridExportMax = fields.Limit("gridExportMax", keys, steps, NumberRange.Power),
            CurtailableMax = Curtailable(keys, pv),
            ChargeMax = fields.Limit("chargeMax", keys, steps, NumberRange.Power),
            DischargeMax = fields.Limit("dischargeMax", keys, steps, NumberRange.Power),
            StoredMin = fields.Limit("storedMin", keys, steps, NumberRange.Energy),
            StoredMax = fields.Limit("storedMax", keys, steps, NumberRange.Energy),
            CoopImport = Block("coopImport", keys),
            CoopExport = Block("coopExport", keys),
            Demand = Demand(keys),
            TerminalAbove = TerminalAbove(keys),
        };
        return Findings.Count == 0 ? problem : null;
    }

    private double[] StepHours(Dictionary<string, JsonElement> keys)
    {
        if (keys.TryGetValue("stepHours", out var element) && element.ValueKind == JsonValueKind.Array)
        {
            steps = element.GetArrayLength();
            if (steps == 0) fields.Add(PlanningCodes.WrongLength, "stepHours", "is empty; a plan has at least one step.");
            if (steps <= PlanningFile.MaxSteps) return fields.Series("stepHours", keys, steps, NumberRange.Hours);
            fields.Add(PlanningCodes.TooLarge, "stepHours", FormattableString.Invariant($"has {steps} steps; at most {PlanningFile.MaxSteps} are planned at once."));
            return [];
        }

        // Without steps the arrays are compared with the load, so that their own faults are still found.
        steps = keys.TryGetValue("load", out var load) && load.ValueKind == JsonValueKind.Array ? load.GetArrayLength() : 0;
        return fields.Series("stepHours", keys, steps, NumberRange.Hours);
    }

    private BatteryModel Battery(Dictionary<string, JsonElement> keys, double[] hours)
    {
        var b = fields.Child("battery", keys, BatteryKeys, isRequired: true);
        double eMin = fields.Number("battery.eMin", b, NumberRange.Energy), eMax = fields.Number("battery.eMax", b, NumberRange.Energy);
        var battery = new BatteryModel(
            eMin, eMax, fields.Number("battery.e0", b, NumberRange.Energy),
            fields.Number("battery.pCharge", b, NumberRange.Power), fields.Number("battery.pDischarge", b, NumberRange.Power),
            fields.Number("battery.etaCharge", b, NumberRange.Efficiency), fields.Number("battery.etaDischarge", b, NumberRange.Efficiency),
            fields.Number("battery.wear", b, NumberRange.Wear), fields.Number("battery.terminalValue", b, NumberRange.Price),
            fields.Number("battery.selfDischarge", b, NumberRange.Share, absent: 0));
        if (eMin > eMax) fields.Add(PlanningCodes.Contradiction, "battery.eMin", FormattableString.Invariant($"is {eMin}, more than eMax, {eMax}."));
        if (hours.Length > 0 && battery.SelfDischarge * hours.Max() >= 1)
            fields.Add(PlanningCodes.Contradiction, "battery.selfDischarge", "empties the battery within one step. It is the share that is lost per hour.");
        return battery;
    }

    /// <summary>A switch for all PV, a power for each step, or a switch for each step.</summary>
    private double[]? Curtailable(Dictionary<string, JsonElement> keys, double[] pv)
    {
        if (!keys.TryGetValue("curtailable", out var element) || element.ValueKind is JsonValueKind.Null or JsonValueKind.False) return null;
        if (element.ValueKind == JsonValueKind.True) return pv;
        if (element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(e => e.ValueKind is JsonValueKind.True or JsonValueKind.False)) return Switches(element, pv);
        if (element.ValueKind is JsonValueKind.Array or JsonValueKind.Number) return fields.Limit("curtailable", keys, steps, NumberRange.Power);
        fields.Add(PlanningCodes.WrongType, "curtailable", "is not true or false, nor a power in kW for each step.");
        return null;
    }

    private double[] Switches(JsonElement element, double[] pv)
    {
        double[] curtailable = new double[pv.Length];
        int length = element.GetArrayLength();
        if (length != steps) fields.Add(PlanningCodes.WrongLength, "curtailable", FormattableString.Invariant($"has {length} values for {steps} steps."));
        foreach (var (t, isCurtailable) in element.EnumerateArray().Take(pv.Length).Index()) curtailable[t] = isCurtailable.ValueKind == JsonValueKind.True ? pv[t] : 0;
        return curtailable;
    }

    private PriceBlock? Block(string key, Dictionary<string, JsonElement> keys)
    {
        var block = fields.Child(key, keys, ["price", "power"], isRequired: false);
        if (block is null) return null;
        double[]? price = fields.Limit($"{key}.price", block, steps, NumberRange.Price, isRequired: true);
        double[]? power = fields.Limit($"{key}.power", block, steps, NumberRange.Power, isRequired: true);
        return price is null || power is null ? null : new(price, power);
    }

    private DemandCharge? Demand(Dictionary<string, JsonElement> keys)
    {
        var demand = fields.Child("demand", keys, ["price", "free"], isRequired: false);
        return demand is null ? null : new(fields.Number("demand.price", demand, NumberRange.Wear), fields.Number("demand.free", demand, NumberRange.Power, absent: 0));
    }

    private TerminalStep? TerminalAbove(Dictionary<string, JsonElement> keys)
    {
        var step = fields.Child("terminalAbove", keys, ["stored", "value"], isRequired: false);
        return step is null ? null : new(fields.Number("terminalAbove.stored", step, NumberRange.Energy), fields.Number("terminalAbove.value", step, NumberRange.Price));
    }
}
