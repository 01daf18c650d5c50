using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Market.Files;

namespace CoMaKo.Hub.Market;

/// <summary>The context Market: participants, metering points, balance groups with their members, keys and prices.</summary>
internal static class MarketModule
{
    public static void AddMarket(this IServiceCollection services)
    {
        services.AddSingleton<ParticipantStore>().AddSingleton<PointStore>().AddSingleton<GroupStore>().AddSingleton<MemberPoints>().AddSingleton<IOwnership, PointOwnership>().AddSingleton<IOwnership, GroupOwnership>();
        services.AddSingleton<OwnMasterData>().AddSingleton<IOwnData>(all => all.GetRequiredService<OwnMasterData>()).AddSingleton<IErasure>(all => all.GetRequiredService<OwnMasterData>());
        services.AddSingleton<IKnownParticipants, KnownParticipants>();
        services.AddSingleton<MasterFile, ParticipantFile>().AddSingleton<MasterFile, PointFile>().AddSingleton<MasterFile, GroupFile>().AddSingleton<MasterFile, ParticipationFile>()
            .AddSingleton<MasterFile, KeyFile>().AddSingleton<MasterFile, PriceFile>()
            .AddSingleton<MasterFile, TaxFile>().AddSingleton<MasterFile, BatteryFile>().AddSingleton<MasterFiles>();
    }

    public static void MapMarket(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPointEndpoints();
        endpoints.MapGroupEndpoints();
        endpoints.MapParticipantEndpoints();
        endpoints.MapTaxEndpoints();
        endpoints.MapBatteryEndpoints();
        endpoints.MapMasterFiles();
    }
}
