using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Simulator;

namespace CoMaKo.Devices.Tests.Gpio;

/// <summary>The same checks on the simulated chip and, where the kernel has gpio-sim, on a real character device.</summary>
public sealed class GpioContractTests
{
    public static TheoryData<string> Checks => new(GpioContract.Checks.Keys);

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task Simulated_Contract_Holds(string check)
    {
        await using var bench = new SimulatedBench();
        await GpioContract.Checks[check](bench);
    }

    [RequiresGpioSimTheory]
    [MemberData(nameof(Checks))]
    public async Task Kernel_Contract_Holds(string check)
    {
        await using var bench = await GpioSimBench.CreateAsync();
        await GpioContract.Checks[check](bench);
    }

    [RequiresGpioSimTheory]
    [InlineData(GpioBias.PullUp, true)]
    [InlineData(GpioBias.PullDown, false)]
    public async Task Kernel_Bias_PullsTheLine(GpioBias bias, bool level)
    {
        await using var bench = await GpioSimBench.CreateAsync();
        using var input = bench.Chip.OpenInput(0, new("test", NodaTime.Duration.Zero, bias));
        Assert.Equal(level, input.Read());
    }

    [RequiresGpioSimFact]
    public async Task Kernel_Chip_IsFoundByNameAndLabelAndTellsItsLines()
    {
        await using var bench = await GpioSimBench.CreateAsync();
        var info = ((GpioChip)bench.Chip).Info;
        await using var byLabel = GpioChip.Open(info.Label);
        Assert.Equal(info, byLabel.Info);
        Assert.Contains(GpioChip.All(), c => c == info);
        using var input = byLabel.OpenInput(3, new("comako test", NodaTime.Duration.Zero));
        Assert.Equal((bench.Lines, "comako test", null), (byLabel.Lines().Count, byLabel.Lines()[3].Consumer, byLabel.Lines()[4].Consumer));
        Assert.Contains("comako test", Assert.Throws<LinkException>(() => bench.Chip.OpenInput(3, new("x", NodaTime.Duration.Zero))).Message, StringComparison.Ordinal);
    }

    [RequiresGpioSimFact]
    public async Task Kernel_ChipUnplugged_EveryCallSaysSo()
    {
        await using var bench = await GpioSimBench.CreateAsync();
        using var input = bench.Chip.OpenInput(1, new("test", NodaTime.Duration.Zero));
        using var output = bench.Chip.OpenOutput(2, false, "test");
        var waiting = input.EdgesAsync(default).GetAsyncEnumerator().MoveNextAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        await bench.UnplugAsync();
        Assert.Equal("CME-2305", (await Assert.ThrowsAsync<LinkException>(() => waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(5)))).Code);
        Assert.Equal("CME-2305", Assert.Throws<LinkException>(() => input.Read()).Code);
        Assert.Equal("CME-2305", Assert.Throws<LinkException>(() => output.Set(true)).Code);
        Assert.Contains(Assert.Throws<LinkException>(() => bench.Chip.OpenInput(3, new("test", NodaTime.Duration.Zero))).Code, (string[])["CME-2301", "CME-2305"]);
    }

    private sealed class SimulatedBench : IGpioBench
    {
        private readonly SimulatedGpio chip = new(8, TimeProvider.System);

        public IGpioLines Chip => chip;

        public int Lines => 8;

        public void Drive(int line, bool level) => chip.Drive(line, level);

        public bool LevelAt(int line) => chip.OutputOf(line)!.Value;

        public ValueTask DisposeAsync() => chip.DisposeAsync();
    }
}
