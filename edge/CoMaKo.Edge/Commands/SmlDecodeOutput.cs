using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Edge.Commands;

/// <summary>Writes a decoded recording for machines or for people.</summary>
internal static class SmlDecodeOutput
{
    /// <summary>One JSON document as in <c>contracts/schemas/sml-decode.schema.json</c>.</summary>
    public static void WriteJson(SmlDecodeReport report, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("frames");
            foreach (var frame in report.Frames) WriteFrame(json, frame);
            json.WriteEndArray();
            json.WriteStartArray("diagnosis");
            foreach (var diagnosis in report.Diagnosis)
            {
                json.WriteStartObject();
                json.WriteString("code", diagnosis.Code);
                json.WriteString("text", diagnosis.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void WriteFrame(Utf8JsonWriter json, SmlDecodedFrame frame)
    {
        json.WriteStartObject();
        json.WriteNumber("offset", frame.Offset);
        json.WriteNumber("length", frame.Length);
        json.WriteString("transportCrc", SmlCrc.NameOf(frame.TransportCrc));
        json.WriteBoolean("accepted", frame.Accepted);
        json.WriteString("serverId", frame.ServerId);
        json.WriteStartArray("values");
        foreach (var value in frame.Values)
        {
            json.WriteStartObject();
            json.WriteString("obis", value.Obis);
            json.WriteString("value", value.Value);
            json.WriteString("unit", value.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A table for reading.</summary>
    public static void WriteTable(SmlDecodeReport report, TextWriter output)
    {
        foreach (var frame in report.Frames)
        {
            string verdict = frame.Accepted ? "accepted" : "REFUSED";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"frame at {frame.Offset}, {frame.Length} bytes, CRC {SmlCrc.NameOf(frame.TransportCrc)}, {verdict}, meter {frame.ServerId ?? "unknown"}"));
            foreach (var value in frame.Values) output.WriteLine($"  {value.Obis,-24} {value.Value,22} {value.Unit}".TrimEnd());
        }

        foreach (var diagnosis in report.Diagnosis) output.WriteLine($"{diagnosis.Code} {diagnosis.Text}");
    }
}
