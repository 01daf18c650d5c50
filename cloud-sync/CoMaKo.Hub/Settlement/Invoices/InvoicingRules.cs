using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Whether a group's statements become invoices.</summary>
/// <param name="From">The first month; absent: they do not.</param>
public sealed record GroupInvoicing(string Group, YearMonth? From);

/// <summary>From which month on statements become invoices: for the whole cooperative (the empty group), and for groups that go another way.</summary>
internal sealed class InvoicingRules(HubDatabase database, TimeProvider clock)
{
    /// <summary>What was decided, by group; nothing: no statement is an invoice.</summary>
    public async Task<IReadOnlyList<GroupInvoicing>> AllAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<(string Group, long? From)>("SELECT balance_group, from_month FROM mkt_invoicing ORDER BY balance_group")).Select(row => new GroupInvoicing(row.Group, row.From is { } month ? RunMonth.Of(month) : null))];
    }

    /// <summary>Decides for the cooperative or a group. Months that have documents keep them.</summary>
    public async ValueTask PutAsync(HubTransaction tx, GroupInvoicing rule, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(tx);
        await tx.Prepare("INSERT INTO mkt_invoicing (balance_group, from_month, changed_us) VALUES ($1, $2, $3) ON CONFLICT (balance_group) DO UPDATE SET from_month = excluded.from_month, changed_us = excluded.changed_us")
            .Bind(rule.Group).Bind(rule.From?.Number()).Bind(clock.UnixMicroseconds()).RunAsync();
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "invoicing.change", rule.Group.Length == 0 ? "cooperative" : rule.Group, rule.From is { } from ? $"from {from.Text()}" : "off");
        tx.Signal(InvoiceMaker.Topic);
    }

    /// <summary>Lets a group go the cooperative's way again.</summary>
    public async ValueTask DropAsync(HubTransaction tx, string group, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(tx);
        if (await tx.Prepare("DELETE FROM mkt_invoicing WHERE balance_group = $1").Bind(group).RunAsync() > 0) await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "invoicing.change", group, "as the cooperative");
        tx.Signal(InvoiceMaker.Topic);
    }
}
