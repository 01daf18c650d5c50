using CoMaKo.Contracts.V1;
using CoMaKo.Sync;

namespace CoMaKo.Edge.Hosting;

/// <summary>Answers directives of the hub. This version executes no kind: each is refused, logged, and the hub is told so.</summary>
internal sealed partial class DirectiveInbox(ILogger<DirectiveInbox> log) : IDirectiveSink
{
    public ValueTask<DirectiveOutcome> ApplyAsync(Directive directive, CancellationToken cancellationToken)
    {
        Refused(directive.Kind, directive.Id, directive.IssuedBy);
        return ValueTask.FromResult(DirectiveOutcome.Rejected);
    }

    [LoggerMessage(1, LogLevel.Warning, "CME-1601 The directive {Id} of kind '{Kind}' from {IssuedBy} was refused: this version executes no directives.")]
    private partial void Refused(string kind, string id, string issuedBy);
}
