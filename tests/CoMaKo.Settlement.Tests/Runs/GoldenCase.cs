using System.Text.Json;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>One file that <c>peers/settle.py</c> computed: input and what it must come to.</summary>
internal sealed class GoldenCase(JsonElement root)
{
    private static readonly Dictionary<char, ValueStatus> Statuses = new()
    {
        ['.'] = ValueStatus.Absent,
        ['P'] = ValueStatus.Preliminary,
        ['M'] = ValueStatus.Measured,
        ['S'] = ValueStatus.Substituted,
        ['C'] = ValueStatus.Corrected,
        ['F'] = ValueStatus.Faulty,
    };

    private static readonly Dictionary<string, AllocationMethod> Methods = new()
    {
        ["static"] = AllocationMethod.Static,
        ["static_redistributed"] = AllocationMethod.StaticRedistributed,
        ["dynamic"] = AllocationMethod.Dynamic,
        ["ranked"] = AllocationMethod.Ranked,
    };

    public static string Folder { get; } = Repository.At("tests", "CoMaKo.Settlement.Tests", "peers", "golden");

    public JsonElement Root => root;

    public LocalDate From => Day(root, "from")!.Value;

    public LocalDate To => Day(root, "to")!.Value;

    public List<PriceVersion> Prices { get; } = [.. root.GetProperty("prices").EnumerateArray().Select(Price)];

    public Dictionary<(string Point, EnergyDirection Direction, LocalDate Day), (long[] Wh, ValueStatus[] Status)> Series { get; } = root.GetProperty("series").EnumerateArray().ToDictionary(
        each => (each.GetProperty("point").GetString()!, Direction(each.GetProperty("direction").GetString()!), Day(each, "day")!.Value),
        each => (each.GetProperty("wh").EnumerateArray().Select(wh => wh.GetInt64()).ToArray(), each.GetProperty("status").GetString()!.Select(letter => Statuses[letter]).ToArray()));

    public static GoldenCase Read(string name) => new(JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name + ".json"))).RootElement);

    public SettlementResult Settle()
    {
        var terms = new GroupTerms(
            "BK", [.. Items("points").Select(each => new SettlementPoint(each.GetProperty("id").GetString()!, Directions(each.GetProperty("directions").GetString()!)))],
            [.. Items("memberships").Select(each => new Membership(each.GetProperty("point").GetString()!, Day(each, "from")!.Value, Day(each, "to")))],
            [.. Items("keys").Select(each => new KeyVersion(Day(each, "from"), Methods[each.GetProperty("method").GetString()!], each.GetProperty("weights").EnumerateObject().ToDictionary(key => key.Name, key => key.Value.GetInt64())))],
            Prices);
        return SettlementRun.Settle(terms, From, To, Series.GroupBy(each => each.Key.Day).OrderBy(day => day.Key)
            .Select(day => new DayCurves(day.Key, [.. day.Select(each => new SeriesDay(each.Key.Point, each.Key.Direction, each.Value.Wh, each.Value.Status))])));
    }

    /// <summary>One change of a step of corrections.</summary>
    public void Change(JsonElement change)
    {
        if (change[0].GetString() == "put")
        {
            var (wh, status) = Series[(change[1].GetString()!, Direction(change[2].GetString()!), LocalDatePattern.Iso.Parse(change[3].GetString()!).Value)];
            wh[change[4].GetInt32()] = change[6].GetInt64();
            status[change[4].GetInt32()] = Statuses[change[5].GetString()![0]];
        }
        else if (change[1].ValueKind == JsonValueKind.Null)
        {
            Prices.RemoveAt(Prices.Count - 1);
        }
        else
        {
            Prices.Add(Price(change[1]));
        }
    }

    /// <summary>A line as the files write it.</summary>
    public static string Text(SettlementLine line) =>
        FormattableString.Invariant($"[{(int)line.Kind},\"{line.Point}\",\"{line.From:uuuu-MM-dd}\",\"{line.To:uuuu-MM-dd}\",{line.Wh},{line.Price},{line.Cents}]");

    public static string Text(OpenSlot open) =>
        FormattableString.Invariant($"[{open.Slot.StartUnixSeconds},{(int)open.Reason},{open.MissingSeries},{(open.FirstPoint is { } point ? $"\"{point}\"" : "null")}]");

    public static EnergyDirection Direction(string text) => text == "consumption" ? EnergyDirection.Consumption : EnergyDirection.Generation;

    public static (IReadOnlyList<CurveSegment> Segments, IReadOnlyList<CurveTotal> Totals) Register(JsonElement register)
    {
        var reasons = new Dictionary<string, SegmentReason> { ["commissioned"] = SegmentReason.Commissioned, ["meter_swapped"] = SegmentReason.MeterSwapped, ["resumed"] = SegmentReason.Resumed };
        List<CurveTotal> totals = [.. register.GetProperty("totals").EnumerateArray().Select(each => new CurveTotal(each[0].GetInt64(), each[1].GetInt64(), each[2].GetInt64(), Quality.Measured, false))];
        return ([.. register.GetProperty("segments").EnumerateArray().Select(each => new CurveSegment(
            Long(each, "segment")!.Value, Long(each, "opened")!.Value, Long(each, "opening")!.Value, reasons[each.GetProperty("reason").GetString()!], Long(each, "closed"), Long(each, "closing"),
            1_000_000, 1_000, false, totals.Where(total => total.Segment == Long(each, "segment")).Select(total => (long?)total.Wh).LastOrDefault()))], totals);
    }

    private IEnumerable<JsonElement> Items(string name) => root.GetProperty(name).EnumerateArray();

    private static PriceVersion Price(JsonElement each) => new(Day(each, "from"), Long(each, "internal")!.Value, Long(each, "fee") ?? 0, Long(each, "surplus"));

    private static PointDirections Directions(string text) => text switch { "consumption" => PointDirections.Consumption, "generation" => PointDirections.Generation, _ => PointDirections.Both };

    private static long? Long(JsonElement each, string name) => each.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    private static LocalDate? Day(JsonElement each, string name) => each.TryGetProperty(name, out var value) ? LocalDatePattern.Iso.Parse(value.GetString()!).Value : null;
}
