using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Ingest;
using CoMaKo.Sync;

namespace CoMaKo.Scenarios.Sync;

/// <summary>Carries calls of one gateway process to the hub: loses, delays and repeats them, and keeps the deadline.</summary>
internal sealed class SimulatedNetwork(Timeline timeline, FaultPlan faults, SimulatedHub hub, SimulatedProcess process) : IEdgeSyncClient
{
    /// <summary>How late a repeated message may arrive.</summary>
    public static readonly TimeSpan Latest = TimeSpan.FromHours(2);

    public Task<HelloReply> HelloAsync(HelloRequest request, CancellationToken cancellationToken) =>
        CallAsync("hello", replica => replica.HelloAsync(process.Gateway, request, CancellationToken.None), TimeSpan.FromSeconds(10));

    public Task<Ack> PushAsync(Batch request, CancellationToken cancellationToken) =>
        CallAsync(
            FormattableString.Invariant($"push {request.FromSequence}+{request.Entries.Count}"),
            replica => replica.PushAsync(process.Gateway, request, CancellationToken.None),
            TimeSpan.FromSeconds(30));

    public Task<ReportReply> ReportAsync(GatewayStatus request, CancellationToken cancellationToken) =>
        CallAsync("report", replica => replica.ReportAsync(process.Gateway, request, CancellationToken.None), TimeSpan.FromSeconds(10));

    public async IAsyncEnumerable<Directive> WatchDirectivesAsync(WatchRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task; // directives are no part of this simulation
        yield break;
    }

    private Task<TReply> CallAsync<TReply>(string what, Func<IngestService, Task<TReply>> handle, TimeSpan deadline)
    {
        var answer = new TaskCompletionSource<TReply>();
        if (process.IsCutOff || timeline.Chance(faults.Refused))
        {
            timeline.After(TimeSpan.FromMilliseconds(5), () => answer.TrySetException(new GrpcStatusException(GrpcStatusCode.Unavailable, "No connection.")));
            return answer.Task;
        }

        timeline.After(deadline, () => answer.TrySetException(new GrpcStatusException(GrpcStatusCode.DeadlineExceeded, "Too late.")));
        if (!timeline.Chance(faults.Lost)) timeline.After(Delay(), () => Deliver(what, handle, answer));
        if (timeline.Chance(faults.Repeated))
            timeline.After(timeline.Between(TimeSpan.Zero, Latest), () => Deliver(what + " (from an old connection)", handle, new TaskCompletionSource<TReply>()));
        return answer.Task;
    }

    private void Deliver<TReply>(string what, Func<IngestService, Task<TReply>> handle, TaskCompletionSource<TReply> answer)
    {
        try
        {
            bool answered = hub.TryHandle(handle, out var reply);
            timeline.Note($"{process.Name}: {what} {(answered ? Short(reply) : "without an answer")}");
            if (answered && !timeline.Chance(faults.RepliesLost)) timeline.After(Delay(), () => answer.TrySetResult(reply!));
        }
        catch (GrpcStatusException refused)
        {
            timeline.After(Delay(), () => answer.TrySetException(refused));
        }
    }

    private TimeSpan Delay() => timeline.Chance(faults.Slow)
        ? timeline.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(90))
        : timeline.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300));

    private static string Short<TReply>(TReply reply) => reply switch
    {
        HelloReply hello => FormattableString.Invariant($"mark {hello.Mark.AckedSequence}, base {hello.BaseSequence}"),
        Ack { Mark: { } mark } ack => FormattableString.Invariant($"mark {mark.AckedSequence}, parked {ack.ParkedRecords}"),
        Ack => "no mark",
        _ => "",
    };
}
