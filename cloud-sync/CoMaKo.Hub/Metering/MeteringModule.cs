using CoMaKo.Hub.Metering.Consumption;

namespace CoMaKo.Hub.Metering;

/// <summary>The context Metering: registers and load curves.</summary>
internal static class MeteringModule
{
    public static void AddMetering(this IServiceCollection services) =>
        services.AddSingleton<LoadCurves>().AddSingleton<PointCurves>().AddSingleton<ConsumptionIntake>().AddSingleton<AssignmentStore>().AddSingleton<ConflictReader>().AddSingleton<CalendarMonths>().AddHostedService<CurveJob>().AddHostedService<MonthJob>();

    public static void MapMetering(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRegisterEndpoints();
        endpoints.MapLoadCurveEndpoints();
        endpoints.MapPointCurveEndpoints();
        endpoints.MapAssignmentEndpoints();
        endpoints.MapConsumptionEndpoints();
    }
}
