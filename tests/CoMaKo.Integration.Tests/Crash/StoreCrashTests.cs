using System.Globalization;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.StoreWorkload;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>
/// Power cuts: the store's system calls are recorded, and the store is opened from the disks that a cut at any of them can leave.
/// <c>COMAKO_CRASH_STATES</c> sets how many (<c>all</c>: every one). Each part that keeps the buffer has a subclass.
/// </summary>
/// <param name="part">Its name, as in the building file.</param>
public abstract class StoreCrashContract(string part, ITestOutputHelper output)
{
    private const int DefaultStates = 3000;

    // Memory, where there is any: the states are files, and syncing them proves nothing here.
    private static readonly string Folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    [RequiresFact(Peer.Strace)]
    public async Task Store_PowerCutAtAnySystemCall_OpensWithEverythingAcknowledged()
    {
        var operations = await StoreRecording.RecordAsync(part);
        var states = CrashState.All(operations).ToList();
        int wanted = Wanted(states.Count);
        var seen = new HashSet<string>();
        var failures = new List<string>();
        for (int i = 0; i < wanted && failures.Count < 10; i++)
        {
            var state = states[(int)((long)i * states.Count / wanted)];
            var disk = new CrashDisk(operations, state);
            var promises = Promises.After(operations, state.Prefix);
            if (!seen.Add($"{promises.Records.Count} {disk.Fingerprint()}")) continue;
            if (await BrokenPromiseAsync(disk, promises) is { } broken) failures.Add($"after {state.Prefix} operations, {state.Variant}: {broken}");
        }

        output.WriteLine($"{operations.Count} operations, {states.Count} crash states, {wanted} taken, {seen.Count} different disks opened, {failures.Count} failed");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(seen.Count > wanted / 4, "Most states were the same: the model no longer sees the store's writes.");
    }

    private static int Wanted(int states) => Environment.GetEnvironmentVariable("COMAKO_CRASH_STATES") switch
    {
        null or "" => Math.Min(DefaultStates, states),
        "all" => states,
        var text => Math.Min(int.Parse(text, CultureInfo.InvariantCulture), states),
    };

    private StorePart Part => StoreParts.All[part];

    /// <returns>What does not hold; absent if all is well.</returns>
    private async Task<string?> BrokenPromiseAsync(CrashDisk disk, Promises promises)
    {
        string directory = Path.Combine(Folder, $"comako-crash-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory);
        try
        {
            disk.WriteTo(directory);
            var opened = Part.Open(Workload.Options(directory), NumberedRecords.Encode, TimeProvider.System);
            await using var store = opened.Outbox;
            if (opened.SetAside is not null) return $"set aside: {opened.Reason}";
            if (opened.Created && promises.Exists) return "the store is gone";
            return await BrokenPromiseAsync(store, directory, promises);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ArgumentException)
        {
            return e.ToString();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<string?> BrokenPromiseAsync(Outbox store, string directory, Promises promises)
    {
        var state = await store.StateAsync(default);
        if (promises.Epoch is { } epoch && state.Epoch.ToString() != epoch) return $"epoch {state.Epoch} instead of {epoch}";
        if (promises.Exists && promises.Marks.Count > 0 && !promises.Marks.Contains(state.AcknowledgedSequence)) return $"mark {state.AcknowledgedSequence}";
        if (state.FirstHeldSequence > promises.First) return $"records below {state.FirstHeldSequence} are gone, allowed is {promises.First}";

        long appended = await store.AppendAsync([NumberedRecords.Event(1, 200)], [], default);
        if (appended != state.NextSequence) return $"appended as {appended} instead of {state.NextSequence}";
        var held = await HashesAsync(store, state.FirstHeldSequence);
        foreach (var (sequence, hash) in promises.Records.Where(r => r.Key >= state.FirstHeldSequence))
        {
            if (!held.TryGetValue(sequence, out string? found) || found != hash) return $"record {sequence} is {found ?? "lost"}";
        }

        await store.DisposeAsync(); // not every part lets another reader in
        var report = Part.Verify(directory, null, default);
        return report.Findings.Count == 0 && report.NextSequence == appended + 1 ? null : string.Join("; ", report.Findings);
    }

    private static async Task<Dictionary<long, string>> HashesAsync(Outbox store, long first)
    {
        var hashes = new Dictionary<long, string>();
        long sequence = first - 1;
        while (await store.ReadAfterAsync(sequence, 500, 256 * 1024, default) is { } batch)
        {
            foreach (var entry in batch.Entries) hashes[++sequence] = Convert.ToHexStringLower(RecordChain.Hash(entry.Record!.Value.Span));
        }

        return hashes;
    }
}

/// <summary>The default part: SQLite.</summary>
public sealed class StoreCrashTests(ITestOutputHelper output) : StoreCrashContract("sqlite", output);
