using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>How devices are written to (inverters §3, local-control §5).</summary>
public sealed record GuardSettings
{
    /// <summary>How long a command holds without renewal; a device with a shorter timer gets its own. Renewed at a third of it.</summary>
    public Duration Validity { get; init; } = Duration.FromSeconds(60);

    /// <summary>A write that takes longer has missed its turn.</summary>
    public Duration WriteBudget { get; init; } = Duration.FromSeconds(3);

    /// <summary>Failed writes, wrong read-backs or wrong answers in power in a row until a device is excluded.</summary>
    public int Misses { get; init; } = 3;

    /// <summary>Within this time the measured power must have arrived.</summary>
    public Duration AnswerTime { get; init; } = Duration.FromSeconds(10);

    /// <summary>Deviation that counts as arrived: the greater of both.</summary>
    public decimal AnswerShare { get; init; } = 0.1m;

    public Power AnswerPower { get; init; } = Power.FromWatts(100);

    /// <summary>After this time an excluded device gets another try; doubled each time, up to an hour.</summary>
    public Duration Probation { get; init; } = Duration.FromMinutes(5);

    /// <summary>Smallest change worth a write, as share of rated power, for devices with an own loop, plants and consumers; a battery that is pinned takes each step of its register.</summary>
    public decimal CoarseStep { get; init; } = 0.02m;

    /// <summary>Such devices get more room only this long after the last write; less room at once.</summary>
    public Duration WidenAfter { get; init; } = Duration.FromSeconds(5);

    /// <summary>Nothing that a write test commands is in force longer than this after its last sign of life, even if the gateway dies with the browser.</summary>
    public Duration TestLifeSign { get; init; } = Duration.FromSeconds(5);
}

/// <summary>All write sides of the building. Handed to the write guard at composition and to nobody else.</summary>
/// <param name="Batteries">Those that can be written to; a battery without stays read-only.</param>
/// <param name="Plants">The same for PV plants.</param>
/// <param name="Loads">The same for consumers.</param>
public sealed record WritePorts(ImmutableArray<IBatteryControl> Batteries, ImmutableArray<IFeedInLimit> Plants, ImmutableArray<ILoadLimit> Loads)
{
    public static readonly WritePorts None = new([], [], []);
}

/// <summary>What the guard must not forget over a restart.</summary>
/// <param name="Verified">Devices whose direction a technician has confirmed.</param>
/// <param name="Written">Devices that may still hold something from us.</param>
public sealed record GuardMemory(ImmutableDictionary<string, Verified> Verified, ImmutableSortedSet<string> Written)
{
    public static readonly GuardMemory Empty = new(ImmutableDictionary<string, Verified>.Empty, []);
}

/// <param name="By">Account of the technician.</param>
public sealed record Verified(string By, Instant At);
