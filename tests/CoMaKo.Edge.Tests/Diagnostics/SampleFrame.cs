using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>A short frame in the manner of SML with three values, and what it means. The codec has its own tests; here only the picture counts.</summary>
internal sealed class SampleFrame : IFrameExplainer
{
    private static readonly (ObisCode Obis, byte Unit, sbyte Scaler, byte[] Value, NumberForm Form, decimal Raw, decimal Factor, string UnitName)[] Entries =
    [
        (ObisCode.ActiveEnergyImport, 0x1E, -1, [0x69, 0, 0, 0, 0, 0x02, 0xDF, 0xAF, 0xD7], NumberForm.Signed, 48_213_127, 0.1m, "Wh"),
        (ObisCode.ActiveEnergyExport, 0x1E, -1, [0x69, 0, 0, 0, 0, 0x04, 0x3C, 0x34, 0x57], NumberForm.Signed, 71_054_431, 0.1m, "Wh"),
        (ObisCode.ActivePower, 0x1B, 0, [0x55, 0xFF, 0xFF, 0xFB, 0x28], NumberForm.Signed, -1240, 1, "W"),
    ];

    private readonly List<FrameField> fields = [];

    public SampleFrame()
    {
        var bytes = new List<byte>();
        Add(bytes, [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1], FrameFieldMeaning.Framing);
        bytes.AddRange([0x76, 0x05, 0x01, 0x02, 0x03, 0x04]);
        Add(bytes, [0x0B, 0x0A, 0x01, 0x49, 0x53, 0x41, 0, 0, 0, 0, 0x2A], FrameFieldMeaning.ServerId, text: "0a01495341000000002a");
        foreach (var entry in Entries)
        {
            bytes.Add(0x77);
            Add(bytes, [7, entry.Obis.A, entry.Obis.B, entry.Obis.C, entry.Obis.D, entry.Obis.E, entry.Obis.F], FrameFieldMeaning.Register, entry.Obis);
            Add(bytes, [0x65, 0, 0x1C, 0x81, 4], FrameFieldMeaning.Status, entry.Obis, "0x1C8104");
            bytes.Add(1);
            Add(bytes, [0x62, entry.Unit], FrameFieldMeaning.Unit, entry.Obis, entry.UnitName);
            Add(bytes, [0x52, (byte)entry.Scaler], FrameFieldMeaning.Scaler, entry.Obis);
            Add(bytes, entry.Value, FrameFieldMeaning.Value, entry.Obis);
            fields[^1] = fields[^1] with { Calculation = new(entry.Form, (entry.Value.Length - 1) * 8, entry.Raw, entry.Factor, entry.Raw * entry.Factor, entry.UnitName) };
            bytes.Add(1);
        }

        Add(bytes, [0x1B, 0x1B, 0x1B, 0x1B, 0x1A, 0], FrameFieldMeaning.Framing);
        Add(bytes, [0xCA, 0x7F], FrameFieldMeaning.Checksum);
        Bytes = [.. bytes];
    }

    public byte[] Bytes { get; }

    public FrameField Power => fields.Single(entry => entry.Calculation is { Unit: "W" });

    public FrameExplanation Explain(CapturedFrame frame)
    {
        if (frame.Bytes.Length < Bytes.Length) return new FrameExplanation(null, []);
        var received = frame.Bytes.Span[^2..];
        return new FrameExplanation(new FrameChecksum((ushort)(received[0] << 8 | received[1]), 0xCA7F), fields);
    }

    private void Add(List<byte> bytes, byte[] content, FrameFieldMeaning meaning, ObisCode? obis = null, string? text = null)
    {
        fields.Add(new FrameField(bytes.Count, content.Length, meaning) { Obis = obis, Text = text });
        bytes.AddRange(content);
    }
}
