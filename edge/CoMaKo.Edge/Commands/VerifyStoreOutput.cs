using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoMaKo.Edge.Storage;

namespace CoMaKo.Edge.Commands;

/// <summary>Writes what a check of the buffer found, for machines or for people.</summary>
internal static class VerifyStoreOutput
{
    /// <summary>One JSON document as in <c>contracts/schemas/verify-store.schema.json</c>.</summary>
    public static void WriteJson(StoreReport report, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", report.Findings.Count == 0);
            json.WriteString("epoch", report.Epoch?.ToString());
            json.WriteNumber("firstSequence", report.FirstSequence);
            json.WriteNumber("nextSequence", report.NextSequence);
            json.WriteNumber("acknowledgedSequence", report.AcknowledgedSequence);
            json.WriteNumber("records", report.Records);
            json.WriteNumber("damagedRecords", report.DamagedRecords);
            json.WriteStartArray("findings");
            foreach (var finding in report.Findings)
            {
                json.WriteStartObject();
                json.WriteString("code", finding.Code);
                json.WriteString("path", finding.Path);
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    /// <summary>A few lines for reading.</summary>
    public static void WriteText(StoreReport report, TextWriter output)
    {
        if (report.Epoch is { } epoch)
            output.WriteLine(FormattableString.Invariant($"epoch {epoch}, records {report.FirstSequence} to {report.NextSequence - 1}, acknowledged up to {report.AcknowledgedSequence}, {report.DamagedRecords} damaged"));
        foreach (var finding in report.Findings) output.WriteLine(finding.ToString());
        output.WriteLine(report.Findings.Count switch
        {
            0 => FormattableString.Invariant($"{report.Records} records read, all is well"),
            >= StoreVerification.MaxFindings => FormattableString.Invariant($"{report.Records} records read; only the first {StoreVerification.MaxFindings} findings are listed"),
            var count => FormattableString.Invariant($"{report.Records} records read, {count} findings"),
        });
    }
}
