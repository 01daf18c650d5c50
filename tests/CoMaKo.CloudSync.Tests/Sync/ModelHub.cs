using System.Runtime.CompilerServices;
using CoMaKo.Contracts.V1;
using CoMaKo.Sync;
using Google.Protobuf;

namespace CoMaKo.CloudSync.Tests.Sync;

/// <summary>A hub in memory that keeps marks by the rules, and can be told to misbehave.</summary>
internal sealed class ModelHub : IEdgeSyncClient
{
    private readonly Dictionary<ulong, (long Base, long Sequence, byte[] Chain)> marks = [];

    public List<string> Calls { get; } = [];

    public List<Batch> Batches { get; } = [];

    public List<GatewayStatus> Reports { get; } = [];

    public List<WatchRequest> Watches { get; } = [];

    public List<Directive> Directives { get; } = [];

    /// <summary>Asked before each call; throws what the line or the hub would.</summary>
    public Action<string, IMessage> Before { get; set; } = (_, _) => { };

    public int? RetryAfterMs { get; set; }

    public long MarkOf(ulong epoch) => marks[epoch].Sequence;

    public void SetMark(ulong epoch, long sequence, byte[] chain, long? newBase = null) => marks[epoch] = (newBase ?? marks[epoch].Base, sequence, chain);

    public void Forget() => marks.Clear();

    public Task<HelloReply> HelloAsync(HelloRequest request, CancellationToken cancellationToken)
    {
        Enter("hello", request);
        marks.TryAdd(request.Epoch, (request.FirstHeldSequence - 1, request.FirstHeldSequence - 1, request.ChainBeforeFirstHeld.ToByteArray()));
        return Task.FromResult(new HelloReply { Mark = Mark(request.Epoch), BaseSequence = marks[request.Epoch].Base, MaxBatchRecords = 500, MaxBatchBytes = 256 * 1024 });
    }

    public Task<Ack> PushAsync(Batch request, CancellationToken cancellationToken)
    {
        Enter("push", request);
        Batches.Add(request);
        if (!marks.TryGetValue(request.Epoch, out var mark)) return Task.FromResult(new Ack());
        if (request.FromSequence == mark.Sequence + 1 && request.ChainBefore.Span.SequenceEqual(mark.Chain))
            marks[request.Epoch] = (mark.Base, mark.Sequence + request.Entries.Count, request.ChainAfter.ToByteArray());
        var ack = new Ack { Mark = Mark(request.Epoch) };
        if (RetryAfterMs is { } pause) ack.RetryAfterMs = pause;
        return Task.FromResult(ack);
    }

    public Task<ReportReply> ReportAsync(GatewayStatus request, CancellationToken cancellationToken)
    {
        Enter("report", request);
        Reports.Add(request);
        return Task.FromResult(new ReportReply());
    }

    public async IAsyncEnumerable<Directive> WatchDirectivesAsync(WatchRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Enter("watch", request);
        Watches.Add(request);
        foreach (var directive in Directives.Where(directive => directive.Revision > request.LastRevision).ToList()) yield return directive;
        var forever = new TaskCompletionSource();
        using var stop = cancellationToken.Register(() => forever.TrySetCanceled(cancellationToken));
        if (!EndStreams) await forever.Task;
    }

    public bool EndStreams { get; set; }

    private void Enter(string call, IMessage request)
    {
        Calls.Add(call);
        Before(call, request);
    }

    private Mark Mark(ulong epoch) => new() { AckedSequence = marks[epoch].Sequence, AckedChain = ByteString.CopyFrom(marks[epoch].Chain) };
}
