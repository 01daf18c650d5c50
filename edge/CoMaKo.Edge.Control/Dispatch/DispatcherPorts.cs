using System.Collections.Immutable;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>What the dispatcher gets from the host. All calls return at once; a call that throws costs its part of that cycle only.</summary>
/// <param name="Image">The building now; orders and relays are filled in by the dispatcher.</param>
/// <param name="Orders">Lock and directives.</param>
/// <param name="Wishes">Whoever comes first with a wish is followed; with none, self-consumption.</param>
public sealed record DispatcherPorts(
    Func<ControlImage> Image, Func<ControlOrders> Orders, IRelaySignals Relays, ImmutableArray<IWishSource> Wishes, IDecisionLog Decisions, IGridEventLog GridEvents)
{
    /// <summary>Whoever runs write tests; absent: nobody.</summary>
    public IWriteTests? Tests { get; init; }
}

/// <summary>Runs write tests on the cycle's thread. What it commands through its permission (<see cref="WriteTest"/>) is written in the same cycle.</summary>
public interface IWriteTests
{
    /// <summary>A device took a command or its release.</summary>
    void Confirmed(Confirmation confirmation);

    /// <summary>One cycle, after the limits and before the orders.</summary>
    void Cycle(ControlImage now, AllowedRanges allowed);
}
