using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>What became of a month.</summary>
internal enum MonthOutcome
{
    /// <summary>Its inputs come to what is stored already.</summary>
    Unchanged,

    /// <summary>A provisional run was written.</summary>
    Provisional,

    /// <summary>It was closed.</summary>
    Final,

    /// <summary>A correction waits for the next month close.</summary>
    Delta,

    /// <summary>A correction was published.</summary>
    DeltaPublished,
}

/// <summary>
/// Brings a group's months to the state that their inputs and the calendar ask for. Each step is one transaction under the group's lease, and each
/// begins from what is stored: done twice, stopped anywhere or begun anew elsewhere, it comes to the same.
/// </summary>
internal sealed class BalanceGroupAgent(
    ISettlementInputs inputs, GroupSettlement settlement, RunReader runs, RunWriter writer, PriceStore prices, AgentNotes notes, TimeProvider clock, AgentRules rules)
{
    /// <summary>All months of a group that may still change.</summary>
    /// <param name="renew">Called between months; false: the lease is gone, stop.</param>
    public async Task SettleAllAsync(Lease lease, string group, Func<Task<bool>> renew, CancellationToken cancellationToken)
    {
        if (await inputs.FirstMonthAsync(group) is not { } month) return;
        var now = Now;
        var current = RunMonth.Of(now.InZone(MarketDay.Zone).Date);
        if (month < current.PlusMonths(-rules.MonthsBack)) month = current.PlusMonths(-rules.MonthsBack);
        for (; month <= current; month = month.PlusMonths(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await SettleAsync(lease, group, month);
            if (!await renew()) throw new LeaseLostException(lease);
        }
    }

    /// <summary>One month.</summary>
    /// <param name="publishesNow">A correction does not wait for the next month close.</param>
    public async Task<MonthOutcome> SettleAsync(Lease lease, string group, YearMonth month, bool publishesNow = false)
    {
        var now = Now;
        var stored = await runs.OfMonthAsync(group, month);
        var note = await runs.NoteAsync(group, month);
        var last = stored.LastOrDefault(run => run.IsPublished);
        var draft = stored.FirstOrDefault(run => !run.IsPublished);
        bool closes = last is null && (note.Confirmation is not null || (rules.ClosesByItself && now >= rules.CloseOf(month)));
        bool publishes = draft is { Kind: RunKind.Delta } && (publishesNow || now >= Instant.FromUnixTimeTicks(draft.DueUs!.Value * 10));
        await inputs.PrepareAsync(group, month.First(), month.End());
        string seen = await SeenAsync(group, month, note.Confirmation is not null);
        bool canClose = closes && (draft is null || draft.OpenSlots == 0 || note.Confirmation is not null);
        if (seen == note.Seen && !canClose) return publishes ? await PublishAsync(lease, draft!) : MonthOutcome.Unchanged;
        if (await settlement.SettleAsync(group, month.First(), month.End(), new SettlementChoice(note.Confirmation is not null, await notes.ShareAsync(group)), new SlotShares()) is not { } settled) return MonthOutcome.Unchanged;
        if (last is not null) return await CorrectAsync(lease, settled, new Standing(group, month, last, draft, seen), publishes || publishesNow, now);
        bool isFinal = closes && (settled.Result.OpenSlots.Count == 0 || note.Confirmation is not null) && settled.Result.ExpectedSlots > 0;
        if (!isFinal && draft?.InputHash == settled.InputHash)
        {
            await writer.NoteSeenAsync(lease, group, month, seen, dropsUnpublished: false);
            return MonthOutcome.Unchanged;
        }

        var name = new RunName(month, isFinal ? RunName.Final : RunName.Provisional);
        await writer.WriteAsync(lease, new RunDraft(group, name, isFinal ? RunKind.Final : RunKind.Provisional, null, settled, settled.Result.Lines, null, isFinal, seen));
        return isFinal ? MonthOutcome.Final : MonthOutcome.Provisional;
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    private sealed record Standing(string Group, YearMonth Month, RunHead Last, RunHead? Draft, string Seen);

    /// <summary>A published month: what a fresh settlement differs from all that was published is a delta.</summary>
    private async Task<MonthOutcome> CorrectAsync(Lease lease, SettledPeriod settled, Standing standing, bool publishes, Instant now)
    {
        var (group, month, last, draft, seen) = standing;
        if (settled.InputHash == last.InputHash || settled.InputHash == draft?.InputHash && !publishes)
        {
            await writer.NoteSeenAsync(lease, group, month, seen, dropsUnpublished: settled.InputHash == last.InputHash, settled.Result);
            return MonthOutcome.Unchanged;
        }

        var lines = DeltaRun.Of(settled.Result.Lines, await runs.PublishedLinesAsync(group, month));
        long due = draft?.DueUs ?? rules.NextClose(now).ToUnixTimeTicks() / 10;
        await writer.WriteAsync(lease, new RunDraft(group, new RunName(month, last.Name.Sequence + 1), RunKind.Delta, last, settled, lines, due, publishes, seen));
        return publishes ? MonthOutcome.DeltaPublished : MonthOutcome.Delta;
    }

    private async Task<MonthOutcome> PublishAsync(Lease lease, RunHead draft)
    {
        await writer.PublishAsync(lease, draft);
        return MonthOutcome.DeltaPublished;
    }

    /// <summary>Differs whenever something that counts may have changed; equal means that there is nothing to settle.</summary>
    private async Task<string> SeenAsync(string group, YearMonth month, bool isConfirmed)
    {
        var terms = await inputs.TermsAsync(group, month.First(), month.End());
        return FormattableString.Invariant(
            $"{await inputs.RevisionAsync(group, month.First(), month.End())} {TermsText.HashOf(terms)} {await prices.RevisionAsync(month.First(), month.End())} {isConfirmed} {await notes.ShareAsync(group)}");
    }
}
