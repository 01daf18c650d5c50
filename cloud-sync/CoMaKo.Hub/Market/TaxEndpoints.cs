using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market;

/// <summary>A tax profile in the REST interface.</summary>
/// <param name="From">First Berlin day; absent: from ever.</param>
/// <param name="RatePercent">Of the standard treatment, and of a reseller towards who is none.</param>
internal sealed record TaxProfileDocument(string? From, TaxTreatment Treatment, Fixed3? RatePercent)
{
    private const long MostBasisPoints = 10_000;

    /// <summary>§ 12 (1) UStG.</summary>
    private const long ByLaw = 1900;

    public static TaxProfileDocument Of(TaxVersion version) => new(
        MarketDays.TextOf(version.From), version.Treatment, HasRate(version.Treatment) ? new Fixed3(version.RateBasisPoints * 10) : null);

    /// <summary>Reads a profile. Code: CMH-1668 rate.</summary>
    public static TaxVersion Read(JsonForm form)
    {
        var treatment = form.Word<TaxTreatment>("treatment", isRequired: true) ?? TaxTreatment.None;
        long? rate = form.Number("rate_percent", 2, 0, MostBasisPoints);
        if (form.Has("treatment") && (form.Has("rate_percent") ? !HasRate(treatment) : treatment == TaxTreatment.Standard))
            form.Add("rate_percent", "CMH-1668", "The treatment standard has a rate in percent, e.g. 19; reverse_charge may have one (towards who is no reseller; absent: 19), no other one has.");
        return new TaxVersion(form.Day("from") ?? MarketDays.Ever, treatment, rate ?? (treatment == TaxTreatment.ReverseCharge ? ByLaw : 0));
    }

    private static bool HasRate(TaxTreatment treatment) => treatment is TaxTreatment.Standard or TaxTreatment.ReverseCharge;
}

/// <summary>All tax profiles of a participant, or the cooperative's own.</summary>
internal sealed record TaxProfilesDocument(IReadOnlyList<TaxProfileDocument> TaxProfiles);

/// <summary>Tax profiles of participants and of the cooperative: each decides the tax on what they supply. Codes: CMH-1668 rate, 1669 two of one day.</summary>
internal static class TaxEndpoints
{
    public static void MapTaxEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/participants/{id}/tax_profiles", GetAsync).WithName("participant_tax_profiles").WithSummary("How a participant's value added tax is treated, from which day on")
            .Produces<TaxProfilesDocument>().ProducesProblem(404).ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/participants/{id}/tax_profiles", PutAsync).WithName("put_participant_tax_profiles").WithSummary("Replaces all tax profiles of a participant; published months get a delta")
            .TakesJson<TaxProfilesDocument>().Produces<TaxProfilesDocument>().ProducesProblem(404).ForOperators(Scopes.MarketWrite);
        endpoints.MapGet("/cooperative/tax_profiles", GetOwnAsync).WithName("cooperative_tax_profiles").WithSummary("How the cooperative's own supplies are taxed, from which day on: it decides the tax on every invoice")
            .Produces<TaxProfilesDocument>().ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/cooperative/tax_profiles", PutOwnAsync).WithName("put_cooperative_tax_profiles").WithSummary("Replaces all tax profiles of the cooperative; published months get a delta")
            .TakesJson<TaxProfilesDocument>().Produces<TaxProfilesDocument>().ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> GetAsync(HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await TaxStore.OfAsync(reader, id) is { } versions ? Results.Ok(Document(versions)) : MarketProblems.UnknownParticipant(id);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, TimeProvider clock, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        var versions = DatedList.Read(root, "tax_profiles", TaxProfileDocument.Read, version => version.From, findings);
        if (findings.Any) return findings.ToProblem();
        return await database.WriteAsync(tx => TaxStore.PutAsync(tx, id, versions, caller, clock.UnixMicroseconds())) ? Results.Ok(Document(versions)) : MarketProblems.UnknownParticipant(id);
    }

    private static async Task<IResult> GetOwnAsync(HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        return Results.Ok(Document(await TaxStore.OfCooperativeAsync(reader)));
    }

    private static async Task<IResult> PutOwnAsync(HttpContext context, HubDatabase database, TimeProvider clock, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        var versions = DatedList.Read(root, "tax_profiles", TaxProfileDocument.Read, version => version.From, findings);
        if (findings.Any) return findings.ToProblem();
        await database.WriteAsync(async tx => { await TaxStore.PutCooperativeAsync(tx, versions, caller, clock.UnixMicroseconds()); });
        return Results.Ok(Document(versions));
    }

    private static TaxProfilesDocument Document(IReadOnlyList<TaxVersion> versions) => new([.. versions.Select(TaxProfileDocument.Of)]);
}

/// <summary>Bodies that hold a complete list of what holds from which day on.</summary>
internal static class DatedList
{
    private const int MostEntries = 1000;

    /// <summary>Reads <c>{"name":[…]}</c>. Code: CMH-1669 two entries of one day.</summary>
    /// <returns>By day; of no use if there are findings.</returns>
    public static IReadOnlyList<T> Read<T>(JsonElement root, string name, Func<JsonForm, T> read, Func<T, int> dayOf, FormFindings findings)
    {
        var entries = new SortedList<int, T>();
        if (JsonForm.Open(root, findings) is not { } form) return [];
        if (form.Any(name, isRequired: true) is { } list)
        {
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostEntries) form.Add(name, "CMH-1605", FormattableString.Invariant($"A list of at most {MostEntries} entries is expected."));
            else
                foreach (var (element, i) in list.EnumerateArray().Select((element, i) => (element, i)))
                {
                    if (JsonForm.Open(element, findings, prefix: FormattableString.Invariant($"{name}[{i}].")) is not { } each) continue;
                    var entry = read(each);
                    if (!entries.TryAdd(dayOf(entry), entry)) each.Add("from", "CMH-1669", "Another entry holds from the same day.");
                    each.Close();
                }
        }

        form.Close();
        return [.. entries.Values];
    }
}
