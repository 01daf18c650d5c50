using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Api;
using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>What a technician commands. Who asks is checked by the guard; whether it may be done, by the host.</summary>
internal sealed class ControlEndpoints(ControlPorts ports, PageSender pages, Audit audit)
{
    private static readonly AccessRule Pulse = AccessRule.Installer with { IsAutomatic = true };
    private static readonly AccessRule Stop = new(Role.Viewer);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/battery/test", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.Installer);
        endpoints.MapPost("/battery/test/start", (HttpContext context, ControlEndpoints control) => control.StartAsync(context)).WithMetadata(AccessRule.Dangerous);
        endpoints.MapPost("/battery/test/heartbeat", (HttpContext context, ControlEndpoints control) => control.HeartbeatAsync(context)).WithMetadata(Pulse);
        endpoints.MapPost("/battery/test/stop", (HttpContext context, ControlEndpoints control) => control.StopAsync(context)).WithMetadata(Stop);
        endpoints.MapPost("/battery/lock", (HttpContext context, ControlEndpoints control) => control.LockAsync(context)).WithMetadata(AccessRule.Installer);
        endpoints.MapPost("/battery/unlock", (HttpContext context, ControlEndpoints control) => control.UnlockAsync(context)).WithMetadata(AccessRule.Dangerous);
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        if (ports.Commands is not { } commands) return Problems.Of(Refusal.NothingToControl);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var wish = WriteTests.Wish(new DeviceId(form["device"].ToString()), form["test"], form["watts"]);
        string by = Visitor.Of(context).Account!.Name;
        var answer = await commands.StartTestAsync(wish, by, context.RequestAborted);
        await audit.WriteAsync(
            context, answer.IsAccepted ? "write-test-started" : "write-test-refused", by,
            ("device", wish.Device.Value), ("power", wish.Power.ToString()), ("result", answer.Fault?.Code ?? FormattableString.Invariant($"test {answer.Id}")));
        return answer.Fault is { } fault ? Problems.Of(Refusal.ByHost(fault)) : ApiJson.Result(new { id = answer.Id });
    }

    /// <summary>Only the page that started the test knows its id from its own start, and sends it each second.</summary>
    private async Task<IResult> HeartbeatAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (ports.Commands is not { } commands || !long.TryParse(form["test"], out long id) || commands.Test is not { Phase: WriteTestPhase.Running } test || test.Id != id)
            return Results.StatusCode(StatusCodes.Status410Gone);
        commands.Heartbeat(id);
        return Results.NoContent();
    }

    /// <summary>Anybody with an account may stop a test, without the password: stopping is the safe side.</summary>
    private async Task StopAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (ports.Commands is { } commands && long.TryParse(form["test"], out long id))
        {
            await commands.StopTestAsync(id, CancellationToken.None); // the browser may leave at once
            await audit.WriteAsync(context, "write-test-stopped", Visitor.Of(context).Account!.Name, ("test", FormattableString.Invariant($"{id}")));
        }

        context.Response.SeeOther("/battery/test");
    }

    private async Task LockAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        string by = Visitor.Of(context).Account!.Name;
        Duration? length = int.TryParse(form["hours"], out int hours) && hours is > 0 and <= 72 ? Duration.FromHours(hours) : null;
        var answer = ports.Commands is { } commands ? await commands.LockAsync(by, null, length, context.RequestAborted) : null;
        await FinishAsync(context, answer, "control-locked", by, ("hours", FormattableString.Invariant($"{length?.TotalHours ?? 0}")));
    }

    private async Task UnlockAsync(HttpContext context)
    {
        string by = Visitor.Of(context).Account!.Name;
        var answer = ports.Commands is { } commands ? await commands.UnlockAsync(by, context.RequestAborted) : null;
        await FinishAsync(context, answer, "control-unlocked", by);
    }

    private async Task FinishAsync(HttpContext context, CommandAnswer? answer, string what, string by, params (string, string)[] details)
    {
        var refusal = answer is null ? Refusal.NothingToControl : answer.Fault is { } fault ? Refusal.ByHost(fault) : null;
        if (refusal is null)
        {
            await audit.WriteAsync(context, what, by, details);
            context.Response.SeeOther("/battery");
        }
        else await pages.SendAsync(context, request => request with { Page = PageKind.Refused, Notice = refusal }, refusal.Status);
    }
}
