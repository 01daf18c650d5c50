namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>The open streams, at most eight: the ninth takes the place of the oldest, which is told so.</summary>
internal sealed class EventClients
{
    public const int Most = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<EventClient> clients = [];

    public int Count
    {
        get
        {
            lock (gate) return clients.Count;
        }
    }

    public EventClient Enter()
    {
        var client = new EventClient(this);
        EventClient? oldest = null;
        lock (gate)
        {
            clients.AddLast(client);
            if (clients.Count > Most)
            {
                oldest = clients.First!.Value;
                clients.RemoveFirst();
            }
        }

        oldest?.Refuse();
        return client;
    }

    public void Leave(EventClient client)
    {
        lock (gate) clients.Remove(client);
    }
}

/// <summary>One open stream.</summary>
internal sealed class EventClient(EventClients clients) : IDisposable
{
    private readonly CancellationTokenSource refused = new();

    /// <summary>Ends when a newer client takes this one's place.</summary>
    public CancellationToken Refused => refused.Token;

    public void Refuse()
    {
        try
        {
            refused.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // it left by itself in the same moment
        }
    }

    public void Dispose()
    {
        clients.Leave(this);
        refused.Dispose();
    }
}
