using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Linux;

/// <summary>On real pseudo terminals: the kernel's terminal layer is the same as behind a USB adapter.</summary>
public sealed class SerialLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly PseudoTerminal device = PseudoTerminal.Create();
    private readonly CancellationTokenSource limit = new(Long);

    [Theory]
    [InlineData("9600-8N1", 9600, 8, 'N', 1, 10)]
    [InlineData("300-7E1", 300, 7, 'E', 1, 10)]
    [InlineData("19200-8E1", 19200, 8, 'E', 1, 11)]
    [InlineData("230400-8O2", 230400, 8, 'O', 2, 12)]
    public void Settings_WellFormed_AreParsedAndWrittenBack(string text, int baud, int bits, char parity, int stop, int onLine)
    {
        var settings = SerialSettings.Parse(text).GetValueOrThrow();
        Assert.Equal(new SerialSettings(baud, bits, parity, stop), settings);
        Assert.Equal(onLine, settings.BitsPerCharacter);
        Assert.Equal(text, settings.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("9600")]
    [InlineData("9600 8N1")]
    [InlineData("9601-8N1")]
    [InlineData("9600-9N1")]
    [InlineData("9600-8n1")]
    [InlineData("99999999999-8N1")]
    public void Settings_Malformed_AreRefusedWithCode(string text) => Assert.Equal("CME-1901", SerialSettings.Parse(text).Error?.Code);

    [Fact]
    public async Task Read_AllByteValues_ArriveUnchanged()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await using var line = await OpenAsync();
        await device.WriteAsync(all, limit.Token);
        Assert.Equal(all, await ReadExactlyAsync(line, all.Length));
        await line.WriteAsync(all, limit.Token);
        Assert.Equal(all, await ReadExactlyAsync(device, all.Length));
    }

    [Fact]
    public async Task Read_BytesComeLater_Waits()
    {
        await using var line = await OpenAsync();
        var reading = line.ReadAsync(new byte[16], limit.Token).AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(reading.IsCompleted);
        await device.WriteAsync(new byte[] { 1, 2, 3 }, limit.Token);
        Assert.Equal(3, await reading);
    }

    [Fact]
    public async Task Read_CancelledThenAgain_LosesNothing()
    {
        await using var line = await OpenAsync();
        for (byte i = 1; i <= 20; i++)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(5));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await line.ReadAsync(new byte[4], soon.Token));
            await device.WriteAsync(new[] { i }, limit.Token);
            Assert.Equal([i], await ReadExactlyAsync(line, 1));
        }
    }

    [Fact]
    public async Task Read_ClosedMeanwhile_EndsWithLinkException()
    {
        var line = await OpenAsync();
        var reading = line.ReadAsync(new byte[4], limit.Token).AsTask();
        await line.CloseAsync();
        Assert.Equal("CME-1909", (await Assert.ThrowsAsync<LinkException>(() => reading)).Code);
        Assert.False(line.IsOpen);
    }

    [Fact]
    public async Task Read_CablePulled_NamesTheCableAndOpensAgainByStableName()
    {
        string name = Path.Combine(Directory.CreateTempSubdirectory("comako-").FullName, "usb-head");
        await using var head = PseudoTerminal.Create(name);
        await using var line = new SerialLink(name, SerialSettings.Sml);
        await line.OpenAsync(limit.Token);
        var reading = line.ReadAsync(new byte[4], limit.Token).AsTask();
        await head.CloseAsync();
        var broke = await Assert.ThrowsAsync<LinkException>(() => reading);
        Assert.Equal("CME-1907", broke.Code);
        Assert.Contains(name, broke.Message, StringComparison.Ordinal);
        Assert.Equal("CME-1902", (await Assert.ThrowsAsync<LinkException>(async () => await line.OpenAsync(limit.Token))).Code);

        await head.OpenAsync(limit.Token);
        await line.OpenAsync(limit.Token);
        await head.WriteAsync("back"u8.ToArray(), limit.Token);
        Assert.Equal("back"u8.ToArray(), await ReadExactlyAsync(line, 4));
    }

    [Fact]
    public async Task Open_SecondUser_IsRefused()
    {
        await using var line = await OpenAsync();
        await using var second = new SerialLink(device.Path, SerialSettings.Sml);
        Assert.Equal("CME-1904", (await Assert.ThrowsAsync<LinkException>(async () => await second.OpenAsync(limit.Token))).Code);
        await line.CloseAsync();
        await second.OpenAsync(limit.Token);
    }

    [Theory]
    [InlineData("/dev/does-not-exist", "CME-1902")]
    [InlineData("/dev/null", "CME-1905")]
    public async Task Open_NoSerialLine_SaysWhatToCheck(string path, string code)
    {
        await using var line = new SerialLink(path, SerialSettings.Sml);
        Assert.Equal(code, (await Assert.ThrowsAsync<LinkException>(async () => await line.OpenAsync(limit.Token))).Code);
    }

    [Fact]
    public async Task Open_BytesFromBefore_AreDropped()
    {
        await using (var earlier = await OpenAsync()) await device.WriteAsync("old"u8.ToArray(), limit.Token);
        await using var line = await OpenAsync();
        await device.WriteAsync("new"u8.ToArray(), limit.Token);
        Assert.Equal("new"u8.ToArray(), await ReadExactlyAsync(line, 3));
    }

    [Fact]
    public async Task PseudoTerminal_NobodyListens_LosesBytesAndDoesNotBlock()
    {
        Assert.False(device.HasListener);
        await device.WriteAsync(new byte[1 << 20], limit.Token);
        await using var line = await OpenAsync();
        Assert.True(device.HasListener);
    }

    [Fact]
    public async Task Write_MoreThanTheBuffer_WaitsForTheReader()
    {
        byte[] sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        await using var line = await OpenAsync();
        var writing = device.WriteAsync(sent, limit.Token).AsTask();
        Assert.Equal(sent, await ReadExactlyAsync(line, sent.Length));
        await writing;
    }

    public async ValueTask DisposeAsync()
    {
        limit.Dispose();
        await device.DisposeAsync();
    }

    private async Task<SerialLink> OpenAsync()
    {
        var line = new SerialLink(device.Path, SerialSettings.Sml);
        await line.OpenAsync(limit.Token);
        return line;
    }

    private async Task<byte[]> ReadExactlyAsync(IByteLink link, int count)
    {
        byte[] buffer = new byte[count];
        for (int got = 0; got < count;) got += await link.ReadAsync(buffer.AsMemory(got), limit.Token);
        return buffer;
    }
}
