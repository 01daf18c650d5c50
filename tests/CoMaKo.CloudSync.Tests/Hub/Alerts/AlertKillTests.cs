using System.Globalization;
using CoMaKo.CloudSync.Tests.Hub.Mail;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>
/// The hub's process is killed after the foreign server has a mail and before the hub knows it, and at random moments. What arrives twice has the same
/// Message-ID; each cause is one alert and one word that it is over.
/// </summary>
public sealed class AlertKillTests
{
    private const int Factor = 300; // five minutes of the model take a second
    private static readonly int Kills = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 40 : 1;
    private static readonly TimeSpan End = TimeSpan.FromMinutes(3);

    private readonly Random random = new(1831);

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    [Trait("Category", "Slow")]
    public async Task Hub_KilledBetweenCommitAndSend_RepeatsUnderTheSameMessageId(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        using var place = new TestDatabase(engine);
        using var database = HubSchema.Open(place.Address);
        await AlertParts.AddAsync(database, [AlertHistory.Recipients(0)[0]]);
        string clock = $"2026-06-01T10:00:00Z/{Factor}/{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}";
        await SetContactAsync(database, 0);

        await peer.SayAsync("hold");
        await using (var first = Start(place, peer, clock))
        {
            await peer.UntilAsync("held");
            await first.KillAsync();
        }

        await peer.SayAsync("go");
        await KillAtRandomAsync(database, place, peer, clock);
        await UntilAsync(database, place, peer, clock, "SELECT count(*) FROM alr_telling", 3);
        await SetContactAsync(database, 32_503_680_000_000_000); // they are heard from now on
        await KillAtRandomAsync(database, place, peer, clock);
        await UntilAsync(database, place, peer, clock, "SELECT count(*) FROM alr_telling WHERE recovered_us IS NOT NULL", 3);

        var mails = peer.Mails;
        var once = mails.DistinctBy(mail => mail.Id).ToList();
        Assert.True(mails.Count > once.Count, "No mail was sent twice: nothing was tested.");
        Assert.All(mails, mail => Assert.Equal((once.Single(each => each.Id == mail.Id).Subject, mail.Text), (mail.Subject, once.Single(each => each.Id == mail.Id).Text)));
        Assert.Equal(
            ["Störung: Gateway gw-1 ist stumm", "Störung: Gateway gw-2 ist stumm", "Störung: Gateway gw-3 ist stumm", "Vorbei: Gateway gw-1 ist stumm", "Vorbei: Gateway gw-2 ist stumm", "Vorbei: Gateway gw-3 ist stumm"],
            once.Select(mail => mail.Subject).Order(StringComparer.Ordinal));
    }

    private static RunningProcess Start(TestDatabase place, MailPeer peer, string clock)
    {
        var start = RunningProcess.Describe(
            "CoMaKo.Hub", "comako-hub", "run", "--data", place.Folder, "--port", "0", "--sync-port", "0", "--loopback", "--clock", clock, "--smtp", peer.Url(), "--mail-from", "hub@coop.example");
        if (place.Url is { } url) start.Environment["DATABASE_URL"] = url;
        return RunningProcess.Start(start);
    }

    /// <summary>Three gateways, last heard of at one moment.</summary>
    private static Task SetContactAsync(HubDatabase database, long lastContactUs) => database.WriteAsync(async tx =>
    {
        foreach (string name in (string[])["gw-1", "gw-2", "gw-3"])
            await tx.ExecuteAsync("INSERT INTO ing_gateway (name, first_contact_us, last_contact_us) VALUES (@name, 0, @lastContactUs) ON CONFLICT (name) DO UPDATE SET last_contact_us = excluded.last_contact_us", new { name, lastContactUs });
    });

    private async Task KillAtRandomAsync(HubDatabase database, TestDatabase place, MailPeer peer, string clock)
    {
        for (int i = 0; i < Kills; i++)
        {
            await ExpireAsync(database);
            await using var hub = Start(place, peer, clock);
            await WaitAsync(hub, () => hub.Output.Contains("listens at", StringComparison.Ordinal));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1500)), TimeProvider.System); // any moment is right
            await hub.KillAsync();
        }
    }

    /// <summary>Lets the hub run until a number is reached and nothing waits to be sent.</summary>
    private static async Task UntilAsync(HubDatabase database, TestDatabase place, MailPeer peer, string clock, string count, long wanted)
    {
        await ExpireAsync(database);
        await using var hub = Start(place, peer, clock);
        await WaitAsync(hub, () => hub.Output.Contains("listens at", StringComparison.Ordinal)); // before that a signal ends it at once
        await WaitAsync(hub, () => Number(database, count) == wanted && Number(database, "SELECT count(*) FROM mai_message WHERE state = 0") == 0);
        Assert.Equal(0, await hub.StopAsync());
    }

    /// <summary>The time that the leases of a dead process run on.</summary>
    private static Task ExpireAsync(HubDatabase database) => database.WriteAsync(async tx => { await tx.ExecuteAsync("UPDATE web_lease SET held_until_us = 0"); });

    private static long Number(HubDatabase database, string sql)
    {
        using var reader = database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return reader.ExecuteScalar<long>(sql);
    }

    private static async Task WaitAsync(RunningProcess hub, Func<bool> isDone)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!isDone())
        {
            Assert.True(!hub.HasExited && TimeProvider.System.GetElapsedTime(started) < End, string.Create(CultureInfo.InvariantCulture, $"{End} are over. {hub.Output}"));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
