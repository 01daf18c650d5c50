using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Host;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>Alerts and recipients as pages show them.</summary>
internal static class AlertSample
{
    /// <summary>The cooperative's own rules; one names somebody who is not put down.</summary>
    public static AlertRules Rules { get; } = HubSettings.Read(
        """{"alerts":{"rules":[{"kind":"month.gap","days_before_due":3,"severity":"fault","to":["anna","vorstand","role:operator"]},{"kind":"anomaly","quiet_from":"20:00","quiet_to":"07:00"},{"kind":"job","after_minutes":90},{"kind":"dispute","alerts":false}]}}""",
        "sample").Settings.Alerts;

    /// <summary>Adds two recipients, and makes alerts of the faults that there are.</summary>
    public static async Task FillAsync(RunningHub hub)
    {
        await hub.PutAsync("/alert_recipients/anna", """{"channel":"mail","target":"anna@sonnenhang.example","quiet_from":"22:00","quiet_to":"06:30","faults_break_through":true}""");
        await hub.PutAsync("/alert_recipients/dienst", """{"channel":"webhook","target":"https://hooks.sonnenhang.example/comako","kinds":["gateway"],"rank":"fault","delay_minutes":30,"is_active":false}""");
        await LookAsync(hub, 0, 2, 2);
    }

    /// <summary>Looks at the causes, each time so many minutes later. The clock steps, so that nobody else looks by themselves.</summary>
    public static async Task LookAsync(RunningHub hub, params int[] minutes)
    {
        foreach (int pause in minutes)
        {
            hub.Clock.StepWallClock(TimeSpan.FromMinutes(pause));
            Assert.NotNull(await hub.Services.GetRequiredService<AlertWatch>().LookAsync(CancellationToken.None));
        }
    }
}
