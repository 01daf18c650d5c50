using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Ingest.Directives;

/// <summary>What gateways of this version execute; <c>plan</c> and <c>configuration</c> of the contract are refused by them.</summary>
internal enum DirectiveKind
{
    Prices,
    Forecast,
    Limit,
}

/// <summary>A directive in the REST interface.</summary>
/// <param name="Id">The caller's own, or one that the hub makes.</param>
/// <param name="Content">As in <c>contracts/schemas/directive.schema.json</c>.</param>
internal sealed record DirectiveDocument(
    string Gateway, string Id, long Revision, DirectiveKind Kind, string ValidFrom, string ValidUntil, string IssuedBy, string? IssuedAt, DirectiveStage State, string? SentAt, string? AnsweredAt, string? Reason, JsonElement Content);

/// <summary>
/// Reads a directive for a gateway. Codes: CMH-1441 validity, 1442 a kind that gateways refuse, 1443 a curve, 1444 nothing in it. Prices and values are checked as the gateway
/// checks them, so that its refusal is the exception.
/// </summary>
internal static class DirectiveForm
{
    private const int MostSlots = 800;
    private const long MostKilowatts = 10_000_000_000, MostMilliwatts = 10_000_000_000;

    /// <summary>A curve this dear on average is in cents or per MWh.</summary>
    private const long MostAveragePrice = 1_500_000;

    /// <summary>A directive is about hours and days; one that lasts longer was forgotten.</summary>
    private static readonly Duration Longest = Duration.FromDays(400);

    /// <returns>The directive without revision and issuer; of no use if there are findings.</returns>
    public static Directive Read(JsonForm form, Instant now, FormFindings findings)
    {
        var kind = KindOf(form);
        var (from, until) = (form.Time("valid_from") ?? now, form.Time("valid_until", isRequired: true));
        if (until <= from || until <= now) form.Add("valid_until", "CMH-1441", "A directive ends after it begins, and not in the past.");
        else if (until - now > Longest) form.Add("valid_until", "CMH-1441", FormattableString.Invariant($"A directive ends within {Longest.Days} days."));
        var directive = new Directive { Id = form.Id("id") ?? Guid.NewGuid().ToString("n"), ValidFromUnixUs = from.ToUnixTimeTicks() / 10, ValidUntilUnixUs = (until ?? now).ToUnixTimeTicks() / 10 };
        if (form.Any("content", isRequired: true) is { } json && kind is { } known && JsonForm.Open(json, findings, prefix: "content.") is { } content)
        {
            Check(content, known, findings);
            (directive.Kind, directive.Content) = (JsonNamingPolicy.SnakeCaseLower.ConvertName(known.ToString()), JsonSerializer.Serialize(json));
        }

        form.Close();
        return directive;
    }

    private static DirectiveKind? KindOf(JsonForm form)
    {
        if (form.Any("kind") is not { ValueKind: JsonValueKind.String } word || word.GetString() is not ("plan" or "configuration")) return form.Word<DirectiveKind>("kind", isRequired: true);
        form.Add("kind", "CMH-1442", "Gateways make their plans and have their configuration themselves; they take prices, forecast and limit.");
        return null;
    }

    private static void Check(JsonForm content, DirectiveKind kind, FormFindings findings)
    {
        if (kind == DirectiveKind.Limit)
        {
            if (content.Text("limit", isRequired: true) is not (null or "dim-14a" or "feed-in" or "grid-import")) content.Add("limit", "CMH-1606", "One of dim-14a, feed-in, grid-import is expected.");
            content.Number("watts", 3, 0, MostMilliwatts, isRequired: true);
        }
        else if (kind == DirectiveKind.Prices)
        {
            var prices = Curve(content, "eurPerKwh", -1_000_000, 5_000_000, findings);
            if (!content.Has("eurPerKwh")) content.Add("eurPerKwh", "CMH-1604", "The member is missing.");
            else if (prices.Count == 0 && !findings.Any) content.Add("eurPerKwh", "CMH-1444", "The curve has no price.");
            else if (prices.Count > 0 && prices.Average() > MostAveragePrice) content.Add("eurPerKwh", "CMH-1443", "On average a kWh would cost more than 1.50 EUR. Prices are in EUR per kWh, not in cents or per MWh.");
        }
        else
        {
            int values = 0;
            foreach (string name in (string[])["loadKw", "pvKw", "coopImportKw", "coopExportKw"]) values += Curve(content, name, 0, MostKilowatts, findings).Count;
            if (values == 0 && !findings.Any) content.Add("pvKw", "CMH-1444", "The forecast has no value.");
        }

        content.Close();
    }

    /// <summary><c>{"start":"2026-11-21T12:00:00Z","values":[…]}</c>: consecutive quarter hours; null leaves one out. In millionths.</summary>
    private static List<long> Curve(JsonForm content, string name, long least, long most, FormFindings findings)
    {
        var values = new List<long>();
        if (content.Any(name) is not { } json || JsonForm.Open(json, findings, prefix: $"content.{name}.") is not { } curve) return values;
        if (curve.Time("start", isRequired: true) is { } start && (start.ToUnixTimeSeconds() % Quantities.QuarterHour.Seconds != 0 || !curve.Any("start")!.Value.GetString()!.EndsWith('Z')))
            curve.Add("start", "CMH-1443", "A curve starts with a quarter hour, in UTC: 2026-11-21T12:00:00Z.");
        if (curve.Any("values", isRequired: true) is { } list)
        {
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostSlots) curve.Add("values", "CMH-1443", FormattableString.Invariant($"A list of at most {MostSlots} numbers is expected; null leaves a quarter hour out."));
            else
                foreach (var (value, i) in list.EnumerateArray().Select((value, i) => (value, i)).Where(each => each.value.ValueKind != JsonValueKind.Null))
                    if (curve.Number(FormattableString.Invariant($"values[{i}]"), value, 6, least, most) is { } number) values.Add(number);
        }

        curve.Close();
        return values;
    }
}
