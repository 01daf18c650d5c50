using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Settlement;

/// <summary>Answers of settlement that are no success.</summary>
internal static class SettlementProblems
{
    public static IResult UnknownGroup(string group) => Problems.Of(404, "CMH-2311", "Unknown balance group", $"The hub has no balance group '{group}'. GET /balance_groups lists them.");

    public static IResult UnknownRun(string group, string run) => Problems.Of(404, "CMH-2312", "Unknown run", $"Balance group '{group}' has no run '{run}'. GET /balance_groups/{group}/runs lists them.");

    public static IResult WrongRun() => Problems.Of(400, "CMH-2313", "Unreadable run", "run is the name of a stored run, month and sequence such as 2026-10.1, and stands alone: it has its own period.");

    public static IResult WrongMonth() => Problems.Of(400, "CMH-2314", "Unreadable month", "month is a month such as 2026-10.");

    public static IResult Busy(HttpResponse response, string group)
    {
        response.Headers.RetryAfter = "5";
        return Problems.Of(503, "CMH-2303", "Busy", $"Balance group '{group}' is being settled by another process just now.");
    }

    public static IResult MonthNotOver(string month) => Problems.Of(409, "CMH-2315", "Month not over", $"{month} has not ended yet: values may still arrive by themselves.");

    public static IResult MonthPublished(string month) => Problems.Of(409, "CMH-2316", "Month is closed", $"{month} has a final run. A correction of its inputs makes a delta.");

    public static IResult NeedsReason() => Problems.Of(422, "CMH-2317", "Reason missing", "Say in reason why the open quarter hours are taken as they are, in 3 to 1000 characters.");

    public static IResult WrongShare() => Problems.Of(422, "CMH-2318", "Unknown share", "cost_share is deviation, energy or none.");

    public static IResult Unreadable() => Problems.Of(400, "CMH-2319", "Unreadable body", "The body is no JSON of the form that GET /openapi/v1.json describes.");

    public static IResult TooLate(string what) => Problems.Of(409, "CMH-2331", "Day has begun", $"A forecast is taken before its day begins, and nothing of this request was stored: {what}.");
}
