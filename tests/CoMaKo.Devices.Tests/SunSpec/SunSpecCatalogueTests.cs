using System.Text.Json;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.SunSpec;

/// <summary>Our offsets against the published model files.</summary>
public sealed class SunSpecCatalogueTests
{
    public static TheoryData<int> Models => new(1, 101, 102, 103, 111, 112, 113, 120, 121, 122, 123, 124, 160, 201, 202, 203, 204, 211, 212, 213, 214, 701, 702, 703, 704, 713, 802);

    [RequiresTheory(Peer.SharedData)]
    [MemberData(nameof(Models))]
    public void Points_PublishedModel_SameOffsetTypeAndScale(int id)
    {
        var published = Published(id);
        if (id == 1)
        {
            Assert.Equal([2, 18, 42, 50], ((string[])["Mn", "Md", "Vr", "SN"]).Select(name => published[name].Offset));
            return;
        }

        var model = SunSpecModel.Find(id)!;
        Assert.All(model.Points, point =>
        {
            var (offset, type, scale) = published.GetValueOrDefault(point.Name, published.GetValueOrDefault("P" + point.Name));
            Assert.Equal((point.Offset, point.ScaleOffset), (offset, scale));
            Assert.True(Fits(point.Type, type), $"{id} {point.Name}: {point.Type} is {type}");
        });
        Assert.All(model.Meaning.Values, name => Assert.Contains(model.Points, p => p.Name == name));
        Assert.InRange(model.NeededLength, 1, 125);
    }

    [RequiresFact(Peer.SharedData)]
    public void Modules_PublishedModel160_SamePlaceOfPower()
    {
        var module = Document(160).GetProperty("group").GetProperty("groups")[0].GetProperty("points").EnumerateArray().ToList();
        int offset = module.TakeWhile(p => p.GetProperty("name").GetString() != "DCW").Sum(p => p.GetProperty("size").GetInt32());

        Assert.Equal(SunSpecModules.Length, module.Sum(p => p.GetProperty("size").GetInt32()));
        Assert.Equal(SunSpecModules.FixedLength + SunSpecModules.Length + offset, SunSpecModules.Power(1).Offset);
        Assert.Equal(Published(160)["DCW_SF"].Offset, SunSpecModules.Power(0).ScaleOffset);
    }

    private static bool Fits(SunSpecType type, string published) => type switch
    {
        SunSpecType.S16 => published == "int16",
        SunSpecType.U16 => published is "uint16" or "count",
        SunSpecType.S32 => published == "int32",
        SunSpecType.U32 => published == "uint32",
        SunSpecType.U64 => published == "uint64",
        SunSpecType.F32 => published == "float32",
        SunSpecType.Acc32 => published == "acc32",
        SunSpecType.Acc64 => published == "acc64",
        SunSpecType.Enum16 => published is "enum16" or "bitfield16",
        SunSpecType.Enum32 => published is "enum32" or "bitfield32",
        _ => false,
    };

    private static Dictionary<string, (int Offset, string Type, int? Scale)> Published(int id)
    {
        var points = Document(id).GetProperty("group").GetProperty("points").EnumerateArray().ToList();
        var offsets = new Dictionary<string, int>();
        int at = 0;
        foreach (var point in points)
        {
            offsets.Add(point.GetProperty("name").GetString()!, at);
            at += point.GetProperty("size").GetInt32();
        }

        return points.ToDictionary(
            p => p.GetProperty("name").GetString()!,
            p => (offsets[p.GetProperty("name").GetString()!], p.GetProperty("type").GetString()!,
                p.TryGetProperty("sf", out var scale) && scale.ValueKind == JsonValueKind.String ? offsets[scale.GetString()!] : (int?)null));
    }

    private static JsonElement Document(int id) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Shared, "data", "sunspec", $"model_{id}.json"))).RootElement;
}
