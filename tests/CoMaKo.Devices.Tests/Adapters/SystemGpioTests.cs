using System.Device.Gpio;
using CoMaKo.Devices.SystemGpio;
using CoMaKo.Devices.Tests.Gpio;
using NodaTime;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The optional part: System.Device.Gpio, on a chip that a test plays. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class SystemGpioTests
{
    public static TheoryData<string> Checks => new(GpioContract.Checks.Keys);

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task Package_Contract_Holds(string check)
    {
        await using var bench = new PlayedBench();
        await GpioContract.Checks[check](bench);
    }

    [Theory]
    [InlineData(GpioBias.AsIs, PinMode.Input)]
    [InlineData(GpioBias.PullUp, PinMode.InputPullUp)]
    [InlineData(GpioBias.PullDown, PinMode.InputPullDown)]
    public async Task OpenInput_Bias_IsTheDriversMode(GpioBias bias, PinMode mode)
    {
        await using var bench = new PlayedBench();
        using var input = bench.Chip.OpenInput(0, new("test", Duration.Zero, bias));
        Assert.Equal(mode, bench.Driver.ModeOf(0));
    }

    [Fact]
    public async Task OpenInput_BiasOff_IsRefusedAndTheLineStaysFree()
    {
        await using var bench = new PlayedBench();
        Assert.Equal("CME-2306", Assert.Throws<LinkException>(() => bench.Chip.OpenInput(0, new("test", Duration.Zero, GpioBias.Off))).Code);
        using var output = bench.Chip.OpenOutput(0, true, "test");
    }

    [Fact]
    public async Task OpenInput_BiasThatTheChipHasNot_IsRefusedAndTheLineStaysFree()
    {
        await using var bench = new PlayedBench();
        bench.Driver.HasBias = false;
        Assert.Equal("CME-2306", Assert.Throws<LinkException>(() => bench.Chip.OpenInput(0, new("test", Duration.Zero, GpioBias.PullUp))).Code);
        Assert.Empty(bench.Driver.Open);
        using var input = bench.Chip.OpenInput(0, new("test", Duration.Zero));
    }

    [Fact]
    public async Task OpenInput_LibraryThatLosesTheBias_IsRefused()
    {
        await using var chip = new SystemGpioChip("gpiochip0", new PlayedDriver(8), TimeProvider.System, keepsBias: false);
        Assert.Equal("CME-2306", Assert.Throws<LinkException>(() => chip.OpenInput(0, new("test", Duration.Zero, GpioBias.PullUp))).Code);
        using var input = chip.OpenInput(0, new("test", Duration.Zero));
    }

    [Fact]
    public async Task Dispose_OfLines_GivesThemBackToTheDriver()
    {
        await using var bench = new PlayedBench();
        var input = bench.Chip.OpenInput(1, new("test", Duration.Zero));
        var output = bench.Chip.OpenOutput(2, true, "test");
        Assert.Equal([1, 2], bench.Driver.Open.Order());
        input.Dispose();
        output.Dispose();
        Assert.Empty(bench.Driver.Open);
        Assert.Equal(0, bench.Driver.Listeners);
    }

    [Fact]
    public async Task Chip_Gone_EveryCallSaysSo()
    {
        await using var bench = new PlayedBench();
        using var input = bench.Chip.OpenInput(1, new("test", Duration.Zero));
        using var output = bench.Chip.OpenOutput(2, false, "test");
        var waiting = input.EdgesAsync(default).GetAsyncEnumerator().MoveNextAsync();
        bench.Driver.IsGone = true;
        Assert.Equal("CME-2305", (await Assert.ThrowsAsync<LinkException>(() => waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(30)))).Code);
        Assert.Equal("CME-2305", Assert.Throws<LinkException>(() => input.Read()).Code);
        Assert.Equal("CME-2305", Assert.Throws<LinkException>(() => output.Set(true)).Code);
    }

    [Theory]
    [InlineData("pinctrl-bcm2711")]
    [InlineData("gpiochip")]
    [InlineData("gpiochip99999")]
    public void Open_ChipThatIsNotThere_SaysWhatToDo(string name) =>
        Assert.Contains(Assert.Throws<LinkException>(() => SystemGpioChip.Open(name)).Code, (string[])["CME-2301", "CME-2302"]);

    private sealed class PlayedBench : IGpioBench
    {
        public PlayedBench() => Chip = new SystemGpioChip("gpiochip0", Driver, TimeProvider.System);

        public PlayedDriver Driver { get; } = new(8);

        public IGpioLines Chip { get; }

        public int Lines => 8;

        public void Drive(int line, bool level) => Driver.Drive(line, level);

        public bool LevelAt(int line) => Driver.LevelAt(line);

        public ValueTask DisposeAsync() => Chip.DisposeAsync();
    }
}
