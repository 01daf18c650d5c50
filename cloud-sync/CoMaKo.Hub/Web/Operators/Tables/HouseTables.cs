using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Texts;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Web.Operators.Tables;

/// <summary>The record of who did what, newest first.</summary>
internal sealed class AuditTable(HubDatabase database) : TableSource
{
    private const int MostShown = 160;

    public override string Address => "/pages/audit";

    public override string Title => "nav.audit";

    public override string Sentence => "audit.sentence";

    public override string Count => "audit.count";

    public override IReadOnlyList<TableColumn> Columns { get; } =
        [new("seq", "audit.seq", CsvKind.Number), new("at", "audit.at"), new("actor", "audit.actor"), new("action", "audit.action", IsMono: true), new("subject", "audit.subject"), new("detail", "audit.detail")];

    public override IReadOnlyList<TableFilter> Filters { get; } = [new("actor", "audit.actor", []), new("action", "audit.action", []), new("subject", "audit.subject", [])];

    public override async Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say)
    {
        long before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long seq) ? seq : long.MaxValue;
        string[] asked = [.. filter.Where(each => each.Value.Length > 0).Select(each => each.Key)]; // names of columns, from the list above
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(long Seq, long AtUs, string Actor, string Action, string Subject, string Detail)>(
            $"SELECT seq, at_us, actor, action, subject, detail FROM web_audit WHERE seq < @before {string.Concat(asked.Select(name => $"AND lower({name}) LIKE @{name} "))} ORDER BY seq DESC LIMIT @limit",
            new { before, limit, actor = SearchText.Like(filter["actor"]), action = SearchText.Like(filter["action"]), subject = SearchText.Like(filter["subject"]) });
        return [.. rows.Select(row => new TableRow(row.Seq.ToString(CultureInfo.InvariantCulture),
        [
            new(row.Seq.ToString(CultureInfo.InvariantCulture)), KeyTable.Time(row.AtUs, say), new(row.Actor), new(row.Action), new(row.Subject, Class: "wrap"), new(row.Detail, Plainly(row.Detail), Class: "wrap small quiet"),
        ]))];
    }

    /// <summary>Details that are a document, as names and values; the file has them as they are.</summary>
    private static string Plainly(string detail)
    {
        string plain = detail;
        if (detail.StartsWith('{'))
        {
            try
            {
                using var document = JsonDocument.Parse(detail);
                plain = string.Join(" · ", document.RootElement.EnumerateObject().Select(member => $"{member.Name} {TextOf(member.Value)}"));
            }
            catch (JsonException)
            {
                // not a document after all: shown as it is
            }
        }

        return plain.Length > MostShown ? plain[..MostShown] + "…" : plain;
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(TextOf)),
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(member => $"{member.Name} {TextOf(member.Value)}")),
        _ => value.GetRawText(),
    };
}

/// <summary>Keys of programs, without their secrets, newest first.</summary>
internal sealed class KeyTable(ApiKeys keys, TimeProvider clock) : TableSource
{
    public override string Address => "/pages/keys";

    public override string Title => "nav.keys";

    public override string Sentence => "keys.sentence";

    public override string Count => "keys.count";

    public override (string Address, string Word)? New => ("/pages/new_key", "keys.new");

    public override IReadOnlyList<TableColumn> Columns { get; } =
    [
        new("id", "keys.id", IsMono: true), new("name", "keys.name"), new("state", "work.state"), new("role", "keys.role"), new("participant", "points.participant"), new("scopes", "keys.scopes"), new("network", "keys.network"),
        new("created_at", "keys.created"), new("expires_at", "keys.expires"), new("last_used_at", "keys.used"),
    ];

    public override IReadOnlyList<TableFilter> Filters { get; } = [new("state", "work.state", [("valid", "keys.valid"), ("revoked", "keys.revoked"), ("expired", "keys.expired")])];

    public override async Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say) =>
        [.. (await keys.ListAsync()).Reverse().Where(key => filter["state"].Length == 0 || StateOf(key) == filter["state"])
            .SkipWhile(key => after.Length > 0 && key.Id != after).Skip(after.Length > 0 ? 1 : 0).Take(limit).Select(key => new TableRow(key.Id,
        [
            new(key.Id, null, $"/pages/keys/{key.Id}"), new(key.Name), new(StateOf(key), say["keys." + StateOf(key)]), new(ParticipantTable.WordOf(key.Role), say["Roles." + key.Role]), new(key.Participant), new(string.Join(' ', key.Scopes), key.Scopes.Count == 0 ? "–" : null, Class: "wrap"),
            new(key.Network?.ToString()), Time(key.CreatedUs, say), Day(key.ExpiresUs, say), key.LastUsedUs is { } used ? Time(used, say) : new(null),
        ]))];

    internal static TableCell Time(long us, Wording say)
    {
        var at = Instant.FromUnixTimeTicks(us * 10);
        return new TableCell(NodaTime.Text.InstantPattern.ExtendedIso.Format(at), say.Stamp(at), Class: "nowrap");
    }

    private static TableCell Day(long us, Wording say) => Time(us, say) with { Shown = say.Date(Instant.FromUnixTimeTicks(us * 10)) };

    private string StateOf(KeyInfo key) => key.RevokedUs is not null ? "revoked" : key.ExpiresUs <= clock.UnixMicroseconds() ? "expired" : "valid";
}
