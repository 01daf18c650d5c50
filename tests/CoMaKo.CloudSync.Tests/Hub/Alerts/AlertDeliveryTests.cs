using CoMaKo.CloudSync.Tests.Hub.Mail;
using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>From causes through database and queue into a foreign mail server that is down for an hour, with replicas that take over from one another.</summary>
public sealed class AlertDeliveryTests
{
    private static readonly int Histories = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 40 : 2;
    private static readonly AlertRules Rules = AlertRules.Default with { Gather = Duration.Zero, Together = int.MaxValue };

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    [Trait("Category", "Slow")]
    public async Task Histories_ThroughAServerThatIsDownForAnHour_ArriveExactlyOnce(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        for (int seed = 1; seed <= Histories; seed++)
        {
            int before = peer.Mails.Count;
            var history = new AlertHistory(seed * 31, causes: 8, looks: 110);
            var recipients = AlertHistory.Recipients(seed);
            using var hub = new TestHub(engine);
            await AlertParts.AddAsync(hub.Database, recipients);
            await PlayAsync(hub, history, peer);

            var mails = peer.Mails.Skip(before).ToList();
            Assert.Equal(mails.Count, mails.Select(mail => mail.Id).Distinct().Count()); // none came twice
            Assert.Equal(mails.Count, hub.Value<int>("SELECT count(*) FROM mai_message WHERE state = 1"));
            Assert.True(mails.Count > 20 && hub.Value<long>("SELECT max(attempt) FROM mai_message") > 4, "Too little happened while the server was down.");
            Assert.Equal(Expected(history, recipients), News(mails));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Replicas_ThatTakeOverFromOneAnother_PutEachMessageDownOnce(Engine engine)
    {
        var history = new AlertHistory(77, causes: 8, looks: 110);
        using var hub = new TestHub(engine);
        var anna = AlertHistory.Recipients(0)[0];
        await AlertParts.AddAsync(hub.Database, [anna]);
        long second = 0;
        var random = new Random(77);
        HistorySource[] sources = [new GatewayHistory(history, () => second), new GapHistory(history, () => second), new ReadingHistory(history, () => second)];
        var replicas = Enumerable.Range(0, 2).Select(_ => new AlertParts(hub.Database, hub.Clock, Rules, sources, AlertParts.Through("smtp://127.0.0.1:1")).Watch).ToArray();
        int lost = 0;
        hub.Clock.StepWallClock((history.Start - Instant.FromDateTimeOffset(hub.Clock.GetUtcNow())).ToTimeSpan());
        foreach (long look in history.Looks)
        {
            hub.Clock.Advance(TimeSpan.FromSeconds(look - second));
            second = look;
            int at = random.Next(2);
            // While one looks, its lease may run out and the other one may do the same look.
            sources[2].Meanwhile = random.Next(2) == 0 ? null : async () =>
            {
                sources[2].Meanwhile = null;
                await ExpireAsync(hub.Database);
                await replicas[1 - at].LookAsync(CancellationToken.None);
            };
            await ExpireAsync(hub.Database);
            try
            {
                await replicas[at].LookAsync(CancellationToken.None);
            }
            catch (LeaseLostException)
            {
                lost++;
            }
        }

        Assert.True(lost > 10, $"Only {lost} looks were cut off.");
        Assert.Equal(Expected(history, [anna]).Count, hub.Value<int>("SELECT count(*) FROM mai_message WHERE body NOT LIKE '%alerts.blind%'"));
    }

    private static Task ExpireAsync(HubDatabase database) => database.WriteAsync(async tx => { await tx.ExecuteAsync("UPDATE web_lease SET held_until_us = 0"); });

    private static async Task PlayAsync(TestHub hub, AlertHistory history, MailPeer peer)
    {
        long second = 0, down = history.Looks[30], up = down + 3600;
        var parts = new AlertParts(hub.Database, hub.Clock, Rules, [new GatewayHistory(history, () => second), new GapHistory(history, () => second), new ReadingHistory(history, () => second)], AlertParts.Through(peer.Url()));
        hub.Clock.StepWallClock((history.Start - Instant.FromDateTimeOffset(hub.Clock.GetUtcNow())).ToTimeSpan());
        bool isDown = false;
        foreach (long look in history.Looks)
        {
            while (second < look)
            {
                if (second < down && look >= down) isDown = await SayAsync("down");
                if (isDown && second >= up) isDown = !await SayAsync("up");
                long next = Math.Min(look, isDown ? second + 60 : look); // while it is down, somebody tries every minute
                hub.Clock.Advance(TimeSpan.FromSeconds(next - second));
                second = next;
                await parts.Sender.SendDueAsync(CancellationToken.None);
            }

            Assert.NotNull(await parts.Watch.LookAsync(CancellationToken.None));
            await parts.Sender.SendDueAsync(CancellationToken.None);
        }

        if (isDown) await SayAsync("up");
        for (int i = 0; i < 40; i++)
        {
            hub.Clock.Advance(TimeSpan.FromMinutes(1));
            await parts.Sender.SendDueAsync(CancellationToken.None);
        }

        async Task<bool> SayAsync(string command)
        {
            await peer.SayAsync(command);
            return true;
        }
    }

    private static List<string> Expected(AlertHistory history, IReadOnlyList<AlertRecipient> recipients)
    {
        var expected = new List<string>();
        foreach (var recipient in recipients)
            foreach (var item in history.Items)
                foreach (var (_, recovery) in history.Told(recipient, item, Rules))
                {
                    expected.Add($"{recipient.Target} {item.Cause} alert");
                    if (recovery is not null) expected.Add($"{recipient.Target} {item.Cause} recovery");
                }

        return [.. expected.Order(StringComparer.Ordinal)];
    }

    /// <summary>What the mails say, read as a person does.</summary>
    private static List<string> News(IEnumerable<TakenMail> mails)
    {
        var news = new List<string>();
        foreach (var mail in mails)
        {
            bool isOver = mail.Subject.StartsWith("Vorbei:", StringComparison.Ordinal) || mail.Subject.StartsWith("Over:", StringComparison.Ordinal);
            foreach (string line in mail.Text.ReplaceLineEndings("\n").Split('\n'))
            {
                if (line.StartsWith("Vorbei (", StringComparison.Ordinal) || line.StartsWith("Over (", StringComparison.Ordinal)) isOver = true;
                string? cause = line.StartsWith("- ", StringComparison.Ordinal) ? line[(line.LastIndexOf('[') + 1)..^1]
                    : line.StartsWith("Kennzeichen: ", StringComparison.Ordinal) || line.StartsWith("Reference: ", StringComparison.Ordinal) ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : null;
                if (cause is not null && !cause.StartsWith("alerts.blind", StringComparison.Ordinal)) news.Add($"{mail.To} {cause} {(isOver ? "recovery" : "alert")}");
            }
        }

        return [.. news.Order(StringComparer.Ordinal)];
    }
}
