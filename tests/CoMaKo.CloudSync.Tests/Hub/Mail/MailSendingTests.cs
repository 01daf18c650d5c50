using System.Security.Cryptography.X509Certificates;
using CoMaKo.Hub.Mail;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Mail;

/// <summary>The queue and its way into a foreign mail server, under a clock that tests move.</summary>
public sealed class MailSendingTests
{
    private const string Awkward = "Grüße aus dem Lindenhof 🌞\n.Punkt am Anfang\n..\n.\nGleich = und  zwei Leerzeichen am Ende  \n\n" + "Eine lange Zeile mit vielen Wörtern, die länger ist, als eine Zeile in einer Mail sein darf, und darum gebrochen wird, ohne dass ein Zeichen verloren geht: äöüß€.\n-- \nEnde";

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task Mail_ThroughAForeignServer_ArrivesCharacterByCharacter(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        using var hub = new TestHub(engine);
        var (queue, sender) = Parts(hub, peer.Url());
        string[] subjects = ["Gateway gw-0417 is silent", "Gateway „Hof 7“ schweigt seit 14 Minuten, und der Betreff ist so lang, dass er auf mehrere Zeilen muss 🌞", "a  b =?utf-8?q?x?=", new string('x', 200)];
        var ids = new List<string>();
        await hub.Database.WriteAsync(async tx =>
        {
            ids.Clear();
            foreach (string subject in subjects) ids.Add(await queue.QueueAsync(tx, "anna.berg@lindenhof.example", subject, Awkward));
        });

        Assert.Equal(4, await sender.SendDueAsync(CancellationToken.None));
        Assert.Equal(0, await sender.SendDueAsync(CancellationToken.None));

        var mails = peer.Mails;
        Assert.Equal(ids, mails.Select(mail => mail.Id));
        Assert.Equal(subjects, mails.Select(mail => mail.Subject));
        Assert.All(mails, mail =>
        {
            Assert.Empty(mail.Problems);
            Assert.Equal(Awkward + "\n", mail.Text.ReplaceLineEndings("\n"));
            Assert.Equal(("hub@coop.example", "anna.berg@lindenhof.example", "2026-06-01T10:00:00+00:00"), (mail.From, mail.To, mail.Date));
            Assert.Equal("hub@coop.example anna.berg@lindenhof.example", $"{mail.Sender} {string.Join(',', mail.Recipients)}");
        });
        Assert.Equal("", string.Concat(hub.Texts("SELECT body FROM mai_message WHERE body <> ''"))); // what was sent is not kept
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite]
    [Row(false)]
    [Row(true)]
    public async Task Mail_WithTlsAndSignIn_ArrivesProtected(Engine engine, bool tlsFirst)
    {
        using var authority = new TestAuthority();
        await using var peer = await MailPeer.StartAsync(authority.IssueServerPem(), tlsFirst, signIn: "hub:geheim");
        using var hub = new TestHub(engine);
        string url = peer.Url(tlsFirst ? "smtps" : "smtp", "hub@", "localhost");
        var (queue, sender) = Parts(hub, url, "geheim", authority.Pem);
        await QueueAsync(hub, queue, "anna@lindenhof.example");

        Assert.Equal(1, await sender.SendDueAsync(CancellationToken.None));
        var mail = Assert.Single(peer.Mails);
        Assert.Equal((true, "hub"), (mail.Tls, mail.User));
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite]
    [Row("a wrong password", "535")]
    [Row("an unknown authority", "certificate")]
    [Row("no TLS", "STARTTLS")]
    public async Task Mail_ToAServerThatCannotBeTrusted_WaitsAndSaysWhy(Engine engine, string fault, string word)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        bool hasTls = fault != "no TLS";
        await using var peer = await MailPeer.StartAsync(hasTls ? authority.IssueServerPem() : null, signIn: hasTls ? "hub:geheim" : null);
        using var hub = new TestHub(engine);
        string url = hasTls ? peer.Url("smtp", "hub@", "localhost") : peer.Url(host: "0.0.0.0"); // reaches this machine, but is not its loopback name
        var (queue, sender) = Parts(hub, url, fault == "a wrong password" ? "falsch" : "geheim", fault == "an unknown authority" ? other.Pem : authority.Pem);
        await QueueAsync(hub, queue, "anna@lindenhof.example");

