using System.Text;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Publishing;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Publishes the building over MQTT: birth and last will, state of each device when it changes, values at most each <see cref="PublishSettings.Every"/>, announcements for Home Assistant.
/// The only topic that it reads is Home Assistant's birth message; there are no commands.
/// </summary>
internal sealed class MqttPublisher : SideWork
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly AcquisitionService acquisition;
    private readonly IReadOnlyList<DeviceInfo> devices;
    private readonly TimeSpan every;
    private readonly IMqttSession session;
    private readonly IMqttInbox? births;
    private readonly Publication publication;
    private readonly HomeAssistant? home;
    private readonly Dictionary<DeviceId, DeviceStatusKind> saidStatus = [];
    private readonly Dictionary<DeviceId, Instant> saidAt = [];
    private readonly Dictionary<DeviceId, List<PublishedQuantity>> known = [];
    private readonly HashSet<DeviceId> announced = [];
    private readonly List<string> knownPowers = [];
    private bool isGatewayAnnounced;
    private volatile bool isNew = true;

    public MqttPublisher(GatewayOptions options, PublishSettings settings, MqttSessions sessions, AcquisitionService acquisition, IReadOnlyList<DeviceInfo> devices, ILogger<MqttPublisher> log)
        : base(log)
    {
        (this.acquisition, this.devices, every) = (acquisition, devices, settings.Every.ToTimeSpan());
        var building = options.Building;
        publication = new(settings.Base, building.Gateway);
        session = sessions.Of(settings.Bus);
        session.SetWill(publication.StatusTopic, Encoding.UTF8.GetBytes(Publication.Offline));
        session.Connected += () =>
        {
            Send(Publication.Retained(publication.StatusTopic, Publication.Online));
            isNew = true;
        };
        if (settings.Discovery is null) return;
        home = new(settings, publication, building.Gateway, building.Name, GatewayOptions.Version);
        births = session.Subscribe([home.BirthTopic], capacity: 4);
    }

    protected override async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var listening = ListenAsync(ending.Token);
        try
        {
            await PublishAsync(listening, stop);
        }
        finally
        {
            await ending.CancelAsync(); // one who listens, however often this begins again
        }
    }

    private async Task PublishAsync(Task listening, CancellationToken stop)
    {
        long valuesAt = 0;
        using var timer = new PeriodicTimer(Second, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (listening.IsFaulted) await listening;
            if (!session.Status.IsConnected) continue;
            if (isNew) Forget();
            var snapshot = acquisition.Current;
            foreach (var device in snapshot.Devices) SayStatus(device);
            if (valuesAt == 0 || TimeProvider.System.GetElapsedTime(valuesAt) >= every - Second / 2)
            {
                valuesAt = TimeProvider.System.GetTimestamp();
                SayValues(snapshot);
            }

            Announce();
        }
    }

    /// <summary>Home Assistant has started: everything is announced again, once in a second at most.</summary>
    private async Task ListenAsync(CancellationToken stop)
    {
        while (births is not null)
        {
            try
            {
                var message = await births.ReadAsync(stop);
                if (!message.IsRetained && message.Payload.Span.SequenceEqual("online"u8)) isNew = true;
            }
            catch (LinkException)
            {
                // The devices behind the broker say so already.
            }
        }
    }

    private void Forget()
    {
        isNew = false;
        saidStatus.Clear();
        announced.Clear();
        isGatewayAnnounced = false;
    }

    private void SayStatus(DeviceSnapshot device)
    {
        if (saidStatus.TryGetValue(device.Id, out var said) && said == device.Status.Kind) return;
        if (Send(publication.Status(device))) saidStatus[device.Id] = device.Status.Kind;
    }

    private void SayValues(BuildingSnapshot snapshot)
    {
        var registers = acquisition.Registers;
        foreach (var device in snapshot.Devices)
        {
            if (device.Last is not { } last || (saidAt.TryGetValue(device.Id, out var before) && last.At <= before)) continue;
            var values = Publication.Values(device, registers);
            if (values.Count == 0) continue;
            saidAt[device.Id] = last.At;
            Learn(device.Id, values.Select(v => v.Quantity));
            foreach (var message in publication.Messages(device, values)) Send(message);
        }

        foreach (var (name, power) in Publication.Powers(snapshot))
        {
            if (power is null || knownPowers.Contains(name)) continue;
            knownPowers.Add(name);
            isGatewayAnnounced = false;
        }

        foreach (var message in publication.Messages(snapshot)) Send(message);
    }

    private void Learn(DeviceId device, IEnumerable<PublishedQuantity> quantities)
    {
        if (!known.TryGetValue(device, out var list)) known[device] = list = [];
        foreach (var quantity in quantities.Except(list).ToList())
        {
            list.Add(quantity);
            announced.Remove(device);
        }
    }

    private void Announce()
    {
        if (home is null) return;
        if (!isGatewayAnnounced) isGatewayAnnounced = Send(home.Gateway(knownPowers));
        foreach (var info in devices)
            if (known.TryGetValue(info.Id, out var quantities) && !announced.Contains(info.Id) && Send(home.Device(info, quantities))) announced.Add(info.Id);
    }

    private bool Send(PublishedMessage message) => session.Publish(message.Topic, message.Payload, message.IsRetained);
}
