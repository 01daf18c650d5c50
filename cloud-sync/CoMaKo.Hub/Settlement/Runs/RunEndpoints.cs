using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Months;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A run in the REST interface.</summary>
/// <param name="Run">Month and sequence.</param>
/// <param name="BaseRun">Of a delta: the run published before it.</param>
/// <param name="DueAt">Of a delta that waits: the month close that publishes it.</param>
/// <param name="PublishedAt">Absent while it may be replaced.</param>
internal sealed record RunDocument(
    string Run, string Month, RunKind Kind, string? BaseRun, string InputSha256, string ResultSha256, int ExpectedSlots, int OpenSlots, string CreatedAt, string? DueAt, string? PublishedAt)
{
    public static RunDocument Of(RunHead run) => new(
        run.Name.ToString(), run.Name.Month.Text(), run.Kind, run.Base?.ToString(), run.InputHash, run.ResultHash, run.ExpectedSlots, run.OpenSlots,
        Iso(run.CreatedUs), run.PublishedUs is null && run.DueUs is { } due ? Iso(due) : null, run.PublishedUs is { } published ? Iso(published) : null);

    public static string Iso(long unixUs) => InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(unixUs * 10));
}

/// <summary>One amount. Above zero: owed to the cooperative.</summary>
internal sealed record LineDocument(LineKind Kind, string Point, string From, string To, decimal Kwh, decimal PriceCtPerKwh, decimal AmountEur)
{
    public static LineDocument Of(SettlementLine line) => new(
        line.Kind, line.Point, LocalDatePattern.Iso.Format(line.From), LocalDatePattern.Iso.Format(line.To), Decimals.Kwh(line.Wh), Decimals.CentPerKwh(line.Price), line.Eur);
}

/// <summary>An operator took a month's open slots as they are.</summary>
internal sealed record ConfirmationDocument(string At, string By, string Reason);

/// <summary>A run with its lines and what it says beside them.</summary>
internal sealed record RunDetailDocument(RunDocument Run, ConfirmationDocument? Confirmation, JsonElement Detail, IReadOnlyList<LineDocument> Lines);

/// <summary>What settling a month came to.</summary>
internal sealed record OutcomeDocument(string Month, MonthOutcome Outcome);

/// <summary>Which month to settle.</summary>
/// <param name="Publish">A correction does not wait for the next month close.</param>
internal sealed record SettleForm(string? Month, bool Publish = false);

internal sealed record ConfirmForm(string? Reason);

internal static class RunEndpoints
{
    public static void MapRunEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/balance_groups/{id}/runs", ListAsync).WithName("runs").WithSummary("Settlement runs of a balance group by month and sequence").Produces<Page<RunDocument>>().ForOperators(Scopes.ReportsRead);
        endpoints.MapGet("/balance_groups/{id}/runs/{run}", GetAsync).WithName("run").WithSummary("One run with its lines, open slots, findings and balancing")
            .Produces<RunDetailDocument>().ProducesProblem(400).ProducesProblem(404).ForOperators(Scopes.ReportsRead);
        endpoints.MapPost("/balance_groups/{id}/runs", SettleAsync).WithName("settle").WithSummary("Settles a month now, as the nightly work does; with publish a correction does not wait for the next month close")
            .TakesJson<SettleForm>().Produces<OutcomeDocument>().ProducesProblem(404).ProducesProblem(503).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        endpoints.MapPost("/balance_groups/{id}/months/{month}/confirmation", ConfirmAsync).WithName("confirm_month")
            .WithSummary("Takes a month's open slots as they are, with a reason: what is missing counts as 0, what is preliminary as it is; the month is closed at once")
            .TakesJson<ConfirmForm>().Produces<OutcomeDocument>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).ProducesProblem(503).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
    }

    private static async Task<IResult> ListAsync(RunReader runs, ISettlementInputs inputs, string id, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        if (await UnknownAsync(inputs, id) is { } unknown) return unknown;
        return Results.Ok(Paging.Of(await runs.AfterAsync(id, RunName.Parse(after), count + 1), count, run => run.Name.ToString(), RunDocument.Of));
    }

    private static async Task<IResult> GetAsync(RunReader runs, string id, string run)
    {
        if (RunName.Parse(run) is not { } name) return SettlementProblems.WrongRun();
        if (await runs.FindAsync(id, name) is not { } found) return SettlementProblems.UnknownRun(id, run);
        var confirmation = (await runs.NoteAsync(id, name.Month)).Confirmation;
        return Results.Ok(new RunDetailDocument(
            RunDocument.Of(found), confirmation is null ? null : new ConfirmationDocument(RunDocument.Iso(confirmation.AtUs), confirmation.By, confirmation.Reason),
            JsonDocument.Parse(found.Detail).RootElement, [.. (await runs.LinesAsync(found.RunId)).Select(LineDocument.Of)]));
    }

    private static async Task<IResult> SettleAsync(HttpContext context, BalanceGroupAgent agent, GroupLeases leases, ISettlementInputs inputs, string id)
    {
        var (form, problem) = await SettlementForms.ReadAsync<SettleForm>(context);
        if (form is null) return problem!;
        if (RunMonth.Parse(form.Month) is not { } month) return SettlementProblems.WrongMonth();
        if (await UnknownAsync(inputs, id) is { } unknown) return unknown;
        return await HoldAsync(context, leases, id, async lease => Results.Ok(new OutcomeDocument(month.Text(), await agent.SettleAsync(lease, id, month, form.Publish))));
    }

    private static async Task<IResult> ConfirmAsync(HttpContext context, MonthClosing closing, ISettlementInputs inputs, Caller caller, string id, string month)
    {
        var (form, problem) = await SettlementForms.ReadAsync<ConfirmForm>(context);
        if (form is null) return problem!;
        if (RunMonth.Parse(month) is not { } which) return SettlementProblems.WrongMonth();
        if (await UnknownAsync(inputs, id) is { } unknown) return unknown;
        try
        {
            var (outcome, refusal) = await closing.CloseAsync(id, which, form.Reason, caller);
            return refusal ?? Results.Ok(new OutcomeDocument(month, outcome));
        }
        catch (GroupBusyException)
        {
            return SettlementProblems.Busy(context.Response, id);
        }
    }

    private static async Task<IResult> HoldAsync(HttpContext context, GroupLeases leases, string group, Func<Storage.Lease, Task<IResult>> work)
    {
        try
        {
            return await leases.HoldAsync(group, (lease, _) => work(lease));
        }
        catch (GroupBusyException)
        {
            return SettlementProblems.Busy(context.Response, group);
        }
    }

    private static async Task<IResult?> UnknownAsync(ISettlementInputs inputs, string group) =>
        (await inputs.GroupsAsync()).Contains(group, StringComparer.Ordinal) ? null : SettlementProblems.UnknownGroup(group);
}
