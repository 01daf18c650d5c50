using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CoMaKo.Devices.Linux.Mqtt;

/// <summary>What one connection reports; all calls come from inside <see cref="MosquittoClient.Turn"/>.</summary>
internal interface IMosquittoEvents
{
    /// <param name="answer">The broker's CONNACK: 0 is yes.</param>
    void Connected(int answer);

    /// <param name="payload">Valid during the call only.</param>
    void Arrived(string topic, ReadOnlySpan<byte> payload, bool isRetained);

    /// <param name="id">Of the request.</param>
    void Refused(int id);

    void Sent();
}

/// <summary>
/// One connection attempt with libmosquitto and what becomes of it. The library starts no thread: it works, and calls back, only inside <see cref="Turn"/>,
/// so that nothing can call into what <see cref="Dispose"/> has freed. One thread makes, turns and frees it; others may <see cref="Publish"/> as long as its owner keeps it from being freed meanwhile.
/// </summary>
internal sealed unsafe class MosquittoClient : IDisposable
{
    /// <summary>The library waits with select(2), which knows no greater descriptors.</summary>
    private const int DescriptorLimit = 1024;

    private readonly IMosquittoEvents events;
    private readonly nint client;
    private GCHandle self;
    private Exception? thrown;

    public MosquittoClient(MqttSettings settings, string? password, (string Topic, ReadOnlyMemory<byte> Payload)? will, IMosquittoEvents events)
    {
        this.events = events;
        self = GCHandle.Alloc(this);
        client = Mosquitto.New(settings.ClientId, cleanSession: true, GCHandle.ToIntPtr(self));
        if (client == 0) throw new InvalidOperationException("libmosquitto could not make a client: out of memory, or a client id that it does not take.");
        // Others publish while this thread turns the loop.
        _ = Mosquitto.SetThreaded(client, true);
        _ = Mosquitto.SetOption(client, Mosquitto.TcpNoDelay, 1);
        if (settings.User is { } user) Check(Mosquitto.SetUser(client, user, password), "CME-2504", "user and password");
        if (settings.Tls is { } tls)
            Check(Mosquitto.SetTls(client, tls.AuthorityFile, tls.AuthorityFile is null ? "/etc/ssl/certs" : null, tls.CertificateFile, tls.KeyFile, 0), "CME-2505", "the certificate files");
        if (will is var (topic, payload))
            fixed (byte* bytes = payload.Span) Check(Mosquitto.SetWill(client, topic, payload.Length, bytes, 1, true), "CME-2502", "the last will");
        Mosquitto.OnConnect(client, &OnConnect);
        Mosquitto.OnMessage(client, &OnMessage);
        Mosquitto.OnSubscribe(client, &OnSubscribe);
        Mosquitto.OnPublish(client, &OnPublish);
    }

    /// <summary>Begins to connect; the answer comes to <see cref="IMosquittoEvents.Connected"/>.</summary>
    /// <returns>0, or the library's error number and errno.</returns>
    public (int Error, int Errno) Connect(MqttSettings settings)
    {
        int error = Mosquitto.Connect(client, settings.Host, settings.Port, (int)settings.KeepAlive.TotalSeconds);
        int errno = Marshal.GetLastPInvokeError();
        if (error == Mosquitto.Success && Mosquitto.Socket(client) >= DescriptorLimit)
            throw new LinkException("CME-2502", "Too many files are open in this process for an MQTT connection (1024): use fewer devices on one gateway.");
        return (error, errno);
    }

    /// <summary>Waits for traffic, works it off and calls back.</summary>
    /// <returns>0 as long as the connection lives; else the library's error number and errno.</returns>
    public (int Error, int Errno) Turn(int milliseconds)
    {
        int error = Mosquitto.Loop(client, milliseconds, 1);
        int errno = Marshal.GetLastPInvokeError();
        return thrown is { } bug ? throw new InvalidOperationException("A callback of the MQTT session failed.", bug) : (error, errno);
    }

    /// <returns>Id of the request; absent if the connection is gone.</returns>
    public int? Subscribe(string topic)
    {
        int id;
        return Mosquitto.Subscribe(client, &id, topic, 1) == Mosquitto.Success ? id : null;
    }

    /// <summary>Hands a message over; <see cref="IMosquittoEvents.Sent"/> follows once it is out (QoS 1: acknowledged).</summary>
    public bool Publish(string topic, ReadOnlySpan<byte> payload, bool retain)
    {
        fixed (byte* bytes = payload) return Mosquitto.Publish(client, null, topic, payload.Length, bytes, retain ? 1 : 0, retain) == Mosquitto.Success;
    }

    public void Disconnect() => _ = Mosquitto.Disconnect(client);

    public void Dispose()
    {
        if (client != 0) Mosquitto.Destroy(client);
        if (self.IsAllocated) self.Free();
    }

    private static void Check(int error, string code, string what)
    {
        if (error != Mosquitto.Success) throw new LinkException(code, $"libmosquitto does not take {what}: {Mosquitto.WordsOf(error)}. Check that the files exist and may be read.");
    }

    /// <summary>An exception must not unwind through C code: it is kept and thrown where the call began.</summary>
    private static void Guard(nint user, Action<MosquittoClient> action)
    {
        var owner = (MosquittoClient)GCHandle.FromIntPtr(user).Target!;
        try
        {
            action(owner);
        }
        catch (Exception bug)
        {
            owner.thrown ??= bug;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnConnect(nint client, nint user, int answer) => Guard(user, owner => owner.events.Connected(answer));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMessage(nint client, nint user, Mosquitto.Message* message)
    {
        var owner = (MosquittoClient)GCHandle.FromIntPtr(user).Target!;
        try
        {
            string topic = Marshal.PtrToStringUTF8((nint)message->Topic) ?? "";
            owner.events.Arrived(topic, new ReadOnlySpan<byte>(message->Payload, message->Length), message->Retain != 0);
        }
        catch (Exception bug)
        {
            owner.thrown ??= bug;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnSubscribe(nint client, nint user, int id, int count, int* granted)
    {
        bool refused = count > 0 && granted[0] >= 128;
        if (refused) Guard(user, owner => owner.events.Refused(id));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnPublish(nint client, nint user, int id) => Guard(user, owner => owner.events.Sent());
}
