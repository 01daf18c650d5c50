using System.Net;
using CoMaKo.Edge.Configuration;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>What `comako-edge run` was told.</summary>
/// <param name="Building">The building file's content.</param>
/// <param name="DataDirectory">Where the buffer lives.</param>
/// <param name="Page">Where the technicians' page listens.</param>
/// <param name="Hub">Sync port of the hub; absent: nothing is sent.</param>
/// <param name="ModelClock">A demonstration's clock; absent: the system's.</param>
internal sealed record GatewayOptions(Building Building, string DataDirectory, IPEndPoint Page, Uri? Hub, ModelTimeProvider? ModelClock)
{
    /// <summary>Product version without build metadata.</summary>
    public static string Version { get; } = typeof(GatewayOptions).Assembly.GetName().Version!.ToString(3);

    /// <summary>When the process was told to run.</summary>
    public Instant Started { get; } = Instant.FromDateTimeOffset((ModelClock ?? TimeProvider.System).GetUtcNow());

    public TimeProvider Clock => ModelClock ?? TimeProvider.System;

    /// <summary>Model seconds per system second.</summary>
    public double ClockFactor => ModelClock?.Factor ?? 1;
}
