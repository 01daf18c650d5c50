using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.StoreWorkload;

/// <summary>Says what the store has made durable, line by line, each written at once.</summary>
internal sealed class DurableReport(Outbox store, TextWriter output)
{
    private long reported;

    public async Task EpochAsync() => Say($"@epoch {(await store.StateAsync(default)).Epoch}");

    /// <summary>Leaves out what an earlier process had reason to report.</summary>
    public async Task SkipAsync() => reported = (await store.StateAsync(default)).NextSequence - 1;

    /// <summary>All records that were not reported before, as the uplink would send them.</summary>
    public async Task RecordsAsync()
    {
        var state = await store.StateAsync(default);
        reported = Math.Max(reported, state.FirstHeldSequence - 1);
        while (await store.ReadAfterAsync(reported, 500, 256 * 1024, default) is { } batch)
        {
            foreach (var entry in batch.Entries)
                Say(FormattableString.Invariant($"@has {++reported} {Convert.ToHexStringLower(RecordChain.Hash(entry.Record!.Value.Span))}"));
        }
    }

    public async Task MarkAsync(long sequence)
    {
        Say(FormattableString.Invariant($"@marking {sequence}"));
        await store.SetMarkAsync(sequence, default);
        Say(FormattableString.Invariant($"@mark {sequence}"));
    }

    public async Task RenewAsync()
    {
        Say("@renewing");
        await store.StartNewEpochAsync(default);
        await EpochAsync();
        Say(FormattableString.Invariant($"@mark {(await store.StateAsync(default)).AcknowledgedSequence}"));
    }

    public async Task PruneAsync(Instant now)
    {
        Say("@pruning");
        await store.PruneAsync(now, clockSynced: true, default);
        Say(FormattableString.Invariant($"@first {(await store.StateAsync(default)).FirstHeldSequence}"));
    }

    // One short line, one system call: a recording then shows it whole.
    private void Say(string line)
    {
        output.Write(line + "\n");
        output.Flush();
    }
}
