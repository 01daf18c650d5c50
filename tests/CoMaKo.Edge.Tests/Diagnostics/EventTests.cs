using System.Text.Json.Nodes;
using CoMaKo.Devices;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>The event stream: whole state first, then only what changed, at a human pace.</summary>
public sealed class EventTests
{
    private static readonly CancellationToken Soon = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Page_AtFirst_SendsEveryPartAsItStandsOnThePage()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        await using var stream = await Stream.OpenAsync(host, "/events?page=%2F");
        var page = await host.PageAsync("/");
        int parts = page.QuerySelectorAll("cm-live").Length;
        for (int i = 0; i < parts; i++)
        {
            var part = JsonNode.Parse((await stream.NextAsync("part")).Data)!;
            Assert.NotNull(page.GetElementById((string)part["id"]!));
        }
    }

    [Fact]
    public async Task Page_AfterAChange_SendsOnlyThePartsThatDiffer()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon, real);
        await using var stream = await Stream.OpenAsync(host, "/events?page=%2Fsync");
        for (int i = 0; i < 5; i++) await stream.NextAsync("part");
        host.Building.Sync = host.Building.Sync with { RoundTrip = Duration.FromMilliseconds(77) };
        real.Advance(TimeSpan.FromSeconds(1));
        var part = JsonNode.Parse((await stream.NextAsync("part")).Data)!;
        Assert.Equal("facts", (string?)part["id"]);
        Assert.Contains("77", (string?)part["html"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topics_HoweverFastReadingsCome_AreAtMostFiveASecond()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon, real);
        await using var stream = await Stream.OpenAsync(host, "/events?topics=readings");
        for (int i = 0; i < 3; i++) await stream.NextAsync("reading");
        for (int i = 1; i <= 100; i++)
        {
            host.Building.Read(FakeBuilding.Grid, Duration.Zero, (Measurand.ActivePower, i)); // a hundred readings within one real second
            if (i % 20 != 0) continue;
            real.Advance(TimeSpan.FromMilliseconds(200));
            Assert.Equal(i, (int?)JsonNode.Parse((await stream.NextAsync("reading")).Data)!["values"]![0]!["value"]);
        }

        Assert.Equal("8", stream.LastId); // three at first, five afterwards
    }

    [Fact]
    public async Task NothingNew_ForFifteenSeconds_IsAHeartbeat()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon, real);
        await using var stream = await Stream.OpenAsync(host, "/events?topics=status");
        await stream.NextAsync("status");
        var comment = stream.NextCommentAsync();
        for (int i = 0; i < 400 && !comment.IsCompleted; i++)
        {
            real.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        Assert.Equal(": heartbeat", await comment);
    }

    [Fact]
    public async Task NinthClient_TakesTheOldestOnesPlace_WhichIsToldSo()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var streams = new List<Stream>();
        for (int i = 0; i < 9; i++)
        {
            streams.Add(await Stream.OpenAsync(host, "/events?topics=status"));
            await streams[^1].NextAsync("status");
        }

        Assert.Equal("8", (await streams[0].NextAsync("refused")).Data);
        Assert.Contains("comako_edge_page_streams 8\n", await host.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Soon), StringComparison.Ordinal);
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    [Fact]
    public async Task LastEventId_OfAnEarlierStream_IsAnsweredWithTheWholeState()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        await using var stream = await Stream.OpenAsync(host, "/events?topics=status", lastEventId: "4711");
        Assert.Equal("gw-0417", (string?)JsonNode.Parse((await stream.NextAsync("status")).Data)!["gateway"]);
    }

    private sealed class Stream : IAsyncDisposable
    {
        private readonly HttpResponseMessage response;
        private readonly StreamReader reader;

        private Stream(HttpResponseMessage response, StreamReader reader)
        {
            this.response = response;
            this.reader = reader;
        }

        public string LastId { get; private set; } = "";

        public static async Task<Stream> OpenAsync(PageHost host, string address, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            var answer = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Soon);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
            return new Stream(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(Soon)));
        }

        /// <summary>The next event, which must have this name.</summary>
        public async Task<(string Name, string Data)> NextAsync(string name)
        {
            string? got = null;
            var data = new List<string>();
            while (true)
            {
                string line = await reader.ReadLineAsync(Soon) ?? throw new EndOfStreamException("The stream ended.");
                if (line.StartsWith("event: ", StringComparison.Ordinal)) got = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal)) data.Add(line[6..]);
                else if (line.StartsWith("id: ", StringComparison.Ordinal)) LastId = line[4..];
                else if (line.Length == 0 && got is not null) break;
            }

            Assert.Equal(name, got);
            return (got, string.Join('\n', data));
        }

        public async Task<string> NextCommentAsync()
        {
            string line;
            do line = await reader.ReadLineAsync(Soon) ?? throw new EndOfStreamException("The stream ended.");
            while (!line.StartsWith(':'));
            return line;
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