        Assert.Equal(0, await sender.SendDueAsync(CancellationToken.None));
        Assert.Empty(peer.Mails);
        Assert.Equal(0, hub.Value<long>("SELECT state FROM mai_message"));
        string answer = hub.Texts("SELECT answer FROM mai_message");
        Assert.Contains(word, answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("geheim", answer, StringComparison.Ordinal);
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task Mails_RefusedOrPutOff_DoNotHoldUpOthers(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        using var hub = new TestHub(engine);
        var (queue, sender) = Parts(hub, peer.Url());
        foreach (string to in (string[])["nobody@lindenhof.example", "later@lindenhof.example", "anna@lindenhof.example"]) await QueueAsync(hub, queue, to);

        Assert.Equal(1, await sender.SendDueAsync(CancellationToken.None));
        Assert.Equal("anna@lindenhof.example", Assert.Single(peer.Mails).To);
        Assert.Equal("2 0 1", hub.Texts("SELECT state FROM mai_message ORDER BY message_id").Replace(", ", " ", StringComparison.Ordinal));
        Assert.Equal("550 5.1.1 There is nobody of this name, 451 4.3.0 Try again later", hub.Texts("SELECT answer FROM mai_message WHERE state <> 1 ORDER BY message_id"));
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task Mail_ThatNobodyTakes_IsGivenUpAtItsEndAndSeenAsFailed(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        await peer.SayAsync("down");
        using var hub = new TestHub(engine);
        var (queue, sender) = Parts(hub, peer.Url());
        await hub.Database.WriteAsync(async tx => { await queue.QueueAsync(tx, new OutgoingMessage(MessageChannel.Mail, "anna@lindenhof.example", "Silent", "Text", "anna", IsWatched: true) { Within = NodaTime.Duration.FromHours(5) }); });
        var tried = new List<double>();
        for (int minute = 0; minute <= 400; minute++)
        {
            long before = hub.Value<long>("SELECT attempt FROM mai_message");
            await sender.SendDueAsync(CancellationToken.None);
            if (hub.Value<long>("SELECT attempt FROM mai_message") > before) tried.Add(minute);
            hub.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 62, 92, 122, 152, 182, 212, 242, 272, 300], tried);
        Assert.Equal(2, hub.Value<long>("SELECT state FROM mai_message"));
        var stuck = Assert.Single(await MessageStore.StuckAsync(hub.Database, NodaTime.Instant.FromDateTimeOffset(hub.Clock.GetUtcNow()), NodaTime.Duration.FromHours(1)));
        Assert.Equal(("anna", 1, true), (stuck.Reference, stuck.Count, stuck.Answer!.Contains("refused", StringComparison.OrdinalIgnoreCase)));

        await peer.SayAsync("up");
        await hub.Database.WriteAsync(async tx => { await queue.QueueAsync(tx, new OutgoingMessage(MessageChannel.Mail, "anna@lindenhof.example", "Silent", "Text", "anna", IsWatched: true)); });
        Assert.Equal(1, await sender.SendDueAsync(CancellationToken.None));
        Assert.Empty(await MessageStore.StuckAsync(hub.Database, NodaTime.Instant.FromDateTimeOffset(hub.Clock.GetUtcNow()), NodaTime.Duration.FromHours(1)));
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task Mail_OfWorkThatFails_IsNotThere(Engine engine)
    {
        using var hub = new TestHub(engine);
        var (queue, _) = Parts(hub, "smtp://127.0.0.1:1");
        await Assert.ThrowsAsync<InvalidOperationException>(() => hub.Database.WriteAsync(async tx =>
        {
            await queue.QueueAsync(tx, "anna@lindenhof.example", "Silent", "Text");
            throw new InvalidOperationException("The business said no.");
        }));

        Assert.Equal(0, hub.Value<long>("SELECT count(*) FROM mai_message"));
    }

    private static (MailQueue Queue, MessageSender Sender) Parts(TestHub hub, string url, string? password = null, string? authority = null)
    {
        X509Certificate2Collection? trusted = null;
        if (authority is not null) (trusted = []).ImportFromPem(authority);
        var settings = new MailSettings(MailServer.Parse(url, password, "hub@coop.example", trusted).GetValueOrThrow(), []);
        return (new MailQueue(settings, hub.Clock), new MessageSender(hub.Database, new MessageLines(settings, new NoKeys(), hub.Clock), hub.Clock, NullLogger<MessageSender>.Instance));
    }

    private static Task QueueAsync(TestHub hub, MailQueue queue, string to) => hub.Database.WriteAsync(async tx => { await queue.QueueAsync(tx, to, "Silent", "Text"); });

    private sealed class NoKeys : IWebhookKeys
    {
        public ValueTask<byte[]?> FindAsync(string reference) => new((byte[]?)null);
    }
}
