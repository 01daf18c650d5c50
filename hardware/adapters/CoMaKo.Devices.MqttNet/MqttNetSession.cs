using System.Buffers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using CoMaKo.Devices.Protocols.Mqtt;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;

namespace CoMaKo.Devices.MqttNet;

/// <summary>An MQTT 3.1.1 session over MQTTnet. Every connection is a new client with a clean session and an empty queue, so that nothing old is sent or delivered when the broker comes back.</summary>
/// <param name="settings">How to reach the broker.</param>
/// <param name="clock">Stamps arrivals; waiting for the broker runs on the system's time.</param>
public sealed class MqttNetSession(MqttSettings settings, TimeProvider clock) : IMqttSession
{
    /// <summary>Messages handed over and not yet out; more are dropped.</summary>
    private const int MostUnsent = 2048;

    // As of the default part: an attempt that hangs plus the pause stay below 5 s.
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly MqttDispatch dispatch = new(clock);
    private readonly MqttFaults faults = new(settings);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private (string Topic, ReadOnlyMemory<byte> Payload)? will;
    private Channel<MqttApplicationMessage>? outgoing; // present while connected
    private Task running = Task.CompletedTask;

    public string Name => settings.Name;

    public MqttStatus Status => dispatch.Status;

    public event Action? Connected;

    public IMqttInbox Subscribe(IReadOnlyCollection<string> topics, int capacity = 256) => dispatch.Subscribe(topics, capacity);

    public void SetWill(string topic, ReadOnlyMemory<byte> payload)
    {
        dispatch.NotClosed();
        will = (topic, payload);
    }

    public void Start()
    {
        dispatch.Close();
        running = Task.Run(RunAsync);
    }

    public bool Publish(string topic, ReadOnlySpan<byte> payload, bool retain)
    {
        lock (gate)
            if (outgoing is not null && payload.Length <= MqttLimits.Payload && outgoing.Writer.TryWrite(Message(topic, payload.ToArray(), retain))) return true;
        dispatch.CountUnsent();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.WaitAsync(EndLimit + EndLimit, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            bool refused = false;
            try
            {
                refused = await LiveAsync();
            }
            catch (LinkException wrong)
            {
                dispatch.Say(wrong);
            }

            await Task.Delay(refused ? PauseAfterRefusal : Pause, TimeProvider.System, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection from its first byte to its end.</summary>
    /// <returns>Whether the broker refused it.</returns>
    private async Task<bool> LiveAsync()
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += e =>
        {
            ended.TrySetResult(e.Exception?.Message ?? e.Reason.ToString());
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += e =>
        {
            var payload = e.ApplicationMessage.Payload;
            dispatch.Arrived(e.ApplicationMessage.Topic, payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray(), e.ApplicationMessage.Retain);
            return Task.CompletedTask;
        };

        if (await ConnectAsync(client) is var answer and not 0)
        {
            dispatch.Say(faults.Refused(answer));
            return true;
        }

        var queue = Channel.CreateBounded<MqttApplicationMessage>(MostUnsent);
        var pump = PumpAsync(client, queue.Reader);
        try
        {
            await SubscribeAsync(client);
            lock (gate) outgoing = queue;
            dispatch.Connected();
            Connected?.Invoke();
            string reason = await ended.Task.WaitAsync(stopping.Token);
            dispatch.Say(faults.Lost(reason));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await LeaveAsync(client, queue, pump);
        }
        catch (Exception e) when (e is MqttCommunicationException or OperationCanceledException)
        {
            dispatch.Say(faults.Lost(e.Message));
        }
        finally
        {
            lock (gate) outgoing = null;
            queue.Writer.TryComplete();
            client.Dispose();
            await pump;
        }

        return false;
    }

    /// <returns>The broker's return code; 0 is yes.</returns>
    private async Task<int> ConnectAsync(IMqttClient client)
    {
        var options = MqttNetOptions.Of(settings, will, AttemptLimit);
        // Given a token, the package leaves its own time limit out.
        using var limit = new CancellationTokenSource(AttemptLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping.Token);
        try
        {
            var result = await client.ConnectAsync(options, either.Token);
            return result.ResultCode switch
            {
                MqttClientConnectResultCode.Success => 0,
                MqttClientConnectResultCode.UnsupportedProtocolVersion => 1,
                MqttClientConnectResultCode.ClientIdentifierNotValid => 2,
                MqttClientConnectResultCode.BadUserNameOrPassword => 4,
                MqttClientConnectResultCode.NotAuthorized => 5,
                _ => 3,
            };
        }
        catch (Exception e) when (e is MqttCommunicationException or OperationCanceledException or TimeoutException or AuthenticationException or IOException)
        {
            throw Fault(e);
        }
    }

    private LinkException Fault(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException) return faults.Tls();
            if (cause is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }) return faults.NameUnknown();
            if (cause is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted }) return faults.Silent();
            if (cause is SocketException socket) return faults.NotReached(socket.Message);
        }

        return faults.Silent();
    }

    private async Task SubscribeAsync(IMqttClient client)
    {
        foreach (string topic in dispatch.Topics)
        {
            var filter = new MqttClientSubscribeOptionsBuilder().WithTopicFilter(topic, MqttQualityOfServiceLevel.AtLeastOnce).Build();
            var result = await client.SubscribeAsync(filter, stopping.Token);
            if (result.Items.Any(item => (int)item.ResultCode >= 128)) dispatch.SayOf(topic, faults.TopicRefused(topic));
        }
    }

    /// <summary>Sends what was handed over, one after another.</summary>
    private async Task PumpAsync(IMqttClient client, ChannelReader<MqttApplicationMessage> queue)
    {
        await foreach (var message in queue.ReadAllAsync())
        {
            try
            {
                await client.PublishAsync(message, CancellationToken.None);
            }
            catch (Exception e) when (e is MqttCommunicationException or OperationCanceledException or ObjectDisposedException)
            {
                dispatch.CountUnsent();
            }
        }
    }

    /// <summary>An orderly end: the will's words are said by the gateway itself, because a good-bye makes the broker forget the will.</summary>
    private async Task LeaveAsync(IMqttClient client, Channel<MqttApplicationMessage> queue, Task pump)
    {
        lock (gate) outgoing = null; // nobody publishes after the last word
        if (will is var (topic, payload)) await queue.Writer.WriteAsync(Message(topic, payload.ToArray(), retain: true));
        queue.Writer.TryComplete();
        await pump.WaitAsync(EndLimit, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(EndLimit, TimeProvider.System);
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static MqttApplicationMessage Message(string topic, byte[] payload, bool retain) => new()
    {
        Topic = topic, Payload = new ReadOnlySequence<byte>(payload), Retain = retain, QualityOfServiceLevel = retain ? MqttQualityOfServiceLevel.AtLeastOnce : MqttQualityOfServiceLevel.AtMostOnce,
    };
}
