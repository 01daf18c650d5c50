using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>One thing to be done, in the REST interface.</summary>
/// <param name="Address">The page where it is dealt with.</param>
/// <param name="Due">Until when; absent if nothing hangs on it.</param>
internal sealed record WorkDocument(string Kind, string Subject, WorkRank Rank, string Since, string? Due, long Count, string Address)
{
    public static WorkDocument Of(WorkItem item) => new(item.Kind, item.Subject, item.Rank, Iso(item.Since), item.Due is { } due ? Iso(due) : null, item.Count, item.Address);

    private static string Iso(Instant at) => NodaTime.Text.InstantPattern.ExtendedIso.Format(at);
}

internal static class WorkEndpoints
{
    public static void MapWork(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/work", ListAsync).WithName("work").WithSummary("What needs a person, faults first").Produces<Page<WorkDocument>>().ForOperators(Scopes.MarketRead);

    /// <summary>The order is not one of keys: a page begins behind the cause that ended the one before.</summary>
    private static async Task<IResult> ListAsync(WorkList work, string? limit, string? cursor, CancellationToken stop)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        var items = await work.ReadAsync(stop);
        int from = after.Length == 0 ? 0 : items.TakeWhile(item => item.Cause != after).Count() + 1;
        return Results.Ok(Paging.Of([.. items.Skip(from).Take(count + 1)], count, item => item.Cause, WorkDocument.Of));
    }
}
