using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Web.Api;

/// <summary><c>GET /metrics</c>: Prometheus text, base units.</summary>
internal static class MetricsEndpoint
{
    private const string Prefix = "comako_hub_";
    private const int MostGateways = 10_000;

    public static void MapMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", async (IngestService ingest, GatewayReader gateways, TimeProvider clock) =>
            Results.Text(Of(ingest.Meter, await gateways.ListAsync("", MostGateways), clock.UnixMicroseconds()), PrometheusText.ContentType)).ExcludeFromDescription().ForViewers(Scopes.FleetRead);

    private static string Of(IngestMeter meter, IReadOnlyList<GatewayInfo> gateways, long nowUs)
    {
        var text = new PrometheusText();
        text.Gauge(Prefix + "build_info", "Version of the hub.").Sample(1, ("version", typeof(MetricsEndpoint).Assembly.GetName().Version!.ToString(3)));
        text.Counter(Prefix + "ingest_batches_total", "Batches answered since the start.").Sample(meter.Batches);
        text.Counter(Prefix + "ingest_records_total", "Records taken above a mark since the start.").Sample(meter.Records);
        text.Counter(Prefix + "ingest_parked_records_total", "Records kept aside since the start.").Sample(meter.Parked);
        text.Histogram(Prefix + "ingest_answer_seconds", "From the last byte of a batch to its answer.", IngestMeter.Bounds, meter.AnsweredWithin, meter.AnsweredSeconds);
        text.Gauge(Prefix + "gateways", "Gateways that ever called.").Sample(gateways.Count);
        text.Gauge(Prefix + "parked_records", "Records kept aside now.").Sample(gateways.Sum(gateway => gateway.ParkedRecords));
        text.Gauge(Prefix + "gateway_last_contact_age_seconds", "Time since a gateway called.");
        foreach (var gateway in gateways) text.Sample(Math.Max(0, nowUs - gateway.LastContactUs) / 1e6, ("gateway", gateway.Name));
        text.Gauge(Prefix + "gateway_acked_sequence", "Last record that the hub holds of a gateway's store.");
        foreach (var gateway in gateways) text.Sample(gateway.AckedSequence, ("gateway", gateway.Name));
        text.Gauge(Prefix + "gateway_backlog_records", "Records that wait in a gateway, as of its last report.");
        foreach (var gateway in gateways)
            if (gateway.Waiting is { } waiting) text.Sample(waiting, ("gateway", gateway.Name));
        return text.ToString();
    }
}
