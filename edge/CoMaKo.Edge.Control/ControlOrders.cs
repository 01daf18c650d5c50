using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control;

/// <summary>Orders in force or to come. Kept over a restart by the host.</summary>
/// <param name="Lock">Absent: not locked.</param>
/// <param name="Limits">Of the hub, with their validity; expired ones may be left in.</param>
public sealed record ControlOrders(TechnicianLock? Lock, ImmutableArray<LimitDirective> Limits)
{
    public static readonly ControlOrders None = new(null, []);

    /// <summary>What may be exported while feeding in costs money, a magnitude; absent: it does not cost, or nobody knows.</summary>
    public Power? PaidExport { get; init; }

    /// <summary>
    /// Directives of a kind that hold in a cycle. While the clock is not trusted nobody knows which ones have ended, so all of them hold: a limit is never lost to a wrong clock.
    /// </summary>
    public IEnumerable<LimitDirective> InForce(DirectedLimit kind, ControlImage now) =>
        Limits.Where(l => l.Kind == kind && (!now.ClockIsTrusted || l.IsInForceAt(now.At)));
}

/// <summary>Somebody works at the plant: no battery is commanded to move until the lock is taken off.</summary>
/// <param name="By">Who, as on the page.</param>
/// <param name="Battery">Absent: all.</param>
public sealed record TechnicianLock(string By, Instant Since, DeviceId? Battery);
