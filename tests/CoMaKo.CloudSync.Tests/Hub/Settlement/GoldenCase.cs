using System.Text.Json;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>A file of <c>CoMaKo.Settlement.Tests/peers/settle.py</c>: the input of a settlement and what it must come to, computed in another language.</summary>
internal sealed class GoldenCase(JsonElement root)
{
    private const string Letters = ".PMSCF"; // as ValueStatus counts

    public JsonElement Expected => root.GetProperty("expected");

    public LocalDate From => Day(root, "from")!.Value;

    public LocalDate To => Day(root, "to")!.Value;

    public static GoldenCase Read(string name) =>
        new(JsonDocument.Parse(File.ReadAllText(Repository.At("tests", "CoMaKo.Settlement.Tests", "peers", "golden", name + ".json"))).RootElement);

    public static ValueStatus StatusOf(char letter) => (ValueStatus)Letters.IndexOf(letter, StringComparison.Ordinal);

    public GroupTerms Terms(string group) => new(
        group, [.. Items("points").Select(each => new SettlementPoint(Text(each, "id"), Enum.Parse<PointDirections>(Text(each, "directions"), ignoreCase: true)))],
        [.. Items("memberships").Select(each => new Membership(Text(each, "point"), Day(each, "from")!.Value, Day(each, "to")))],
        [.. Items("keys").Select(each => new KeyVersion(Day(each, "from"), Enum.Parse<AllocationMethod>(Text(each, "method").Replace("_", "", StringComparison.Ordinal), ignoreCase: true), each.GetProperty("weights").EnumerateObject().ToDictionary(key => key.Name, key => key.Value.GetInt64())))],
        [.. Items("prices").Select(each => new PriceVersion(Day(each, "from"), each.GetProperty("internal").GetInt64(), Long(each, "fee") ?? 0, Long(each, "surplus")))]);

    public IEnumerable<(string Point, EnergyDirection Direction, LocalDate Day, long[] Wh, ValueStatus[] Status)> Series() => Items("series").Select(each => (
        Text(each, "point"), Enum.Parse<EnergyDirection>(Text(each, "direction"), ignoreCase: true), Day(each, "day")!.Value,
        each.GetProperty("wh").EnumerateArray().Select(wh => wh.GetInt64()).ToArray(), Text(each, "status").Select(StatusOf).ToArray()));

    private static string Text(JsonElement each, string name) => each.GetProperty(name).GetString()!;

    private static long? Long(JsonElement each, string name) => each.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static LocalDate? Day(JsonElement each, string name) => each.TryGetProperty(name, out var value) ? LocalDatePattern.Iso.Parse(value.GetString()!).Value : null;

    private IEnumerable<JsonElement> Items(string name) => root.GetProperty(name).EnumerateArray();
}
