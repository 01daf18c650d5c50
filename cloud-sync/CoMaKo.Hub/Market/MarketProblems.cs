using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Market;

/// <summary>Answers of master data.</summary>
internal static class MarketProblems
{
    public static IResult UnknownPoint(string id) => Problems.Of(404, "CMH-1651", "Unknown metering point", $"The hub has no metering point '{id}'. GET /metering_points lists them.");

    public static IResult UnknownGroup(string id) => Problems.Of(404, "CMH-1652", "Unknown balance group", $"The hub has no balance group '{id}'. GET /balance_groups lists them.");

    public static IResult UnknownParticipant(string id) => Problems.Of(404, "CMH-1657", "Unknown participant", $"The hub has no participant '{id}'. GET /participants lists them.");

    /// <summary>The problem that kept a <c>PUT</c> from taking effect; absent if it did.</summary>
    public static IResult? Of(PutOutcome outcome, FormFindings findings) => outcome.Result switch
    {
        PutResult.ConditionFailed => Problems.ChangedMeanwhile(),
        PutResult.Refused => findings.ToProblem(),
        PutResult.NeedsDate => Problems.Of(409, "CMH-1660", "A date is needed", "A published final settlement rests on the current version. Say with valid_from from which Berlin day on the new one holds."),
        _ => null,
    };

    /// <summary>201 or 200 with the resource and its tag.</summary>
    public static IResult Stored<T>(HttpContext context, PutOutcome outcome, T document)
    {
        context.Response.SetRevision(outcome.Revision);
        return outcome.Result == PutResult.Created ? Results.Created(context.Request.Path.ToUriComponent(), document) : Results.Ok(document);
    }
}
