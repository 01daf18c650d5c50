using System.Text.Json;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Hub.Market;

/// <summary>A balance group in the REST interface, as of a day; what <c>GET</c> answers may be <c>PUT</c> again.</summary>
/// <param name="Keys">Static methods: share of each consuming point in millionths, together 1 000 000. Ranked: its class from 1.</param>
/// <param name="ValidFrom">First day of this state; absent: from ever.</param>
internal sealed record GroupDocument(
    string Id, string Name, string? Eic, bool AllowsProfiles, IReadOnlyList<string> MeteringPoints, AllocationMethod? Allocation, IReadOnlyDictionary<string, long>? Keys,
    CtPerKwh? PriceCtPerKwh, CtPerKwh? FeeCtPerKwh, CtPerKwh? SurplusCtPerKwh, string? ValidFrom);

/// <summary>What of a balance group does not change by day.</summary>
internal sealed record GroupHead(string Id, string Title, string? Eic, bool AllowsProfiles)
{
    /// <summary>Reads it. Code: CMH-1659 EIC.</summary>
    /// <returns>Of no use if there are findings.</returns>
    public static GroupHead Read(JsonForm form, string id)
    {
        if (!JsonForm.IsId(id)) form.Add("id", "CMH-1606", JsonForm.IdForm);
        if (form.Text("id") is { } own && own != id) form.Add("id", "CMH-1606", "The id is another one than the path's.");
        return new GroupHead(id, form.Text("name", isRequired: true) ?? "", EicOf(form), form.Flag("allows_profiles") ?? false);
    }

    private static string? EicOf(JsonForm form)
    {
        if (form.Text("eic") is not { } text) return null;
        var parsed = EicCode.Parse(text);
        if (!parsed.Success) form.Add("eic", "CMH-1659", $"{parsed.Error.Text} ({parsed.Error.Code})");
        return text;
    }
}

/// <summary>A balance group from outside.</summary>
/// <param name="Keys">Absent: equal shares, or none with the dynamic method.</param>
/// <param name="ValidFrom">Absent: the current version is corrected.</param>
internal sealed record GroupForm(
    string Id, string Title, string? Eic, bool AllowsProfiles, IReadOnlyList<string> Points, AllocationMethod Method, IReadOnlyDictionary<string, long>? Keys, PriceTerms Price, int? ValidFrom)
{
    private const long DefaultPrice = 100_000;
    private const int MostPoints = 100_000;

    /// <summary>Reads it. Codes: CMH-1656 points, 1658 keys, 1659 EIC.</summary>
    /// <returns>Of no use if there are findings.</returns>
    public static GroupForm Read(JsonForm form, string id)
    {
        var head = GroupHead.Read(form, id);
        var read = new GroupForm(
            id, head.Title, head.Eic, head.AllowsProfiles, PointsOf(form),
            form.Word<AllocationMethod>("allocation") ?? AllocationMethod.Dynamic, KeysOf(form),
            new PriceTerms(form.Price("price_ct_per_kwh") ?? DefaultPrice, form.Price("fee_ct_per_kwh") ?? 0, form.Price("surplus_ct_per_kwh")), form.Day("valid_from"));
        if (read is { Method: AllocationMethod.Dynamic, Keys: not null }) form.Add("keys", "CMH-1658", "The dynamic method shares by consumption and has no keys.");
        if (read is { Method: AllocationMethod.Ranked, Keys: null }) form.Add("keys", "CMH-1658", "The ranked method needs each consuming point's class, from 1.");
        if (read.Price.Fee > read.Price.Internal) form.Add("fee_ct_per_kwh", "CMH-1608", "The fee is not above the price.");
        form.Close();
        return read;
    }

    private static List<string> PointsOf(JsonForm form)
    {
        var points = new List<string>();
        if (form.Any("metering_points", isRequired: true) is not { } list) return points;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostPoints)
        {
            form.Add("metering_points", "CMH-1605", "A list of ids of metering points is expected.");
            return points;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (item, i) in list.EnumerateArray().Select((item, i) => (item, i)))
        {
            string field = FormattableString.Invariant($"metering_points[{i}]");
            if (item.ValueKind != JsonValueKind.String) form.Add(field, "CMH-1605", "An id is expected.");
            else if (!seen.Add(item.GetString()!)) form.Add(field, "CMH-1656", $"'{item.GetString()}' comes twice.");
            else points.Add(item.GetString()!);
        }

        return points;
    }

    private static Dictionary<string, long>? KeysOf(JsonForm form)
    {
        if (form.Any("keys") is not { } map) return null;
        var keys = new Dictionary<string, long>(StringComparer.Ordinal);
        if (map.ValueKind != JsonValueKind.Object)
        {
            form.Add("keys", "CMH-1605", "An object of metering points and their shares is expected.");
            return keys;
        }

        foreach (var member in map.EnumerateObject())
        {
            if (form.Number($"keys.{member.Name}", member.Value, 0, 0, 1_000_000) is { } weight && !keys.TryAdd(member.Name, weight)) form.Add($"keys.{member.Name}", "CMH-1603", "The member comes twice.");
        }

        return keys;
    }
}
