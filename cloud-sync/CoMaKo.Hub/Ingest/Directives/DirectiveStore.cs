using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Ingest.Directives;

/// <summary>How far a directive has come.</summary>
internal enum DirectiveStage
{
    /// <summary>The gateway's stream has not taken it yet.</summary>
    Issued,

    /// <summary>It went out on a stream; the gateway has not answered.</summary>
    Sent,

    /// <summary>The gateway holds it and does what it says while it is valid.</summary>
    Accepted,

    /// <summary>The gateway does not do it, and says why.</summary>
    Rejected,

    /// <summary>It came too late: the gateway never did it.</summary>
    Expired,
}

/// <summary>What became of issuing one.</summary>
internal enum IssueResult
{
    Created,

    /// <summary>The same id had another content or validity: the new one takes its place at the gateway, too.</summary>
    Replaced,
    Unchanged,
    UnknownGateway,
}

/// <summary>Directives for gateways: issued here, sent by whatever replica has the gateway's stream.</summary>
internal sealed class DirectiveStore(HubDatabase database, TimeProvider clock)
{
    private const string Select = """
        SELECT g.name AS Gateway, d.directive_id AS Id, d.revision AS Revision, d.kind AS Kind, d.valid_from_us AS FromUs, d.valid_until_us AS UntilUs, d.issued_by AS IssuedBy, d.issued_us AS IssuedUs,
          d.state AS State, d.sent_us AS SentUs, d.answered_us AS AnsweredUs, d.reason AS Reason, d.content AS Content
        FROM ing_directive d JOIN ing_gateway g ON g.gateway_id = d.gateway_id WHERE g.name = @gateway
        """;

    /// <summary>Issues a directive, or puts it in the place of the one with its id.</summary>
    public Task<IssueResult> IssueAsync(GatewayId gateway, Directive directive, Caller caller) => database.WriteAsync(async tx =>
    {
        if (await tx.Prepare($"SELECT gateway_id FROM ing_gateway WHERE name = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(gateway.Value).NumberAsync() is not { } gatewayId) return IssueResult.UnknownGateway;
        var there = await tx.Prepare("SELECT kind, content, valid_from_us, valid_until_us FROM ing_directive WHERE gateway_id = $1 AND directive_id = $2").Bind(gatewayId).Bind(directive.Id)
            .ListAsync(row => (row.Text(0), row.Text(1), row.Int64(2), row.Int64(3)));
        if (there is [var same] && same == (directive.Kind, directive.Content, directive.ValidFromUnixUs, directive.ValidUntilUnixUs)) return IssueResult.Unchanged;
        if (there.Count > 0) await tx.Prepare("DELETE FROM ing_directive WHERE gateway_id = $1 AND directive_id = $2").Bind(gatewayId).Bind(directive.Id).RunAsync();
        directive.IssuedBy = caller.Name;
        long now = clock.UnixMicroseconds();
        await DirectiveRows.IssueAsync(tx, gateway, directive, now);
        await Audit.AppendAsync(tx, now, caller.Name, "directive.issue", gateway.Value, JsonSerializer.Serialize(new
        {
            id = directive.Id, kind = directive.Kind, valid_from = Iso(directive.ValidFromUnixUs), valid_until = Iso(directive.ValidUntilUnixUs), content = directive.Content,
        }));
        return there.Count > 0 ? IssueResult.Replaced : IssueResult.Created;
    });

    /// <summary>One directive; absent if there is none.</summary>
    public async Task<DirectiveDocument?> FindAsync(string gateway, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<Row>($"{Select} AND d.directive_id = @id", new { gateway, id })).FirstOrDefault()?.ToDocument();
    }

    /// <summary>A gateway's directives, newest first, before a revision.</summary>
    public async Task<IReadOnlyList<DirectiveDocument>> BeforeAsync(string gateway, long revision, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<Row>($"{Select} AND d.revision < @revision ORDER BY d.revision DESC LIMIT @limit", new { gateway, revision, limit })).Select(row => row.ToDocument())];
    }

    private static string Iso(long unixUs) => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(unixUs * 10));

    private sealed class Row
    {
        public string Gateway { get; init; } = "";

        public string Id { get; init; } = "";

        public long Revision { get; init; }

        public string Kind { get; init; } = "";

        public long FromUs { get; init; }

        public long UntilUs { get; init; }

        public string IssuedBy { get; init; } = "";

        public long IssuedUs { get; init; }

        public long State { get; init; }

        public long? SentUs { get; init; }

        public long? AnsweredUs { get; init; }

        public string? Reason { get; init; }

        public string Content { get; init; } = "";

        public DirectiveDocument ToDocument() => new(
            Gateway, Id, Revision, Enum.Parse<DirectiveKind>(Kind, ignoreCase: true), Iso(FromUs), Iso(UntilUs), IssuedBy, IssuedUs > 0 ? Iso(IssuedUs) : null, Stage, SentUs is { } sent ? Iso(sent) : null,
            AnsweredUs is { } answered ? Iso(answered) : null, Reason, JsonSerializer.Deserialize<JsonElement>(Content));

        private DirectiveStage Stage => (DirectiveState.Types.State)State switch
        {
            DirectiveState.Types.State.Accepted => DirectiveStage.Accepted,
            DirectiveState.Types.State.Rejected => DirectiveStage.Rejected,
            DirectiveState.Types.State.Expired => DirectiveStage.Expired,
            _ => SentUs is null ? DirectiveStage.Issued : DirectiveStage.Sent,
        };
    }
}
