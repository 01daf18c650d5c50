using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Metering.Substitutes;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Months;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Months: what is open in them, filling it, closing them, publishing corrections.</summary>
internal static class MonthPages
{
    public static void MapMonthPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/months", ListAsync);
        pages.MapGet("/pages/months/{group}/{month}", async (HttpContext context, MonthBook book, PageWriter page, string group, string month, int? skip, string? done) =>
            await ShowAsync(context, book, page, group, month, null, done, Math.Max(0, skip ?? 0)));
        pages.MapPost("/pages/months/{group}/{month}/fill", FillAsync);
        pages.MapPost("/pages/months/{group}/{month}/close", CloseAsync).WithFreshSignIn();
        pages.MapPost("/pages/months/{group}/{month}/publish", PublishAsync).WithFreshSignIn();
    }

    private static async Task ListAsync(MonthList months, PageWriter page, string? after)
    {
        var (rows, next) = await months.ReadAsync(after ?? "");
        await page.WriteAsync<MonthsPage>(say => say["nav.months"], new() { ["Months"] = rows, ["Next"] = next });
    }

    private static async Task ShowAsync(HttpContext context, MonthBook book, PageWriter page, string group, string month, IResult? refusal, string? done = null, int skip = 0)
    {
        if (RunMonth.Parse(month) is not { } which || await book.ReadAsync(group, which, skip) is not { } state)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var problem = refusal is null ? null : PageProblem.Of(refusal);
        if (problem is not null) context.Response.StatusCode = problem.Status;
        await page.WriteAsync<MonthPage>(say => $"{state.Title}, {say.Month(which)}", new() { ["State"] = state, ["Skip"] = skip, ["Problem"] = problem, ["Done"] = done });
    }

    /// <summary>Puts substitute values into one open run, or into all that a rule can fill by itself.</summary>
    private static async Task FillAsync(HttpContext context, HubDatabase database, MonthBook book, SubstituteStore substitutes, WorkList work, PageWriter page, Caller caller, string group, string month)
    {
        if (await PageForms.ReadAsync(context) is not { } form)
        {
            await Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
            return;
        }

        if (RunMonth.Parse(month) is not { } which || await book.ReadAsync(group, which) is not { } state)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        string? key = form.Text("run");
        var runs = state.Runs.Where(run => key is null ? run.IsFillable : run.Key == key && run.Substitute is not null).ToList();
        if (state.IsClosed || runs.Count == 0)
        {
            await ShowAsync(context, book, page, group, month, state.IsClosed ? SettlementProblems.MonthPublished(month) : GapGone());
            return;
        }

        foreach (var series in runs.GroupBy(run => (run.Point, run.Direction))) await StoreAsync(database, substitutes, series.Key, [.. series], which, caller);
        work.Forget();
        await new SeeOther($"/pages/months/{group}/{month}?done=filled").ExecuteAsync(context);
    }

    private static async Task StoreAsync(HubDatabase database, SubstituteStore substitutes, (string Point, CoMaKo.Settlement.Runs.EnergyDirection Direction) of, IReadOnlyList<OpenRun> runs, YearMonth month, Caller caller)
    {
        PointRow? point;
        await using (var reader = await database.OpenReaderAsync()) point = await PointReader.FindAsync(reader, of.Point);
        if (point is null) return;
        var series = await database.WriteAsync(async tx => new PointSeries((await PointSeriesRows.LockAsync(tx, [(point.PointId, of.Direction)]))[(point.PointId, of.Direction)], point.PointId, of.Direction));
        var wanted = runs.Select(run => (run.From, run.To)).ToHashSet();
        var gaps = (await substitutes.FormAsync(point, series, MarketDay.Number(month.First()), MarketDay.Number(month.End()))).Where(gap => wanted.Contains((gap.From, gap.To))).ToList();
        if (gaps.Count > 0) await substitutes.StoreAsync(point, series, gaps, caller);
    }

    private static Task CloseAsync(HttpContext context, MonthBook book, MonthClosing closing, WorkList work, PageWriter page, Caller caller, string group, string month) =>
        SettleAsync(context, book, work, page, group, month, async (which, form) =>
        {
            var (outcome, refusal) = await closing.CloseAsync(group, which, form.Text("reason"), caller);
            return (outcome == MonthOutcome.Final ? "closed" : "settled", refusal);
        });

    private static Task PublishAsync(HttpContext context, MonthBook book, MonthClosing closing, WorkList work, PageWriter page, string group, string month) =>
        SettleAsync(context, book, work, page, group, month, async (which, _) => (await closing.PublishAsync(group, which) == MonthOutcome.DeltaPublished ? "published" : "settled", null));

    private static async Task SettleAsync(HttpContext context, MonthBook book, WorkList work, PageWriter page, string group, string month, Func<YearMonth, IFormCollection, Task<(string Done, IResult? Refusal)>> settle)
    {
        if (await PageForms.ReadAsync(context) is not { } form)
        {
            await Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
            return;
        }

        if (RunMonth.Parse(month) is not { } which || await book.ReadAsync(group, which) is null)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        try
        {
            var (done, refusal) = await settle(which, form);
            work.Forget();
            if (refusal is null) await new SeeOther($"/pages/months/{group}/{month}?done={done}").ExecuteAsync(context);
            else await ShowAsync(context, book, page, group, month, refusal);
        }
        catch (GroupBusyException)
        {
            await ShowAsync(context, book, page, group, month, SettlementProblems.Busy(context.Response, group));
        }
    }

    private static IResult GapGone() => Problems.Of(409, "CMH-2341", "No longer open", "These quarter hours have values by now, or no rule has any for them. The page shows what is open.");
}
