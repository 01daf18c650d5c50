using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Own;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Members;

/// <summary>The member's pages: overview, day, month and year. An operator sees a member's with <c>?participant=</c>.</summary>
internal static class MemberPages
{
    public static void MapMemberPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForMembers("");
        pages.MapGet("/pages/my", OverviewAsync);
        pages.MapGet("/pages/my/day/{day}", DayAsync);
        pages.MapGet("/pages/my/day/{day}/table.csv", DayCsvAsync);
        pages.MapGet("/pages/my/month/{month}", MonthAsync);
        pages.MapGet("/pages/my/month/{month}/table.csv", MonthCsvAsync);
        pages.MapGet("/pages/my/year/{year}", YearAsync);
        pages.MapGet("/pages/my/year/{year}/table.csv", YearCsvAsync);
        endpoints.MapReadingPages();
        endpoints.MapUploadPages();
        endpoints.MapDisputePages();
        endpoints.MapDataPages();
    }

    private static async Task OverviewAsync(HttpContext context, PageWriter page, MemberReader members, OwnSettlements settlements, StatementReader statements, TimeProvider clock, Caller caller)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            if (caller.Role == Roles.Operator && PageContext.ViewedIn(context) is null) await new SeeOther("/pages/participants").ExecuteAsync(context); // it has no such pages of its own: it chooses whose
            else await page.WriteNotFoundAsync();
            return;
        }

        var today = MarketDay.Date(clock.Today());
        var months = await settlements.MonthsAsync(member.Participant, member.Points, today.ToYearMonth().PlusMonths(-1), today.ToYearMonth());
        var stated = await statements.ListAsync(new StatementFilter(member.Participant, Month: months[0].Month), null, 1);
        await page.WriteAsync<OverviewPage>(say => say["members.overview"], new()
        {
            ["Member"] = member, ["Current"] = months[1], ["Last"] = months[0], ["Today"] = today, ["Statement"] = stated is [var newest] ? newest.Number : null,
        }, refresh: null);
    }

    private static async Task DayAsync(HttpContext context, PageWriter page, MemberReader members, DayReader days, Caller caller, string day)
    {
        if (await DayOfAsync(context, members, days, caller, day) is not { } found)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        await page.WriteAsync<DayPage>(say => found.IsToday ? say["members.today"] : say.Day(found.Day), new()
        {
            ["Day"] = found.Day, ["IsToday"] = found.IsToday, ["Month"] = found.Month, ["Sum"] = found.Sum, ["Bars"] = found.Bars, ["Settled"] = found.IsSettled, ["HasNewer"] = found.HasNewer,
        }, refresh: null);
    }

    private static async Task DayCsvAsync(HttpContext context, PageWriter page, MemberReader members, DayReader days, Caller caller, string day)
    {
        if (await DayOfAsync(context, members, days, caller, day) is not { } found) await page.WriteNotFoundAsync();
        else await BarCsv.WriteAsync(context, FormattableString.Invariant($"{found.Day:uuuu-MM-dd}"), found.Bars);
    }

    private static async Task MonthAsync(HttpContext context, PageWriter page, MemberReader members, OwnSettlements settlements, TimeProvider clock, Caller caller, string month)
    {
        if (RunMonth.Parse(month) is not { } which || await PeriodAsync(context, members, settlements, clock, caller, which, which) is not { } found) await page.WriteNotFoundAsync();
        else
        {
            var total = await settlements.GroupTotalAsync(found.Months[0]);
            await WriteAsync(page, found, say => say.Month(which), DayBars(BarCsv.Say(context), context, found), total);
        }
    }

    private static async Task MonthCsvAsync(HttpContext context, PageWriter page, MemberReader members, OwnSettlements settlements, TimeProvider clock, Caller caller, string month)
    {
        if (RunMonth.Parse(month) is not { } which || await PeriodAsync(context, members, settlements, clock, caller, which, which) is not { } found) await page.WriteNotFoundAsync();
        else await BarCsv.WriteAsync(context, which.Text(), DayBars(BarCsv.Say(context), context, found));
    }

    private static async Task YearAsync(HttpContext context, PageWriter page, MemberReader members, OwnSettlements settlements, TimeProvider clock, Caller caller, string year)
    {
        if (YearOf(year) is not { } which || await PeriodAsync(context, members, settlements, clock, caller, new YearMonth(which, 1), new YearMonth(which, 12)) is not { } found) await page.WriteNotFoundAsync();
        else await WriteAsync(page, found, _ => year, MonthBars(BarCsv.Say(context), context, found), null);
    }

    private static async Task YearCsvAsync(HttpContext context, PageWriter page, MemberReader members, OwnSettlements settlements, TimeProvider clock, Caller caller, string year)
    {
        if (YearOf(year) is not { } which || await PeriodAsync(context, members, settlements, clock, caller, new YearMonth(which, 1), new YearMonth(which, 12)) is not { } found) await page.WriteNotFoundAsync();
        else await BarCsv.WriteAsync(context, year, MonthBars(BarCsv.Say(context), context, found));
    }

    private static async Task<MemberDay?> DayOfAsync(HttpContext context, MemberReader members, DayReader days, Caller caller, string day) =>
        LocalDatePattern.Iso.Parse(day) is { Success: true, Value: { Year: >= 2000 and < 2200 } date } && await members.FindAsync(caller, context.Request) is { } member
            ? await days.ReadAsync(BarCsv.Say(context), member, date)
            : null;

    /// <summary>Months up to the running one; a period that lies wholly in the future is none.</summary>
    private static async Task<MemberPeriod?> PeriodAsync(HttpContext context, MemberReader members, OwnSettlements settlements, TimeProvider clock, Caller caller, YearMonth from, YearMonth last)
    {
        var today = MarketDay.Date(clock.Today());
        if (from > today.ToYearMonth() || await members.FindAsync(caller, context.Request) is not { } member) return null;
        var months = await settlements.MonthsAsync(member.Participant, member.Points, from, last < today.ToYearMonth() ? last : today.ToYearMonth());
        return new MemberPeriod(member, months, today);
    }

    private static Task WriteAsync(PageWriter page, MemberPeriod found, Func<Wording, string> title, IReadOnlyList<EnergyBar> bars, EnergyFigures? groupTotal) =>
        page.WriteAsync<PeriodPage>(title, new() { ["Months"] = found.Months, ["Bars"] = bars, ["Today"] = found.Today, ["GroupTotal"] = groupTotal }, refresh: null);

    private static List<EnergyBar> DayBars(Wording say, HttpContext context, MemberPeriod found)
    {
        var (month, days) = (found.Months[0], found.Months[0].Days.ToLookup(day => day.Day));
        var bars = new List<EnergyBar>();
        for (var day = month.Month.First(); day < month.Month.End() && day <= found.Today; day = day.PlusDays(1))
        {
            var rows = days[MarketDay.Number(day)].ToList();
            bars.Add(BarOf(say.Day(day), MemberReader.AddressIn(context, FormattableString.Invariant($"/pages/my/day/{day:uuuu-MM-dd}")), month, rows, day < found.Today));
        }

        return bars;
    }

    private static List<EnergyBar> MonthBars(Wording say, HttpContext context, MemberPeriod found) =>
        [.. found.Months.Select(month => BarOf(say.Month(month.Month), MemberReader.AddressIn(context, $"/pages/my/month/{month.Month.Text()}"), month, month.Days, false))];

    private static EnergyBar BarOf(string label, string address, OwnMonth month, IReadOnlyList<OwnDay> rows, bool isDue)
    {
        var sum = rows.Aggregate(default(EnergyFigures), (all, row) => all + row.Figures);
        bool uses = month.Consumes && rows.Count > 0, makes = month.Generates && rows.Count > 0;
        return new EnergyBar(label, address, uses ? sum.Used : null, uses ? sum.Allocated : null, makes ? sum.Generated : null, makes ? sum.Credited : null, isDue && rows.Count == 0);
    }

    private static int? YearOf(string text) => text.Length == 4 && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int year) && year is >= 2000 and < 2200 ? year : null;

    private sealed record MemberPeriod(MemberView Member, IReadOnlyList<OwnMonth> Months, LocalDate Today);
}
