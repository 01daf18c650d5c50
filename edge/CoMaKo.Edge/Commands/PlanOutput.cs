using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Commands;

/// <summary>Writes a plan, or why there is none, for machines or for people.</summary>
internal static class PlanOutput
{
    /// <summary>One JSON document as in <c>contracts/schemas/plan.schema.json</c>.</summary>
    public static void WriteJson(PlanningProblem problem, Plan plan, TextWriter output) => Write(output, json =>
    {
        json.WriteNumber("cost", plan.Cost);
        Write(json, "charge", plan.Charge);
        Write(json, "discharge", plan.Discharge);
        Write(json, "gridImport", plan.GridImport);
        Write(json, "gridExport", plan.GridExport);
        Write(json, "curtailed", plan.Curtailed);
        Write(json, "soc", plan.Stored);
        Write(json, "value", plan.Value);
        json.WriteStartArray("reason");
        foreach (var (reason, step) in ScheduleReasons.Of(problem, plan)) json.WriteStringValue(PlanReasonText.Of(reason, step));
        json.WriteEndArray();
    });

    public static void WriteFindings(IReadOnlyList<Finding> findings, TextWriter output) => Write(output, json =>
    {
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("path", finding.Path);
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>A table for reading: powers in kW, prices and values in ct/kWh.</summary>
    public static void WriteTable(PlanningProblem problem, Plan plan, TextWriter output)
    {
        output.WriteLine(" step  hours    load      pv  buy ct  sell ct  charge  disch.  import  export  curt.      soc  value ct");
        for (int t = 0; t < plan.Charge.Length; t++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{t,5} {problem.StepHours[t],6:F3} {problem.Load[t],7:F3} {problem.Pv[t],7:F3} {100 * problem.ImportPrice[t],7:F2} {100 * problem.ExportPrice[t],8:F2} {plan.Charge[t],7:F3} {plan.Discharge[t],7:F3} {plan.GridImport[t],7:F3} {plan.GridExport[t],7:F3} {plan.Curtailed[t],6:F3} {plan.Stored[t],8:F3} {100 * plan.Value[t],9:F2}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cost {plan.Cost:F6} EUR"));
    }

    private static void Write(Utf8JsonWriter json, string name, double[] values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static void Write(TextWriter output, Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
