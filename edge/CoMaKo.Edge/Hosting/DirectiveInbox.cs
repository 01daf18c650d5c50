using System.Collections.Immutable;
using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Storage;
using CoMaKo.Sync;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// The hub's directives: read strictly, kept over a restart, given to control for as long as they are valid. The same id again changes nothing;
/// with another content or validity it takes the place of the earlier one, which is how the hub ends a directive early.
/// What cannot be read or is not executed here is refused, logged, and the hub is told so.
/// </summary>
internal sealed partial class DirectiveInbox : IDirectiveSink
{
    private const string StateKey = "directives";
    private const int MostHeld = 200;

    private readonly SqliteControlStore store;
    private readonly TimeProvider clock;
    private readonly ILogger<DirectiveInbox> log;
    private volatile ImmutableList<Held> held;

    public DirectiveInbox(SqliteControlStore store, TimeProvider clock, ILogger<DirectiveInbox> log)
    {
        (this.store, this.clock, this.log) = (store, clock, log);
        held = [.. Kept(store.State(StateKey)).Select(k => new Held(k, Read(k).Value)).Where(h => h.Directive is not null)];
    }

    /// <summary>All directives that have not ended.</summary>
    public IEnumerable<HubDirective> Current => held.Select(h => h.Directive!);

    /// <summary>Changes with every directive that comes or goes.</summary>
    public long Revision { get; private set; }

    public ValueTask<DirectiveAnswer> ApplyAsync(Directive directive, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(directive);
        var kept = new KeptDirective(directive.Id, directive.Kind, directive.ValidFromUnixUs, directive.ValidUntilUnixUs, directive.IssuedBy, directive.Content);
        if (held.Any(h => h.Kept == kept)) return new(new DirectiveAnswer(DirectiveOutcome.Accepted));
        var read = Read(kept);
        if (!read.Success) return new(Refuse(directive, read.Error.Code, read.Error.Text));

        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        if (read.Value is PriceDirective prices && PriceRules.Check(prices, now) is [var first, ..]) return new(Refuse(directive, first.Code, first.Text));

        var left = held.RemoveAll(h => h.Directive!.Until <= now || h.Kept.Id == kept.Id);
        if (left.Count >= MostHeld) return new(Refuse(directive, "CME-1604", $"The gateway holds {MostHeld} directives already."));

        // Kept before it counts: a limit that was accepted must not be forgotten by a power cut.
        var next = left.Add(new(kept, read.Value));
        store.SetState(StateKey, JsonSerializer.Serialize(next.Select(h => h.Kept)), now);
        held = next;
        Revision++;
        return new(new DirectiveAnswer(DirectiveOutcome.Accepted));
    }

    private DirectiveAnswer Refuse(Directive directive, string code, string reason)
    {
        Refused(code, directive.Id, directive.IssuedBy, reason);
        return new DirectiveAnswer(DirectiveOutcome.Rejected, $"{code} {reason}");
    }

    private static Quantities.ParseResult<HubDirective> Read(KeptDirective kept) =>
        DirectiveReader.Read(kept.Id, kept.Kind, At(kept.FromUnixUs), At(kept.UntilUnixUs), kept.IssuedBy, kept.Content);

    private static Instant At(long unixMicroseconds) => Instant.FromUnixTimeTicks(Math.Clamp(unixMicroseconds, 0, 253_402_300_799_000_000) * 10);

    private static KeptDirective[] Kept(string? json) => json is null ? [] : JsonSerializer.Deserialize<KeptDirective[]>(json) ?? [];

    [LoggerMessage(1, LogLevel.Warning, "CME-1601 The directive {Id} from {IssuedBy} was refused: {Code} {Reason}")]
    private partial void Refused(string code, string id, string issuedBy, string reason);

    private sealed record Held(KeptDirective Kept, HubDirective? Directive);

    private sealed record KeptDirective(string Id, string Kind, long FromUnixUs, long UntilUnixUs, string IssuedBy, string Content);
}
