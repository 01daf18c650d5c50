using CoMaKo.Hub.Access;
using CoMaKo.Hub.Metering.Consumption;
using CoMaKo.Hub.Metering.Readings;

namespace CoMaKo.Hub.Metering;

/// <summary>The context Metering: registers and load curves.</summary>
internal static class MeteringModule
{
    public static void AddMetering(this IServiceCollection services) =>
        services.AddSingleton<LoadCurves>().AddSingleton(services => new PointCurves(
            services.GetRequiredService<Storage.HubDatabase>(), services.GetRequiredService<LoadCurves>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<Events.EventOutbox>())).AddSingleton<ConsumptionIntake>().AddSingleton<AssignmentStore>().AddSingleton<ReadingStore>().AddSingleton<ProfileStore>().AddSingleton<AnomalyDecisions>().AddSingleton<ConflictReader>().AddSingleton<CalendarMonths>().AddSingleton<IOwnership, RegisterOwnership>()
            .AddHostedService<CurveJob>().AddHostedService<MonthJob>();

    public static void MapMetering(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRegisterEndpoints();
        endpoints.MapLoadCurveEndpoints();
        endpoints.MapPointCurveEndpoints();
        endpoints.MapAssignmentEndpoints();
        endpoints.MapConsumptionEndpoints();
        endpoints.MapReadingEndpoints();
        endpoints.MapAnomalyEndpoints();
    }
}
