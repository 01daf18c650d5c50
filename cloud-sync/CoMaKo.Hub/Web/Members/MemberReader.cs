using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Views;

namespace CoMaKo.Hub.Web.Members;

/// <summary>Finds out whose page is asked for: a member's own, or for an operator that of the participant it names.</summary>
internal sealed class MemberReader(HubDatabase database)
{
    /// <summary>Name of the query by which an operator names a participant; a member's own pages ignore it.</summary>
    public const string Query = "participant";

    /// <returns>Absent if there is no such participant, or if nobody is named.</returns>
    public async Task<MemberView?> FindAsync(Caller caller, HttpRequest request)
    {
        if (WhoOf(caller, request) is not { } participant) return null;
        await using var reader = await database.OpenReaderAsync();
        if (caller.Participant is null && !await OwnPoints.ExistsAsync(reader, participant)) return null;
        return new MemberView(participant, await OwnPoints.NameAsync(reader, participant), await OwnPoints.OfAsync(reader, participant));
    }

    /// <summary>An address of the member's pages; an operator stays with the participant it named.</summary>
    public static string AddressIn(HttpContext context, string address) => PageContext.ViewedIn(context) is { } named ? $"{address}?{Query}={Uri.EscapeDataString(named)}" : address;

    private static string? WhoOf(Caller caller, HttpRequest request) =>
        caller.Role == Roles.Member ? caller.Participant : PageContext.ViewedIn(request.HttpContext);
}
