using System.Globalization;
using System.Text;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Api;
using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Quantities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Plan and events for machines: JSON and CSV (RFC 4180, UTC, W and EUR/kWh, + towards the building).</summary>
internal static class ControlExport
{
    private const int MostEvents = 10_000;
    private static readonly Duration Kept = Duration.FromDays(2 * 366); // §14a: two years

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/control", async (HttpContext context, ViewFactory views) => (await ViewAsync(context, views, PageKind.Overview)).Control is { } control ? ApiJson.Result(ControlDocument.Of(control.State)) : Problems.Of(Refusal.NothingToControl)).WithMetadata(AccessRule.Values);
        endpoints.MapGet("/api/plan", async (HttpContext context, ViewFactory views) => ApiJson.Result((await ViewAsync(context, views, PageKind.PlanTable)).Control?.Slots.Select(PlanDocument.Of).ToList() ?? [])).WithMetadata(AccessRule.Values);
        endpoints.MapGet("/api/plan.csv", PlanAsync).WithMetadata(AccessRule.Values);
        endpoints.MapGet("/api/grid-events.csv", EventsAsync).WithMetadata(AccessRule.Installer);
        endpoints.MapGet("/api/grid-events/{id:long}.csv", EventAsync).WithMetadata(AccessRule.Installer);
    }

    private static async Task PlanAsync(HttpContext context, ViewFactory views)
    {
        var view = await ViewAsync(context, views, PageKind.PlanTable);
        var csv = new Csv(context.Response, "plan.csv");
        await csv.RowAsync("start", "import_eur_kwh", "export_eur_kwh", "planned_min_w", "planned_max_w", "planned_soc_percent", "load_p10_w", "load_p50_w", "load_p90_w",
            "pv_p10_w", "pv_p50_w", "pv_p90_w", "value_eur_kwh", "reason", "battery_w", "load_w", "pv_w", "grid_w", "soc_percent");
        foreach (var slot in view.Control?.Slots ?? [])
        {
            var (p, m) = (slot.Planned, slot.Measured);
            await csv.RowAsync(slot.Slot.Start, slot.ImportPrice, slot.ExportPrice, p?.Battery.Min, p?.Battery.Max, p?.SoCPercent, p?.Load.Low, p?.Load.Median, p?.Load.High,
                p?.Pv.Low, p?.Pv.Median, p?.Pv.High, p?.Value, p?.Reason?.Code, m?.Battery, m?.Load, m?.Pv, m?.Grid, m?.SoCPercent);
        }
    }

    private static async Task EventsAsync(HttpContext context, ControlPorts ports, TimeProvider time)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var csv = new Csv(context.Response, "grid-events.csv");
        await csv.RowAsync("event", "kind", "origin", "source", "received", "first_write", "all_written", "ended", "limit_w", "power_before_w", "power_after_w");
        foreach (var call in ports.History is { } history ? await history.EventsAsync(now - Kept, now, MostEvents, context.RequestAborted) : [])
            await csv.RowAsync(call.Id, call.Kind, call.Origin, call.Source, call.Received, call.FirstWrite, call.AllWritten, call.Ended, call.Limit, call.PowerBefore, call.PowerAfter);
    }

    private static async Task<IResult> EventAsync(HttpContext context, ControlPorts ports, long id)
    {
        if (ports.History is not { } history || await history.EventCsvAsync(id, context.RequestAborted) is not { } csv) return Problems.NoResource(context.Request.Path);
        context.Response.Headers.CacheControl = "no-store";
        return Results.File(Encoding.UTF8.GetBytes(csv), "text/csv; charset=utf-8", FormattableString.Invariant($"grid-event-{id}.csv"));
    }

    private static ValueTask<View> ViewAsync(HttpContext context, ViewFactory views, PageKind page) =>
        views.CreateAsync(ViewRequest.Of(context, "/") with { Page = page }, context.RequestAborted);

    /// <summary>Writes rows as they come.</summary>
    private sealed class Csv
    {
        private readonly HttpResponse response;

        public Csv(HttpResponse response, string name)
        {
            this.response = response;
            response.ContentType = "text/csv; charset=utf-8";
            response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
            response.Headers.CacheControl = "no-store";
        }

        public Task RowAsync(params ReadOnlySpan<object?> cells)
        {
            var row = new StringBuilder();
            for (int i = 0; i < cells.Length; i++) row.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
            return response.WriteAsync(row.Append("\r\n").ToString());
        }

        private static string Cell(object? value) => value switch
        {
            null => "",
            string text => Text(text),
            Instant at => InstantPattern.ExtendedIso.Format(at),
            Power power => power.Watts.ToString("0.###", CultureInfo.InvariantCulture),
            Enum word => word.ToString().ToLowerInvariant(),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => Text(other.ToString() ?? ""),
        };

        // A table program would take such a text for a formula (security §6).
        private static string Text(string text)
        {
            if (text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..]) text = "'" + text;
            return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }
    }
}
