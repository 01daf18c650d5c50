using CoMaKo.Hub.Access;

namespace CoMaKo.Hub.Market;

/// <summary>The context Market: participants, metering points, balance groups with their members, keys and prices.</summary>
internal static class MarketModule
{
    public static void AddMarket(this IServiceCollection services) => services.AddSingleton<PointStore>().AddSingleton<GroupStore>().AddSingleton<MemberPoints>().AddSingleton<IOwnership, PointOwnership>().AddSingleton<IOwnership, GroupOwnership>();

    public static void MapMarket(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPointEndpoints();
        endpoints.MapGroupEndpoints();
        endpoints.MapParticipantEndpoints();
    }
}
