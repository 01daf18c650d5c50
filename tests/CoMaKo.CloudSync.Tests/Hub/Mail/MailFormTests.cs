using System.Text;
using CoMaKo.Hub.Mail;

namespace CoMaKo.CloudSync.Tests.Hub.Mail;

/// <summary>What is taken as an address, a server, a mail; without a wire.</summary>
public sealed class MailFormTests
{
    [Theory]
    [InlineData("anna.berg@lindenhof.example", "anna.berg@lindenhof.example")]
    [InlineData("a+b@bücher.example", "a+b@xn--bcher-kva.example")]
    [InlineData("root@localhost", "root@localhost")]
    [InlineData("anna@", null)]
    [InlineData("@example.org", null)]
    [InlineData("anna@b@example.org", null)]
    [InlineData("anna@example.org>\r\nRCPT TO:<eve@example.org", null)]
    [InlineData("anna\r\n@example.org", null)]
    [InlineData("<anna@example.org>", null)]
    [InlineData("anna..berg@example.org", null)]
    [InlineData("anna@-example.org", null)]
    [InlineData("änna@example.org", null)]
    [InlineData("anna@exa mple.org", null)]
    public void Address_IsTakenOrRefused(string text, string? wire) => Assert.Equal(wire, MailAddress.ToAscii(text));

    [Theory]
    [InlineData("smtp://mail.example", null, "smtp://mail.example:587", MailSecurity.StartTls)]
    [InlineData("smtp://hub@mail.example:25", "geheim", "smtp://mail.example:25", MailSecurity.StartTls)]
    [InlineData("smtps://hub%40coop.example@mail.example", "geheim", "smtps://mail.example:465", MailSecurity.Tls)]
    [InlineData("smtp://127.0.0.1:2525", null, "smtp://127.0.0.1:2525", MailSecurity.IfOffered)]
    [InlineData("smtp://relay.lan:25?tls=none", null, "smtp://relay.lan:25", MailSecurity.None)]
    internal void Server_ThatIsRight_IsReadAndNeverShowsThePassword(string text, string? password, string shown, MailSecurity security)
    {
        var server = MailServer.Parse(text, password, "hub@coop.example").GetValueOrThrow();
        Assert.Equal((shown, security), (server.ToString(), server.Security));
        Assert.Equal(password, server.Password);
    }

    [Theory]
    [InlineData("mail.example", null, "hub@coop.example", "CMH-1801")]
    [InlineData("http://mail.example", null, "hub@coop.example", "CMH-1801")]
    [InlineData("smtp://hub:geheim@mail.example", "x", "hub@coop.example", "CMH-1801")]
    [InlineData("smtp://hub@mail.example", null, "hub@coop.example", "CMH-1801")]
    [InlineData("smtp://hub@mail.example?tls=none", "geheim", "hub@coop.example", "CMH-1801")]
    [InlineData("smtp://mail.example/inbox", null, "hub@coop.example", "CMH-1801")]
    [InlineData("smtp://mail.example", null, "", "CMH-1802")]
    [InlineData("smtp://mail.example", null, "hub@coop.example\r\nBcc: eve@example.org", "CMH-1802")]
    public void Server_ThatIsWrong_IsToldWithoutThePassword(string text, string? password, string from, string code)
    {
        var error = MailServer.Parse(text, password, from).Error!;
        Assert.Equal(code, error.Code);
        Assert.DoesNotContain("geheim", error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silent\r\nBcc: eve@example.org", "anna@example.org")]
    [InlineData("Silent\nBcc: eve@example.org", "anna@example.org")]
    [InlineData("Silent", "anna@example.org\r\nBcc: eve@example.org")]
    [InlineData("Silent\0", "anna@example.org")]
    public void Mail_WithAControlCharacterInAHeader_IsNotWritten(string subject, string to) =>
        Assert.Throws<ArgumentException>(() => MailText.Write("hub@coop.example", to, subject, "Text", "1@coop.example", DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\r\nb")]
    public async Task Data_WithABareLineEnd_IsNotSent(string data)
    {
        await using var wire = new SmtpWire(new MemoryStream());
        await Assert.ThrowsAsync<ArgumentException>(() => wire.WriteDataAsync(Encoding.ASCII.GetBytes(data), CancellationToken.None));
    }

    [Theory]
    [InlineData("220 hi\r\n", 220, "hi")]
    [InlineData("250-one\r\n250-two\r\n250 three\r\n", 250, "one\ntwo\nthree")]
    [InlineData("250\r\n", 250, "")]
    public async Task Answer_ThatIsOne_IsRead(string text, int code, string lines)
    {
        await using var wire = new SmtpWire(new MemoryStream(Encoding.ASCII.GetBytes(text)));
        Assert.Equal((code, lines), await wire.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Answers_OfRandomBytes_AreReadOrRefusedWithoutAnotherException()
    {
        var random = new Random(1821);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            for (int at = 0; at < bytes.Length; at++) bytes[at] = (byte)(random.Next(3) == 0 ? random.Next(256) : "250- \r\n"[random.Next(7)]);
            await using var wire = new SmtpWire(new MemoryStream(bytes));
            try
            {
                while (true) await wire.ReadAsync(CancellationToken.None);
            }
            catch (IOException)
            {
                // The end, or no SMTP.
            }
        }
    }

    [Fact]
    public void Pauses_Grow_FromHalfAMinuteToHalfAnHour() =>
        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], Enumerable.Range(1, 9).Select(attempts => MessageSender.PauseAfter(attempts).TotalMinutes));
}
