using System.Collections.Immutable;

namespace CoMaKo.Devices.Protocols.Writes;

/// <summary>
/// How often registers that live in an EEPROM were written, and whether one may be written again: at most so many times in any 24 hours.
/// Such memory lasts about 100 000 writes; a value each minute would use it up in 70 days (inverters.md §3.5). One instance for all devices; safe from any thread.
/// </summary>
/// <param name="time">Wall clock: the count must outlive the process. A clock that stepped back cannot win new writes.</param>
/// <param name="restored">Where an earlier run stopped; absent at the first start.</param>
/// <param name="keepAsync">Makes the count durable. Called before each write is granted, so that a crash right after the write cannot forget it; absent in tests.</param>
public sealed class WearBudget(TimeProvider time, WearSnapshot? restored = null, Func<WearSnapshot, CancellationToken, ValueTask>? keepAsync = null)
{
    /// <summary>Most writes of one register in any 24 hours.</summary>
    public const int PerDay = 20;

    /// <summary>The last of them are kept for giving a device back to its own mode.</summary>
    public const int Reserve = 4;

    private const long Day = 86_400;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Device, int Register), Count> counts = (restored ?? WearSnapshot.Empty).Registers
        .ToDictionary(r => (r.Device, r.Register), r => new Count(r.Total, [.. r.RecentSeconds]));

    /// <summary>Grants one write of each of these registers, or of none.</summary>
    /// <param name="isProtective">The write takes power back or releases the device: the reserve may be used.</param>
    /// <exception cref="WriteRefusedException"><c>CME-2401</c>: one of them has been written too often.</exception>
    public async ValueTask SpendAsync(DeviceId device, IReadOnlyList<ushort> registers, bool isProtective, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(registers);
        WearSnapshot after;
        lock (gate)
        {
            long now = time.GetUtcNow().ToUnixTimeSeconds();
            int most = isProtective ? PerDay : PerDay - Reserve;
            foreach (ushort register in registers)
                if (Of(device, register, now) is { } count && count.Recent.Count >= most) throw Spent(device, register, count.Recent.Count);
            foreach (ushort register in registers) counts[(device.Value, register)] = Of(device, register, now).With(now);
            after = Take();
        }

        if (keepAsync is not null) await keepAsync(after, cancellationToken);
    }

    /// <summary>Writes of this register in the last 24 hours.</summary>
    public int Used(DeviceId device, ushort register)
    {
        lock (gate) return Of(device, register, time.GetUtcNow().ToUnixTimeSeconds()).Recent.Count;
    }

    /// <summary>Everything to go on from after a restart, and to show.</summary>
    public WearSnapshot Snapshot()
    {
        lock (gate) return Take();
    }

    /// <summary>The count without what is over 24 hours old. A write that seems to lie in the future happened before the clock was set back: it counts from now on.</summary>
    private Count Of(DeviceId device, ushort register, long now)
    {
        if (!counts.TryGetValue((device.Value, register), out var count)) return new(0, []);
        count = count with { Recent = [.. count.Recent.Select(s => Math.Min(s, now)).Where(s => s > now - Day)] };
        counts[(device.Value, register)] = count;
        return count;
    }

    private WearSnapshot Take() =>
        new([.. counts.OrderBy(c => c.Key).Select(c => new RegisterWear(c.Key.Device, c.Key.Register, c.Value.Total, [.. c.Value.Recent]))]);

    private static WriteRefusedException Spent(DeviceId device, ushort register, int used) => new(
        "CME-2401", FormattableString.Invariant($"{device}: register {register} keeps its value in an EEPROM and was written {used} times in 24 hours; it stays as it is until tomorrow."));

    private sealed record Count(long Total, ImmutableList<long> Recent)
    {
        public Count With(long now) => new(Total + 1, Recent.Add(now));
    }
}

/// <summary>All counts, for the store and the pages.</summary>
public sealed record WearSnapshot(ImmutableArray<RegisterWear> Registers)
{
    public static readonly WearSnapshot Empty = new([]);
}

/// <param name="Total">Writes since this gateway counts.</param>
/// <param name="RecentSeconds">Unix seconds of those in the last 24 hours.</param>
public sealed record RegisterWear(string Device, int Register, long Total, ImmutableArray<long> RecentSeconds);
