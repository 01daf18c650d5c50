using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Mail;

/// <summary>
/// Sends what is due. One replica does it at a time (a lease); each message is done in a transaction that checks the lease's fence, after the other
/// side has taken it. Whoever dies in between sends it again under the same Message-ID.
/// </summary>
internal sealed class MessageSender(HubDatabase database, MessageLines lines, TimeProvider clock, ILogger<MessageSender> log)
    : RecurringJob(TimeSpan.FromSeconds(10), clock, log)
{
    public const string LeaseName = "message-sender";

    private const int MostAtOnce = 50;
    private const int KeptDays = 30;

    /// <summary>An attempt takes less than half of it (<see cref="Patience"/>); after a crash messages wait no longer than this.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    private readonly Leases leases = new(database);
    private readonly string holder = Guid.NewGuid().ToString();

    protected override string Failure => "CMH-1805. Messages wait, because the queue cannot be used; it is tried again in ten seconds";

    protected override bool BeginsAtOnce => true;

    /// <summary>Tries everything that is due, once.</summary>
    /// <returns>How many were delivered; 0 too while another replica is at it.</returns>
    /// <exception cref="LeaseLostException">Another replica took over.</exception>
    public async Task<int> SendDueAsync(CancellationToken cancellationToken)
    {
        if ((await MessageStore.DueAsync(database, Clock.UnixMicroseconds(), 1)).Count == 0) return 0;
        if (await leases.TryTakeAsync(LeaseName, holder, Hold) is not { } lease) return 0;
        var open = new Dictionary<MessageChannel, IMessageLine>();
        try
        {
            return await SendDueAsync(lease, open, cancellationToken);
        }
        finally
        {
            foreach (var line in open.Values) await line.DisposeAsync();
            await leases.ReleaseAsync(lease);
        }
    }

    /// <summary>How long after so many attempts the next one comes: 30 s, doubled each time, at most 30 min.</summary>
    internal static TimeSpan PauseAfter(long attempts) => attempts > 7 ? LongestPause : new[] { FirstPause * (1L << (int)(attempts - 1)), LongestPause }.Min();

    protected override Task NextCall() => database.NextSignal(MailQueue.Topic);

    protected override Task RoundAsync(CancellationToken stop) => SendDueAsync(stop);

    private async Task<int> SendDueAsync(Lease lease, Dictionary<MessageChannel, IMessageLine> open, CancellationToken cancellationToken)
    {
        int delivered = 0;
        long last = 0, began = Clock.UnixMicroseconds();
        while (await MessageStore.DueAsync(database, began, MostAtOnce) is { Count: > 0 } due)
        {
            foreach (var message in due)
            {
                if (!await leases.RenewAsync(lease, Hold)) throw new LeaseLostException(lease);
                var delivery = await TryAsync(open, message, cancellationToken);
                await SettleAsync(lease, message, delivery);
                if (delivery.Result == DeliveryResult.Delivered) delivered++;
                last = message.MessageId;
            }
        }

        if (delivered > 0) Log.LogInformation("{Count} messages delivered, the last one is {Message}", delivered, last);
        return delivered;
    }

    private async Task<Delivery> TryAsync(Dictionary<MessageChannel, IMessageLine> open, QueuedMessage message, CancellationToken cancellationToken)
    {
        if (!open.TryGetValue(message.Channel, out var line)) open[message.Channel] = line = lines.Open(message.Channel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await line.SendAsync(message, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Delivery.Later("No answer in time.");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.LogError(failure, "CMH-1809. Message {Message} could not be written", message.MessageId); // it must not hold up the others
            return Delivery.Later("CMH-1809. The message could not be written; the log says more.");
        }
    }

    private Task SettleAsync(Lease lease, QueuedMessage message, Delivery delivery)
    {
        long now = Clock.UnixMicroseconds();
        bool isLast = delivery.Result != DeliveryResult.Later || now >= message.UntilUs;
        long? due = isLast ? null : Math.Min(now + PauseAfter(message.Attempt + 1).Ticks / 10, message.UntilUs);
        if (delivery.Result != DeliveryResult.Delivered)
            Log.LogWarning("{Code}. Message {Message} could not be delivered{Then}: {Answer}", due is null ? "CMH-1804" : "CMH-1803", message.MessageId, due is null ? " and is given up" : "; it is tried again", delivery.Answer);
        return database.WriteAsync(async tx =>
        {
            await Leases.RequireAsync(tx, lease);
            await MessageStore.SettleAsync(tx, message, delivery, now, due);
            await MessageStore.ForgetOldAsync(tx, now - KeptDays * TimeSpan.FromDays(1).Ticks / 10);
        });
    }
}
