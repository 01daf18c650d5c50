using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Metering.Buildings;
using CoMaKo.Hub.Metering.Consumption;
using CoMaKo.Hub.Metering.Disputes;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Metering.Readings.Uploads;
using CoMaKo.Hub.Metering.Substitutes;
using CoMaKo.Hub.Metering.Voice;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Metering;

/// <summary>The context Metering: registers, readings, and the curves of registers and metering points.</summary>
internal static class MeteringModule
{
    public static void AddMetering(this IServiceCollection services)
    {
        services.AddSingleton<LoadCurves>().AddSingleton<ConflictReader>().AddSingleton<CalendarMonths>().AddSingleton<IOwnership, RegisterOwnership>();
        services.AddSingleton(parts => new PointCurves(
            parts.GetRequiredService<HubDatabase>(), parts.GetRequiredService<LoadCurves>(), parts.GetRequiredService<TimeProvider>(), parts.GetRequiredService<EventOutbox>()));
        services.AddSingleton<AssignmentStore>().AddSingleton<MasterFile, AssignmentFile>().AddSingleton<ConsumptionIntake>();
        services.AddSingleton<ReadingStore>().AddSingleton<ReadingLog>().AddSingleton<ProfileStore>().AddSingleton<AnomalyDecisions>().AddSingleton<VoiceDesk>().AddSingleton<OtherPoints>().AddSingleton<SubstituteStore>();
        services.AddSingleton<IWorkSource, MeteringWork>();
        services.AddSingleton<UploadStore>().AddSingleton<UploadJob>().AddHostedService(all => all.GetRequiredService<UploadJob>());
        services.AddSingleton<DisputeBook>().AddSingleton<DisputeForm>().AddSingleton<IWorkSource, DisputeWork>();
        services.AddSingleton<IOwnData, OwnCurveData>().AddSingleton<IErasure, CurveErasure>();
        services.AddHostedService<CurveJob>().AddHostedService<MonthJob>();
    }

    public static void MapMetering(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRegisterEndpoints();
        endpoints.MapLoadCurveEndpoints();
        endpoints.MapPointCurveEndpoints();
        endpoints.MapAssignmentEndpoints();
        endpoints.MapBuildingEndpoints();
        endpoints.MapConsumptionEndpoints();
        endpoints.MapReadingEndpoints();
        endpoints.MapAnomalyEndpoints();
        endpoints.MapDisputeEndpoints();
        endpoints.MapVoiceEndpoints();
        endpoints.MapSubstituteEndpoints();
    }
}
