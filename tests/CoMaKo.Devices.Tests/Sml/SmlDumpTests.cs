using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Sml;

/// <summary>Recordings of real meters, which are not part of the repository.</summary>
public sealed class SmlDumpTests
{
    public static TheoryData<string> Dumps => [.. Names(SmlRun.Dumps)];

    public static TheoryData<string> Synthetic => [.. Names(Path.Combine(SmlRun.Dumps, "synthetic"))];

    private static IEnumerable<string> Names(string folder) => Directory.Exists(folder)
        ? Directory.GetFiles(folder, "*.bin").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)
        : ["(absent)"];

    [RequiresTheory(Peer.SharedData)]
    [MemberData(nameof(Dumps))]
    public void Decoder_RealDump_GivesExactlyTheExpectedValues(string name)
    {
        var expected = SmlRun.Json(Path.Combine(SmlRun.Dumps, "expected", name + ".json")).GetProperty("frames").EnumerateArray().Where(IsAccepted).Select(Text);

        var frames = SmlRun.Decode(File.ReadAllBytes(Path.Combine(SmlRun.Dumps, name + ".bin"))).Where(s => s.Accepted)
            .Select(s => $"{s.Offset}+{s.Length} {s.TransportCrc} {s.Values}");

        Assert.Equal(expected, frames);
    }

    [RequiresTheory(Peer.SharedData)]
    [MemberData(nameof(Synthetic))]
    public void Decoder_SyntheticFile_GivesExactlyTheExpectedValues(string name)
    {
        var expected = SmlRun.Json(Path.Combine(SmlRun.Dumps, "synthetic", "expected.json")).GetProperty(name);

        var frames = SmlRun.Decode(File.ReadAllBytes(Path.Combine(SmlRun.Dumps, "synthetic", name + ".bin"))).Where(s => s.Accepted).ToList();

        Assert.Equal(expected.GetProperty("crc").EnumerateArray().Select(c => c.GetString()), frames.Select(f => f.TransportCrc));
        Assert.Equal(expected.GetProperty("values").EnumerateArray().Select(Values), frames.Select(f => f.Values));
    }

    private static bool IsAccepted(JsonElement frame) => frame.TryGetProperty("accepted", out var accepted) && accepted.GetBoolean();

    private static string Text(JsonElement frame)
    {
        string values = frame.TryGetProperty("values", out var entries) ? Values(entries) : string.Join(' ', frame.GetProperty("messages").EnumerateArray()
            .Where(m => m.TryGetProperty("values", out _)).Select(m => Values(m.GetProperty("values"))));
        return $"{frame.GetProperty("offset")}+{frame.GetProperty("length")} {frame.GetProperty("transportCrc")} {values}";
    }

    private static string Values(JsonElement entries) => string.Join(' ', entries.EnumerateArray().Where(IsNumeric)
        .Select(v => $"{v.GetProperty("obis")}={SmlRun.Plain((v.TryGetProperty("valueCorrected", out var corrected) ? corrected : v.GetProperty("value")).GetString()!)}{Unit(v)}"));

    private static bool IsNumeric(JsonElement entry) =>
        entry.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String
        && !(entry.TryGetProperty("type", out var type) && type.GetString() is "oct" or "opt");

    private static string? Unit(JsonElement entry) => entry.TryGetProperty("unit", out var unit) ? unit.GetString() : null;
}
