using CoMaKo.Contracts.V1;

namespace CoMaKo.Sync;

/// <summary>
/// Receives directives. A stream lives about a minute and is then resumed after the last pair (revision, id): the resumption is the polling
/// that finds what a silent line, a lost wake-up or a restored hub would hide.
/// </summary>
internal sealed class DirectiveWatch(IEdgeSyncClient client, IDirectiveSink sink, StatusReporter reporter, UplinkOptions options, TimeProvider clock, BackOff backOff)
{
    private const int MostReason = 500;

    // A process starts without memory: it then gets everything still valid, and the sink knows each id that it has seen.
    private readonly WatchRequest last = new();

    public async ValueTask RunSessionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long opened = clock.GetTimestamp();
            await foreach (var directive in client.WatchDirectivesAsync(last.Clone(), cancellationToken))
            {
                await TakeAsync(directive, cancellationToken);
                backOff.Reset();
            }

            if (clock.GetElapsedTime(opened) < options.FirstPause) throw new NoProgressException("The hub closes the stream of directives at once.");
            backOff.Reset();
        }
    }

    private async ValueTask TakeAsync(Directive directive, CancellationToken cancellationToken)
    {
        long nowUnixUs = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        var (outcome, reason) = directive.ValidUntilUnixUs <= nowUnixUs ? new DirectiveAnswer(DirectiveOutcome.Expired) : await sink.ApplyAsync(directive, cancellationToken);
        reporter.Add(new DirectiveState { Id = directive.Id, Revision = directive.Revision, State = (DirectiveState.Types.State)outcome, Reason = reason[..Math.Min(reason.Length, MostReason)] });
        (last.LastRevision, last.LastDirectiveId) = (directive.Revision, directive.Id);
    }
}
