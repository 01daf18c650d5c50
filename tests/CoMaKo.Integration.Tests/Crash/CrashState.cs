namespace CoMaKo.Integration.Tests.Crash;

/// <summary>What the disk may hold after a power cut: the first <paramref name="Prefix"/> operations, some of which never arrived.</summary>
/// <param name="Dropped">Operations that were lost.</param>
/// <param name="Torn">A write of which only the first bytes arrived; absent mostly.</param>
internal sealed record CrashState(int Prefix, string Variant, IReadOnlySet<int> Dropped, (int Operation, int Length)? Torn)
{
    private const int Sector = 512;

    /// <summary>Every state that is modelled for a recording (reliability: every prefix; drop one un-synced write; drop a suffix of un-synced operations; torn last write).</summary>
    public static IEnumerable<CrashState> All(IReadOnlyList<DiskOperation> operations)
    {
        int[] settled = [.. Enumerable.Range(0, operations.Count).Select(i => SettledAt(operations, i))];
        for (int prefix = 0; prefix <= operations.Count; prefix++)
        {
            int[] pending = [.. Enumerable.Range(0, prefix).Where(i => operations[i].SyncedBy is not null && settled[i] >= prefix)];
            foreach (var state in At(operations, prefix, pending)) yield return state;
        }
    }

    private static IEnumerable<CrashState> At(IReadOnlyList<DiskOperation> operations, int prefix, int[] pending)
    {
        yield return new CrashState(prefix, "all arrived", new HashSet<int>(), null);
        foreach (int i in pending.Where(i => !operations[i].IsName)) yield return new CrashState(prefix, $"without {i}", new HashSet<int> { i }, null);
        foreach (int i in pending)
        {
            yield return new CrashState(prefix, $"nothing pending from {i}", pending.Where(j => j >= i).ToHashSet(), null);
            // Names keep their order among themselves, but contents may overtake them.
            if (operations[i].IsName) yield return new CrashState(prefix, $"no names from {i}", pending.Where(j => j >= i && operations[j].IsName).ToHashSet(), null);
        }

        if (pending is [.., var last] && operations[last] is DiskOperation.Write write)
        {
            foreach (int length in (int[])[write.Bytes.Length / 2, Sector, write.Bytes.Length - Sector])
                if (length > 0 && length < write.Bytes.Length) yield return new CrashState(prefix, $"{length} bytes of {last}", new HashSet<int>(), (last, length));
        }
    }

    /// <summary>Index of the sync that makes an operation durable.</summary>
    private static int SettledAt(IReadOnlyList<DiskOperation> operations, int i)
    {
        for (int j = i + 1; j < operations.Count; j++)
            if (operations[j] is DiskOperation.Sync sync && sync.Node == operations[i].SyncedBy) return j;
        return int.MaxValue;
    }
}
