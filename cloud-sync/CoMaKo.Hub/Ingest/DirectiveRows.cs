using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Dapper;

namespace CoMaKo.Hub.Ingest;

/// <summary>Directives of a gateway: read by revision, their states noted as the gateway reports them.</summary>
internal static class DirectiveRows
{
    /// <summary>How often a waiting stream looks for new rows without having been woken.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);

    private const int MostReason = 500;

    /// <summary>What wakes the streams of a gateway.</summary>
    public static string TopicOf(GatewayId gateway) => "directive " + gateway.Value;

    /// <summary>Gives a directive the gateway's next revision under the lock of its row, and wakes its streams on all replicas.</summary>
    /// <param name="directive">Without a revision.</param>
    /// <param name="nowUs">When it is issued.</param>
    /// <returns>The revision; absent if there is no such gateway, or the same id was issued before.</returns>
    public static async ValueTask<long?> IssueAsync(HubTransaction tx, GatewayId gateway, Directive directive, long nowUs = 0)
    {
        if (await tx.Prepare("UPDATE ing_gateway SET directive_revision = directive_revision + 1 WHERE name = $1 RETURNING directive_revision").Bind(gateway.Value).NumberAsync() is not { } revision) return null;
        int issued = await tx.Prepare("""
            INSERT INTO ing_directive (revision, directive_id, valid_from_us, valid_until_us, issued_by, kind, content, issued_us, gateway_id)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, gateway_id FROM ing_gateway WHERE name = $9 ON CONFLICT DO NOTHING
            """).Bind(revision).Bind(directive.Id).Bind(directive.ValidFromUnixUs).Bind(directive.ValidUntilUnixUs).Bind(directive.IssuedBy).Bind(directive.Kind).Bind(directive.Content).Bind(nowUs).Bind(gateway.Value).RunAsync();
        if (issued == 0) return null;
        tx.Signal(TopicOf(gateway));
        return revision;
    }

    /// <summary>Waits to be woken, or until it is time to look anyway.</summary>
    public static async Task WaitAsync(Task woken, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(woken, Task.Delay(PollInterval, clock, ending.Token));
        await ending.CancelAsync(); // the timer is not needed any more
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The revision to go on after; 0 if the hub does not know the pair (it was restored from a backup, or the gateway is new).</summary>
    public static async Task<long> ResumeAfterAsync(HubDatabase database, GatewayId gateway, WatchRequest request)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<long>(
            "SELECT d.revision FROM ing_directive d JOIN ing_gateway g ON g.gateway_id = d.gateway_id WHERE g.name = @name AND d.revision = @revision AND d.directive_id = @id",
            new { name = gateway.Value, revision = request.LastRevision, id = request.LastDirectiveId });
    }

    /// <summary>Directives above a revision that are valid after an instant, oldest first.</summary>
    public static async Task<IReadOnlyList<Directive>> AfterAsync(HubDatabase database, GatewayId gateway, long revision, long validAfterUs)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<Directive>("""
            SELECT d.revision AS Revision, d.directive_id AS Id, d.valid_from_us AS ValidFromUnixUs, d.valid_until_us AS ValidUntilUnixUs,
              d.issued_by AS IssuedBy, d.kind AS Kind, d.content AS Content
            FROM ing_directive d JOIN ing_gateway g ON g.gateway_id = d.gateway_id
            WHERE g.name = @name AND d.revision > @revision AND d.valid_until_us > @validAfterUs
            ORDER BY d.revision
            """, new { name = gateway.Value, revision, validAfterUs });
        return [.. rows];
    }

    /// <summary>Notes what the gateway answered.</summary>
    public static void SetState(HubTransaction tx, long gatewayId, DirectiveState state, long nowUs) =>
        tx.Prepare("UPDATE ing_directive SET state = $1, reason = $2, answered_us = $3 WHERE gateway_id = $4 AND revision = $5 AND directive_id = $6")
            .Bind((long)state.State).Bind(state.Reason.Length == 0 ? null : state.Reason[..Math.Min(state.Reason.Length, MostReason)]).Bind(nowUs).Bind(gatewayId).Bind(state.Revision).Bind(state.Id).Later();

    /// <summary>Notes that directives went out on a stream; whether they arrived only the gateway's answer says.</summary>
    public static Task NoteSentAsync(HubDatabase database, GatewayId gateway, IReadOnlyList<Directive> directives, long nowUs) => database.WriteAsync(tx =>
    {
        foreach (var directive in directives)
            tx.Prepare("UPDATE ing_directive SET sent_us = $1 WHERE sent_us IS NULL AND revision = $2 AND directive_id = $3 AND gateway_id = (SELECT gateway_id FROM ing_gateway WHERE name = $4)")
                .Bind(nowUs).Bind(directive.Revision).Bind(directive.Id).Bind(gateway.Value).Later();
        return ValueTask.CompletedTask;
    });

    /// <summary>The newest revision given to a gateway, 0 before the first.</summary>
    public static async ValueTask<long> RevisionAsync(HubTransaction tx, long gatewayId) =>
        await tx.Prepare("SELECT directive_revision FROM ing_gateway WHERE gateway_id = $1").Bind(gatewayId).NumberAsync() ?? 0;
}
