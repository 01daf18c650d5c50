using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>A register as the page shows it.</summary>
/// <param name="WattHours">Last accepted value, exact, after the CT factor.</param>
/// <param name="StepWattHours">Its step; 0 where unknown.</param>
/// <param name="Quality">Quality that totals of this register get.</param>
/// <param name="Segment">The open segment; absent while the clock is not trusted.</param>
/// <param name="LastTotal">Its newest total at a border, of this or an earlier run; absent if there is none.</param>
public sealed record RegisterView(
    RegisterId Register, DeviceId Device, ObisCode Obis, Instant At, decimal WattHours, decimal StepWattHours,
    Quality Quality, SettlementRole Role, long? Segment, RegisterTotal? LastTotal);

/// <summary>What the store has taken.</summary>
/// <param name="Waiting">Records still in memory.</param>
/// <param name="Fault">Why the last append failed; absent if the store works.</param>
/// <param name="Since">Since when it is so.</param>
public sealed record WriterStatus(int Waiting, string? Fault, Instant Since);

/// <summary>Says that a loop is alive. Safe from any thread.</summary>
public sealed class LoopProgress(string name)
{
    private long count;

    /// <summary>Which loop, e.g. <c>consumer</c>, <c>writer</c>, <c>device grid</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Grows with every turn of the loop; standing still over the watchdog's period means that it hangs.</summary>
    public long Count => Interlocked.Read(ref count);

    internal void Turn() => Interlocked.Increment(ref count);
}
