using System.Text.Json;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Control;

/// <summary>Control stops being fed: what the inverter does then, seen at its own registers; and that the loop goes on where the gateway lives.</summary>
[Collection(nameof(ControlledHouse))]
[Trait("Category", "Slow")]
public sealed class ControlLossTests(ControlledHouse house, ITestOutputHelper output)
{
    /// <summary>One look at the registers, and a second of the inverter's own clock.</summary>
    private const double Slack = 1.2;

    [Fact]
    public async Task Gateway_Killed_InverterIsBackInItsOwnModeWithinItsRevertTime()
    {
        await house.DrivenAsync();
        await house.Line.Edge!.KillAsync();
        double took = await house.UntilOwnModeAsync(60);

        output.WriteLine(FormattableString.Invariant($"killed: own mode after {took:0.0} s, revert time {ControlledHouse.Validity} s"));
        await house.StartEdgeAsync();
        await house.DrivenAsync();
        Assert.InRange(took, 0.1, ControlledHouse.Validity + Slack);
    }

    [Fact]
    public async Task Gateway_Hangs_InverterIsBackInItsOwnModeWithinItsRevertTime()
    {
        await house.DrivenAsync();
        house.Line.Edge!.Signal("STOP");
        double took = await house.UntilOwnModeAsync(60);
        house.Line.Edge!.Signal("CONT");
        await house.DrivenAsync();

        output.WriteLine(FormattableString.Invariant($"stopped: own mode after {took:0.0} s, revert time {ControlledHouse.Validity} s"));
        Assert.InRange(took, 0.1, ControlledHouse.Validity + Slack);
    }

    /// <summary>A gateway that lives renews nothing without fresh readings: the command is frozen, and its validity ends.</summary>
    [Fact]
    public async Task Meter_Silent_InverterIsBackInItsOwnModeWithinItsRevertTimeAndTheLoopGoesOn()
    {
        const double MeterIsOld = 5;
        await house.DrivenAsync();
        var watch = new CycleWatch(house);
        long from = TimeProvider.System.GetTimestamp();
        await house.TypeAsync("fault stop-sending on grid");
        while (await house.Inverter.IsCommandedAsync() && TimeProvider.System.GetElapsedTime(from).TotalSeconds < 60) await watch.ForAsync(TimeSpan.FromMilliseconds(100));
        double took = TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        await watch.ForAsync(TimeSpan.FromSeconds(3));
        await house.TypeAsync("fault stop-sending off grid");
        await house.DrivenAsync();

        output.WriteLine(FormattableString.Invariant($"silent meter: own mode after {took:0.0} s, of which {MeterIsOld} s until it counts as old; longest pause of the control loop {watch.LongestPause:0.0} s"));
        Assert.InRange(took, 1, MeterIsOld + ControlledHouse.Validity + Slack);
        Assert.InRange(watch.LongestPause, 0, 5);
    }

    [SmallDiskFact]
    public async Task Disk_Full_ControlGoesOnAndTheGridOperatorIsObeyed()
    {
        await house.DrivenAsync();
        string filled = house.Disk!.Fill();
        var watch = new CycleWatch(house);
        await house.TypeAsync("demand wallbox 11000"); // so that there is something to dim
        await watch.ForAsync(TimeSpan.FromSeconds(5));
        var from = TimeProvider.System.GetUtcNow();
        await house.TypeAsync("contact dim on");
        await watch.ForAsync(TimeSpan.FromSeconds(4));
        var first = house.Writes.Since(from).FirstOrDefault(w => w.Device == "wallbox");
        bool isCommanded = await house.Inverter.IsCommandedAsync();
        await house.TypeAsync("contact dim off");
        await house.TypeAsync("demand wallbox off");
        File.Delete(filled);
        await watch.ForAsync(TimeSpan.FromSeconds(1));

        output.WriteLine(FormattableString.Invariant($"full disk: longest pause of the control loop {watch.LongestPause:0.0} s, wallbox dimmed after {(first?.At - from)?.TotalSeconds:0.00} s"));
        Assert.True(isCommanded, "The battery was let go.");
        Assert.NotNull(first);
        Assert.InRange((first.At - from).TotalSeconds, 0, 5);
        Assert.InRange(watch.LongestPause, 0, 5);
    }

    /// <summary>Looks whether the control cycle turns.</summary>
    private sealed class CycleWatch(ControlledHouse house)
    {
        private string? last;
        private long since = TimeProvider.System.GetTimestamp();

        /// <summary>Seconds between two new cycles, as seen from outside.</summary>
        public double LongestPause { get; private set; }

        public async Task LookAsync()
        {
            JsonElement control = await house.ControlAsync();
            string at = control.GetProperty("at").GetString()!;
            double pause = TimeProvider.System.GetElapsedTime(since).TotalSeconds;
            if (last is not null) LongestPause = Math.Max(LongestPause, pause);
            if (at != last) (last, since) = (at, TimeProvider.System.GetTimestamp());
        }

        public async Task ForAsync(TimeSpan time)
        {
            for (long from = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(from) < time;)
            {
                await LookAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}

/// <summary>Deadlines in real time: these tests run after the others, alone.</summary>
[CollectionDefinition(nameof(ControlledHouse), DisableParallelization = true)]
public sealed class ControlledHouseCollection : ICollectionFixture<ControlledHouse>;
