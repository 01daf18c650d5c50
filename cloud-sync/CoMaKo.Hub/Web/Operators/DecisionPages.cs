using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Metering.Consumption;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>What waits for an operator's word: anomalies, conflicts, notes, parked records, jobs that were given up.</summary>
internal static class DecisionPages
{
    private const int MostRows = 100;
    private const int MostReason = 500;

    public static void MapDecisionPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/anomalies", async (HubDatabase database, PointCurves curves, PageWriter page, string? point, string? state, string? after, string? done) =>
            await AnomaliesAsync(database, curves, page, point, state, after, null, done));
        pages.MapPost("/pages/anomalies/{id}/decision", DecideAsync).WithFreshSignIn();
        pages.MapGet("/pages/parked", async (GatewayReader gateways, ConflictReader conflicts, PageWriter page, string? seen, string? done) => await ParkedAsync(gateways, conflicts, page, seen == "all", null, done));
        pages.MapPost("/pages/parked/seen", SeenAsync);
        pages.MapGet("/pages/jobs", async (JobDesk jobs, PageWriter page, string? after, string? done) => await JobsAsync(jobs, page, after, done));
        pages.MapPost("/pages/jobs/{id}/retry", RetryAsync);
    }

    private static async Task AnomaliesAsync(HubDatabase database, PointCurves curves, PageWriter page, string? point, string? state, string? after, PageProblem? problem, string? done = null)
    {
        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
        var shown = Enum.TryParse(state, ignoreCase: true, out FindingState named) && Enum.IsDefined(named) ? named : FindingState.Open;
        await using var reader = await database.OpenReaderAsync();
        long[]? points = string.IsNullOrEmpty(point) ? null : await PointReader.FindAsync(reader, point) is { } found ? [found.PointId] : [];
        long from = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0;
        var rows = await AnomalyReader.ListAsync(reader, database.Engine, points, shown, from, MostRows + 1);
        var names = await PointReader.NamesAsync(reader, database.Engine, [.. rows.Select(row => row.PointId).Distinct()]);
        await page.WriteAsync<AnomaliesPage>(say => say["nav.anomalies"], new()
        {
            ["Anomalies"] = rows.Take(MostRows).Select(row => (row, names[row.PointId])).ToList(), ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].FindingId : (long?)null,
            ["Point"] = point, ["State"] = shown, ["Problem"] = problem, ["Done"] = done,
        });
    }

    private static async Task DecideAsync(HttpContext context, HubDatabase database, PointCurves curves, AnomalyDecisions decisions, WorkList work, PageWriter page, Caller caller, string id)
    {
        if (await FormAsync(context) is not { } form) return;
        string? point = form.Text("point");
        var findings = new FormFindings();
        var body = PageForms.Open(form.ToJson(["reason"], ["kwh"]), findings);
        string? reason = body.Text("reason", isRequired: true, most: MostReason);
        long? wh = body.Energy("kwh", ConsumptionTable.MostWh);
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long finding)) findings.Add("id", "CMH-1729", "The hub has no such anomaly.");
        var refusal = findings.Any ? findings.ToProblem() : await decisions.DecideAsync(finding, reason!, wh, caller);
        work.Forget();
        if (refusal is null) await new SeeOther($"/pages/anomalies?done=decided{(point is null ? "" : "&point=" + Uri.EscapeDataString(point))}").ExecuteAsync(context);
        else
        {
            var problem = PageProblem.Of(refusal);
            context.Response.StatusCode = problem.Status;
            await AnomaliesAsync(database, curves, page, point, null, null, problem);
        }
    }

    private static async Task ParkedAsync(GatewayReader gateways, ConflictReader conflicts, PageWriter page, bool withSeen, PageProblem? problem, string? done = null) => await page.WriteAsync<ParkedPage>(
        say => say["parked.title"], new()
        {
            ["Notes"] = await gateways.NotesAsync(MostRows, withSeen), ["Records"] = await gateways.ParkedAsync(MostRows, withSeen), ["Conflicts"] = await conflicts.ListAsync(MostRows, withSeen),
            ["WithSeen"] = withSeen, ["Problem"] = problem, ["Done"] = done,
        });

    private static async Task SeenAsync(HttpContext context, SeenDesk desk, GatewayReader gateways, ConflictReader conflicts, WorkList work, TimeProvider clock, PageWriter page, Caller caller)
    {
        if (await FormAsync(context) is not { } form) return;
        var findings = new FormFindings();
        string? reason = PageForms.Open(form.ToJson(["reason"], []), findings).Text("reason", isRequired: true, most: MostReason);
        if (!long.TryParse(form.Text("up_to"), NumberStyles.None, CultureInfo.InvariantCulture, out long upTo) || form.Text("what") is not ("notes" or "records" or "conflicts")) findings.Add("what", "CMH-1606", "One of notes, records, conflicts is expected, and up to which.");
        if (findings.Any)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            await ParkedAsync(gateways, conflicts, page, false, PageProblem.Of(findings));
            return;
        }

        _ = form.Text("what") switch
        {
            "notes" => await desk.NotesAsync(upTo, reason!, caller),
            "records" => await desk.RecordsAsync(upTo, reason!, caller),
            _ => await conflicts.DecideAsync(upTo, reason!, caller, clock.UnixMicroseconds()),
        };
        work.Forget();
        await new SeeOther("/pages/parked?done=seen").ExecuteAsync(context);
    }

    private static async Task JobsAsync(JobDesk jobs, PageWriter page, string? after, string? done)
    {
        var rows = await jobs.AfterAsync(long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0, MostRows + 1);
        await page.WriteAsync<JobsPage>(say => say["jobs.title"], new() { ["Jobs"] = rows.Take(MostRows).ToList(), ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].JobId : (long?)null, ["Done"] = done });
    }

    private static async Task RetryAsync(HttpContext context, JobDesk jobs, WorkList work, Caller caller, string id)
    {
        bool isDone = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long job) && await jobs.RetryAsync(job, caller);
        work.Forget();
        await new SeeOther(isDone ? "/pages/jobs?done=retried" : "/pages/jobs").ExecuteAsync(context);
    }

    /// <summary>The form, or the answer that there is none.</summary>
    internal static async Task<IFormCollection?> FormAsync(HttpContext context)
    {
        var form = await PageForms.ReadAsync(context);
        if (form is null) await Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
        return form;
    }
}
