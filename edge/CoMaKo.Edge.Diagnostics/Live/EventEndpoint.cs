using System.Text.Json;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Api;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>
/// <c>GET /events</c>: with <c>page</c> the changed parts of that page (at most twice a second), otherwise JSON of the <c>topics</c>
/// (<c>status</c>, <c>readings</c>; both by default; at most five times a second). The pace is real time, however fast the model clock runs.
/// Every connection begins with the whole state, so that <c>Last-Event-ID</c> needs no memory here.
/// </summary>
internal sealed class EventEndpoint(
    EventClients clients, ViewFactory views, PageRenderer renderer, RequestGuard guard, AccessOptions options, [FromKeyedServices(DiagnosticsModule.RealTime)] TimeProvider realTime, IHostApplicationLifetime lifetime)
{
    public static readonly TimeSpan PagePace = TimeSpan.FromMilliseconds(500);
    public static readonly TimeSpan TopicPace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly string[] Topics = ["status", "readings"];

    public async Task RunAsync(HttpContext context)
    {
        string? page = context.Request.Query["page"];
        string[] topics = TopicsOf(context.Request.Query["topics"]);
        if (page is null && topics.FirstOrDefault(topic => !Topics.Contains(topic)) is { } unknown)
        {
            await Problems.UnknownTopic(unknown).ExecuteAsync(context);
            return;
        }

        var request = ViewRequest.Of(context, page ?? "/");
        if (Rule(request).Judge(request.Visitor, options) is { } refusal)
        {
            await Problems.Of(refusal).ExecuteAsync(context);
            return;
        }

        using var client = clients.Enter();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, client.Refused, lifetime.ApplicationStopping);
        var stream = new EventStream(context.Response);
        try
        {
            await stream.OpenAsync(end.Token);
            await SendAsync(stream, context, request, page is null ? topics : null, end.Token);
        }
        catch (OperationCanceledException)
        {
            if (!client.Refused.IsCancellationRequested || context.RequestAborted.IsCancellationRequested) return;
            stream.Append("refused", $"{EventClients.Most}");
            await stream.FlushAsync(false, context.RequestAborted);
        }
    }

    private async Task SendAsync(EventStream stream, HttpContext context, ViewRequest request, string[]? topics, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(topics is null ? PagePace : TopicPace, realTime);
        long lastWrite = realTime.GetTimestamp();
        do
        {
            // Rights may end while a stream lives.
            request = request with { Visitor = guard.Look(context) };
            if (Rule(request).Judge(request.Visitor, options) is not null)
            {
                stream.Append("reload", "");
                await stream.FlushAsync(false, cancellationToken);
                return;
            }

            var view = await views.CreateAsync(request, cancellationToken);
            if (topics is null) await OfferPageAsync(stream, view);
            else OfferTopics(stream, view, topics);
            if (await stream.FlushAsync(realTime.GetElapsedTime(lastWrite) >= Heartbeat, cancellationToken)) lastWrite = realTime.GetTimestamp();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private static AccessRule Rule(ViewRequest request) => PageRules.Of(request.Page);

    private async Task OfferPageAsync(EventStream stream, View view)
    {
        foreach (var (id, html) in PageParts.Of(await renderer.RenderAsync(view)))
            stream.Offer("part", id, JsonSerializer.Serialize(new { id, html }, ApiJson.Options));
    }

    private static void OfferTopics(EventStream stream, View view, string[] topics)
    {
        if (topics.Contains("status")) stream.Offer("status", "status", JsonSerializer.Serialize(StatusDocument.Of(view, withNow: false), ApiJson.Options));
        if (topics.Contains("readings"))
            foreach (var device in view.Devices)
                stream.Offer("reading", "reading " + device.Info.Id, JsonSerializer.Serialize(ReadingDocument.Of(device), ApiJson.Options));
    }

    private static string[] TopicsOf(string? topics) => string.IsNullOrWhiteSpace(topics) ? Topics : topics.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
