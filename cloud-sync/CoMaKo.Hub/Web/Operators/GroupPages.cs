using System.Globalization;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators.Tables;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Settlement.Curves;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>A version of a balance group as its page shows it.</summary>
/// <param name="From">First day; absent: from ever.</param>
/// <param name="Price">Internal price in 1/10 000 ct per kWh, like fee and surplus price; absent: none.</param>
public sealed record GroupVersion(string? From, string? Method, int Members, IReadOnlyList<string> Joined, IReadOnlyList<string> Left, long? Price, long? Fee, long? Surplus, IReadOnlyList<(string Point, long Share)> Keys);

/// <summary>A balance group's page: its versions in time, and a new one by the same rules as <c>PUT /balance_groups/{id}</c>.</summary>
internal static class GroupPages
{
    /// <summary>So many points are typed; those of a larger group stay as they are here and are changed by a file.</summary>
    private const int MostTyped = 500;

    /// <summary>A form without the points says so: a list that is missing is not an empty one.</summary>
    private const string KeepsPoints = "keeps_points";

    private static readonly char[] Blanks = [' ', ',', ';', '\t', '\r', '\n'];

    public static void MapGroupPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/balance_groups/{id}", async (HubDatabase database, TimeProvider clock, PageWriter page, string id, string? done) => await ShowAsync(database, clock, page, id, null, null, done));
        pages.MapGet("/pages/new_balance_group", async (PageWriter page) => await WriteNewAsync(page, FormOf(null, null)));
        pages.MapPost("/pages/balance_groups", PostAsync).WithFreshSignIn();
    }

    private static async Task ShowAsync(HubDatabase database, TimeProvider clock, PageWriter page, string id, FormModel? typed, PageProblem? problem, string? done = null)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, id) is not { } group)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var reading = await GroupReading.OfAsync(reader, group);
        var rows = reading.Rows;
        int[] days = [.. rows.Memberships.SelectMany(row => row.To is { } to ? [row.From, to] : new[] { row.From }).Concat(rows.Keys.Select(row => row.From)).Concat(rows.Prices.Select(row => row.From)).Distinct().Order()];
        var versions = new List<GroupVersion>();
        IReadOnlyList<string> before = [];
        foreach (int day in days)
        {
            var document = reading.On(day);
            versions.Add(new GroupVersion(
                MarketDays.TextOf(day), document.Allocation?.ToString(), document.MeteringPoints.Count, [.. document.MeteringPoints.Except(before, StringComparer.Ordinal)], [.. before.Except(document.MeteringPoints, StringComparer.Ordinal)],
                document.PriceCtPerKwh?.TenThousandths, document.FeeCtPerKwh?.TenThousandths, document.SurplusCtPerKwh?.TenThousandths, [.. (document.Keys ?? new Dictionary<string, long>()).Select(key => (key.Key, key.Value))]));
            before = document.MeteringPoints;
        }

        versions.Reverse();
        await page.WriteAsync<GroupPage>(_ => group.Title, new()
        {
            ["Id"] = group.Name, ["Title"] = group.Title, ["Eic"] = group.Eic, ["Versions"] = versions, ["Today"] = MarketDays.TextOf(clock.Today()),
            ["Form"] = typed ?? FormOf(reading.On(clock.Today()), group.Revision), ["Problem"] = problem, ["Done"] = done,
        });
    }

    private static async Task PostAsync(HttpContext context, HubDatabase database, TimeProvider clock, GroupStore groups, PageWriter page, Caller caller)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        string? known = form.Text("known");
        string id = known ?? form.Text("id") ?? "";
        var findings = new FormFindings();
        var body = form.ToJson(["name", "eic", "allocation", "valid_from"], ["price_ct_per_kwh", "fee_ct_per_kwh", "surplus_ct_per_kwh"]);
        body["metering_points"] = new JsonArray([.. (form.Text("metering_points") ?? "").Split(Blanks, StringSplitOptions.RemoveEmptyEntries).Select(point => JsonValue.Create(point))]);
        if (form.Text("allows_profiles") == "true") body["allows_profiles"] = true;
        if (form.Text("keys") is { } keys) body["keys"] = KeysOf(keys, findings);
        if (form.Text(KeepsPoints) is not null) await KeepPointsAsync(database, body, id, LocalDatePattern.Iso.Parse(form.Text("valid_from") ?? "") is { Success: true, Value: var day } ? MarketDay.Number(day) : clock.Today());
        var read = GroupForm.Read(PageForms.Open(body, findings), id);
        var refusal = findings.Any ? findings.ToProblem() : MarketProblems.Of(await groups.PutAsync(read, caller, findings, PageForms.Condition(form)), findings);
        if (refusal is null)
        {
            await new SeeOther($"/pages/balance_groups/{id}?done=stored").ExecuteAsync(context);
            return;
        }

        var problem = PageProblem.Of(refusal);
        context.Response.StatusCode = problem.Status;
        var typed = FormOf(null, null, known, form.Text("revision"), form.Text(KeepsPoints) is not null).With(form);
        if (known is null) await WriteNewAsync(page, typed, problem);
        else await ShowAsync(database, clock, page, known, typed, problem);
    }

    /// <summary>The points of a day's version, and their shares if the method stays; the form's revision sees to it that they are those that its reader saw.</summary>
    private static async Task KeepPointsAsync(HubDatabase database, JsonObject body, string id, int day)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, id) is not { } group) return;
        var stored = (await GroupReading.OfAsync(reader, group)).On(day);
        body["metering_points"] = new JsonArray([.. stored.MeteringPoints.Select(point => JsonValue.Create(point))]);
        if (stored is { Keys: { } keys, Allocation: { } method } && (string?)body["allocation"] == ParticipantTable.WordOf(method))
            body["keys"] = new JsonObject(keys.Select(key => KeyValuePair.Create<string, JsonNode?>(key.Key, JsonValue.Create(key.Value))));
    }

    /// <summary>Lines such as <c>ZP001 150000</c>.</summary>
    private static JsonObject KeysOf(string text, FormFindings findings)
    {
        var keys = new JsonObject();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long share) && keys.TryAdd(parts[0], JsonValue.Create(share))) continue;
            findings.Add("keys", "CMH-1658", $"'{line}' is no metering point with its share, once, e.g. ZP001 150000.");
        }

        return keys;
    }

    private static Task WriteNewAsync(PageWriter page, FormModel form, PageProblem? problem = null) => page.WriteAsync<EditPage>(say => say["groups.new"], new()
    {
        ["List"] = "/pages/balance_groups", ["ListWord"] = "nav.groups", ["NewWord"] = "groups.new", ["Form"] = form, ["Problem"] = problem,
    });

    private static FormModel FormOf(GroupDocument? group, long? revision, string? known = null, string? typedRevision = null, bool keepsPoints = false)
    {
        keepsPoints |= group?.MeteringPoints.Count > MostTyped;
        var fields = new List<FormField>
        {
            new("name", "groups.name", Value: group?.Name, IsRequired: true), new("eic", "groups.eic", Value: group?.Eic),
            new("valid_from", "groups.from", FieldKind.Day, Hint: "groups.from.hint"),
            new("allocation", "groups.method", FieldKind.Choice, group?.Allocation is { } method ? ParticipantTable.WordOf(method) : "dynamic",
                Choices: [("dynamic", "AllocationMethod.Dynamic"), ("static", "AllocationMethod.Static"), ("static_redistributed", "AllocationMethod.StaticRedistributed"), ("ranked", "AllocationMethod.Ranked")]),
            new("price_ct_per_kwh", "groups.price", FieldKind.Number, group?.PriceCtPerKwh?.ToString()), new("fee_ct_per_kwh", "groups.fee", FieldKind.Number, group?.FeeCtPerKwh?.ToString()),
            new("surplus_ct_per_kwh", "groups.surplus", FieldKind.Number, group?.SurplusCtPerKwh?.ToString()),
            new("allows_profiles", "groups.profiles", FieldKind.Choice, group?.AllowsProfiles == true ? "true" : "false", Hint: keepsPoints ? "groups.members.kept" : null, Choices: [("false", "groups.profiles.no"), ("true", "groups.profiles.yes")]),
        };
        if (!keepsPoints)
        {
            fields.Add(new("metering_points", "groups.members", FieldKind.Area, group is null ? null : string.Join('\n', group.MeteringPoints), Hint: "groups.members.hint"));
            fields.Add(new("keys", "groups.keys", FieldKind.Area, group?.Keys is null ? null : string.Join('\n', group.Keys.Select(key => FormattableString.Invariant($"{key.Key} {key.Value}"))), Hint: "groups.keys.hint"));
        }

        string? id = group?.Id ?? known;
        if (id is null) fields.Insert(0, new FormField("id", "groups.id", IsRequired: true, Hint: "points.id.hint"));
        var hidden = id is null ? null : new Dictionary<string, string> { ["known"] = id, ["revision"] = revision?.ToString(CultureInfo.InvariantCulture) ?? typedRevision ?? "" };
        if (keepsPoints) hidden?.Add(KeepsPoints, "true");
        return new FormModel("/pages/balance_groups", "groups.store", fields, hidden);
    }
}
