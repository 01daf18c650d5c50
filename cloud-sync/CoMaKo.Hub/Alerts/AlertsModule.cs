using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Alerts;

/// <summary>The context Alerts: who is told what of the work list's causes.</summary>
internal static class AlertsModule
{
    public static void AddAlerts(this IServiceCollection services, AlertRules rules)
    {
        services.AddSingleton(rules).AddSingleton<NoticeText>().AddSingleton<RecipientDesk>().AddSingleton<RecipientStore>().AddSingleton<IWebhookKeys>(all => all.GetRequiredService<RecipientStore>());
        services.AddSingleton<IWorkSource, UndeliveredWork>();
        services.AddSingleton<AlertWatch>().AddHostedService(all => all.GetRequiredService<AlertWatch>());
    }

    public static void MapAlerts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapAlertEndpoints();
        endpoints.MapAlertRules();
        endpoints.MapRecipientEndpoints();
    }
}
