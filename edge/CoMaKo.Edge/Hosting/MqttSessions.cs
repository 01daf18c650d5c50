using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;

namespace CoMaKo.Edge.Hosting;

/// <summary>The session of each broker of the building file. They connect when the service starts, after everybody has said which topics they want.</summary>
internal sealed class MqttSessions(IReadOnlyList<BusSettings> buses, TimeProvider clock) : IHostedService, IAsyncDisposable
{
    private readonly Dictionary<string, IMqttSession> sessions = buses.OfType<MqttBus>()
        .ToDictionary(bus => bus.Id, bus => Ports.Mqtt[bus.Part].Create(bus.Settings, clock), StringComparer.Ordinal);

    /// <summary>The session of this bus.</summary>
    public IMqttSession Of(string bus) => sessions[bus];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var session in sessions.Values) session.Start();
        return Task.CompletedTask;
    }

    /// <summary>They end when the container does: after those who still have something to say.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var session in sessions.Values) await session.DisposeAsync();
    }
}
