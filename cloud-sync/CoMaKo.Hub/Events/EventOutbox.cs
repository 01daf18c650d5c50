using System.Text.Json;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Events;

/// <summary>What other programs are told.</summary>
internal static class EventTypes
{
    /// <summary>A gateway's batch brought register totals. Subject: the gateway. Data: <c>from</c>, <c>to</c> (slot ends), <c>totals</c>, <c>registers</c>.</summary>
    public const string IntervalsReceived = "intervals.received";

    /// <summary>A settlement run was made. Subject: the balance group. Data: <c>run</c>, <c>month</c>, <c>kind</c>.</summary>
    public const string SettlementFinished = "settlement.finished";

    /// <summary>A reading looks wrong. Subject: the metering point. Data: the finding.</summary>
    public const string ReadingAnomalous = "reading.anomalous";
}

/// <summary>
/// Puts events down in the transaction that makes them happen, so that there is an event exactly when it happened. Without a broker nothing is written,
/// because nobody would take it away.
/// </summary>
internal sealed class EventOutbox(bool hasBroker)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Puts an event down; it leaves after the commit, at least once.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="nowUs">Unix µs of the hub's clock.</param>
    /// <param name="data">Its content; members are written in snake_case.</param>
    public void Append(HubTransaction tx, string type, string subject, long nowUs, object data)
    {
        if (!hasBroker) return;
        tx.Prepare("INSERT INTO web_event (uid, type, subject, at_us, data) VALUES ($1, $2, $3, $4, $5)")
            .Bind(Guid.NewGuid().ToString()).Bind(type).Bind(subject).Bind(nowUs).Bind(JsonSerializer.Serialize(data, Json)).Later();
    }
}
