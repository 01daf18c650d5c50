using System.Collections.Concurrent;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Relays;
using CoMaKo.Devices.Simulator;
using CoMaKo.Devices.Tests.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Relays;

public sealed class RelayPanelTests : IAsyncDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly SimulatedGpio chip;
    private readonly ModbusTables module = new();
    private readonly RecordingClient client;
    private readonly ConcurrentQueue<RelayEdge> log = new();
    private RelayPanel? panel;

    public RelayPanelTests()
    {
        chip = new(8, clock);
        chip.Drive(1, true);
        module.Set(1, BitTable.DiscreteInputs, 0, false, false, false, false, false);
        client = new(module);
    }

    public async ValueTask DisposeAsync()
    {
        if (panel is not null) await panel.DisposeAsync();
    }

    [Theory]
    [InlineData(ActiveContact.Closed, false, true)]
    [InlineData(ActiveContact.Open, true, false)]
    public async Task Gpio_ContactToGround_MeansWhatTheWiringSays(ActiveContact active, bool atRest, bool pressed)
    {
        Start([new(RelayMeaning.Dim, active, chip, 1, ClosedIsLow: true, GpioBias.PullUp)], []);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == atRest);
        chip.Drive(1, false);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == pressed);
        Assert.Contains("line 1", panel!.Current.Find(RelayMeaning.Dim)!.Source, StringComparison.Ordinal);
        var input = Assert.Single(panel.Inputs);
        Assert.Equal((true, 2, 2), (input.IsClosed, (int)input.Edges, input.Last.Length));
        Assert.Equal([false, true], log.Select(e => e.IsClosed));
    }

    [Fact]
    public async Task Gpio_ShorterThan200Milliseconds_IsNoSignal()
    {
        Start([new(RelayMeaning.Dim, ActiveContact.Closed, chip, 1, true, GpioBias.PullUp)], []);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == false);
        chip.Drive(1, false);
        await PassAsync(150);
        chip.Drive(1, true);
        await PassAsync(1000);
        Assert.Single(log);
        chip.Drive(1, false);
        await PassAsync(250);
        Assert.True(IsActive(RelayMeaning.Dim));
    }

    [Fact]
    public async Task Gpio_ChipLost_IsUnknownUntilItIsBack()
    {
        chip.Plug(false);
        Start([new(RelayMeaning.Dim, ActiveContact.Closed, chip, 1, true, GpioBias.PullUp)], []);
        await PassAsync(100);
        Assert.Null(panel!.Current.Find(RelayMeaning.Dim)!.IsActive);
        Assert.Contains("gone", Assert.Single(panel.Inputs).Fault!, StringComparison.Ordinal);
        chip.Plug(true);
        await PassAsync(1500);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == false);
        chip.Plug(false);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) is null);
        Assert.Equal([false, null], log.Select(e => e.IsClosed));
    }

    [Fact]
    public async Task Modbus_AllInputsOfAUnit_OneRequestTenTimesASecond()
    {
        Start([], [Input(RelayMeaning.Dim, 0), Input(RelayMeaning.FeedIn0, 3), Input(RelayMeaning.FeedIn60, 1, ActiveContact.Open)]);
        await UntilAsync(() => IsActive(RelayMeaning.FeedIn60) == true);
        Assert.Equal((false, false, null), (IsActive(RelayMeaning.Dim), IsActive(RelayMeaning.FeedIn0), IsActive(RelayMeaning.FeedIn30)));
        int before = client.Reads;
        await PassAsync(1000);
        Assert.InRange(client.Reads - before, 8, 10);
        module.Set(1, BitTable.DiscreteInputs, 3, true);
        await PassAsync(100);
        Assert.False(IsActive(RelayMeaning.FeedIn0));
        await PassAsync(300);
        Assert.True(IsActive(RelayMeaning.FeedIn0));
        Assert.False(IsActive(RelayMeaning.Dim));
    }

    [Fact]
    public async Task Modbus_OneAnswerLost_IsKnownAllTheSame_ModuleLost_IsUnknown()
    {
        Start([], [Input(RelayMeaning.Dim, 0)]);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == false);
        client.Fault = new IOException("No answer.");
        await PassAsync(300);
        Assert.False(IsActive(RelayMeaning.Dim));
        for (int i = 0; i < 26; i++)
        {
            client.Fault = new IOException("No answer.");
            await PassAsync(100);
        }

        Assert.Null(IsActive(RelayMeaning.Dim));
        Assert.NotNull(panel!.Current.Find(RelayMeaning.Dim));
        client.Fault = null;
        await PassAsync(200);
        Assert.False(IsActive(RelayMeaning.Dim));
        Assert.Equal([false, null, false], log.Select(e => e.IsActive));
    }

    [Fact]
    public async Task WaitForEdge_EdgeBeforeOrWhileWaiting_WakesAtOnce()
    {
        Start([new(RelayMeaning.Dim, ActiveContact.Closed, chip, 1, true, GpioBias.PullUp)], []);
        await panel!.WaitForEdgeAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(5)); // the first look

        Task[] waiting = [.. Enumerable.Range(0, 3).Select(_ => panel.WaitForEdgeAsync(default).AsTask())];
        await PassAsync(300);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        chip.Drive(1, false);
        await PassAsync(200);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.True(IsActive(RelayMeaning.Dim)); // whoever wakes sees the new image

        chip.Drive(1, true);
        await PassAsync(200);
        await UntilAsync(() => IsActive(RelayMeaning.Dim) == false);
        await panel.WaitForEdgeAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(5)); // came while nobody waited
        using var stop = new CancellationTokenSource();
        var cancelled = panel.WaitForEdgeAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Fact]
    public async Task Image_BeforeTheFirstLook_EveryConfiguredSignalIsUnknown()
    {
        client.Fault = new IOException("No answer.");
        Start([], [Input(RelayMeaning.Dim, 0), Input(RelayMeaning.FeedIn30, 2)]);
        Assert.All(panel!.Current.Signals, s => Assert.Null(s.IsActive));
        Assert.Equal(2, panel.Current.Signals.Length);
        await PassAsync(0);
    }

    private ModbusRelay Input(RelayMeaning meaning, ushort input, ActiveContact active = ActiveContact.Closed) => new(meaning, active, client.Client, "io", 1, input);

    private void Start(IReadOnlyList<GpioRelay> lines, IReadOnlyList<ModbusRelay> modules) => panel = new(lines, modules, clock, clock, log.Enqueue);

    private bool? IsActive(RelayMeaning meaning) => panel!.Current.Find(meaning)?.IsActive;

    /// <summary>Lets time pass in small steps, and the loops their turn.</summary>
    private async Task PassAsync(int milliseconds)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        for (int i = 0; i < milliseconds; i += 50)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(8), TimeProvider.System);
        }
    }

    private async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; i < 400 && !holds(); i++) await PassAsync(50);
        Assert.True(holds());
    }
}
