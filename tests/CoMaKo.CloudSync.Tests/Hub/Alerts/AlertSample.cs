using CoMaKo.Hub.Alerts;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>Alerts and recipients as pages show them.</summary>
internal static class AlertSample
{
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
