using CoMaKo.Devices.Protocols.S0;
using CoMaKo.Devices.Simulator;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.S0;

public sealed class S0DeviceTests
{
    private readonly FakeTimeProvider clock = new();

    [Theory]
    [InlineData(DeviceRole.Load, Measurand.ActiveEnergyImport)]
    [InlineData(DeviceRole.Pv, Measurand.ActiveEnergyExport)]
    public async Task Read_PulsesOnTheLine_TotalsAndPower(DeviceRole role, Measurand register)
    {
        var chip = Chip();
        await using var device = Device(chip, role, PulseCount.Zero);
        var readings = device.ReadAsync(default).GetAsyncEnumerator();
        Assert.True(await readings.MoveNextAsync());
        Assert.Equal(0m, readings.Current.Find(register));

        for (int i = 0; i < 4; i++) await PulseAsync(chip, TimeSpan.FromSeconds(2), () => device.Count.Pulses == i + 1);
        var reading = await LatestAsync(readings);
        Assert.Equal(4m, reading.Find(register));
        Assert.Equal(1800m, reading.Find(Measurand.ActivePower));
        var total = reading.Values.Single(v => v.Measurand == register);
        Assert.Equal((1m, register == Measurand.ActiveEnergyImport ? "1-0:1.8.0*255" : "1-0:2.8.0*255"), (total.Step, total.Obis.ToString()));
        await readings.DisposeAsync();
    }

    [Fact]
    public async Task Read_ContactBounces_CountsOnePulse()
    {
        var chip = Chip();
        await using var device = Device(chip, DeviceRole.Load, PulseCount.Zero);
        var readings = device.ReadAsync(default).GetAsyncEnumerator();
        Assert.True(await readings.MoveNextAsync());
        for (int i = 0; i < 7; i++)
        {
            chip.Drive(4, i % 2 == 1);
            clock.Advance(TimeSpan.FromMilliseconds(2));
        }

        clock.Advance(TimeSpan.FromMilliseconds(60));
        chip.Drive(4, true);
        clock.Advance(TimeSpan.FromMilliseconds(60));
        await UntilAsync(() => device.Count.Pulses == 1);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new PulseCount(1, 0, 0), device.Count);
        await readings.DisposeAsync();
    }

    [Fact]
    public async Task Read_ChipGone_EndsWithItsReasonAndGoesOnLater()
    {
        var chip = Chip();
        await using var device = Device(chip, DeviceRole.Load, new(1000, 0, 0));
        var readings = device.ReadAsync(default).GetAsyncEnumerator();
        Assert.True(await readings.MoveNextAsync());
        Assert.Equal(1000m, readings.Current.Find(Measurand.ActiveEnergyImport));
        chip.Plug(false);
        var e = await Assert.ThrowsAsync<LinkException>(async () =>
        {
            for (int i = 0; i < 3; i++) await LatestAsync(readings); // the one that was due may still come
        });
        Assert.Equal("CME-2305", e.Code);

        await readings.DisposeAsync();
        await Assert.ThrowsAsync<LinkException>(async () => await device.ReadAsync(default).GetAsyncEnumerator().MoveNextAsync());
        chip.Plug(true);
        var again = device.ReadAsync(default).GetAsyncEnumerator();
        Assert.True(await again.MoveNextAsync());
        await PulseAsync(chip, TimeSpan.FromSeconds(1), () => device.Count.Pulses == 1001);
        Assert.Equal(0, device.Count.LostEdges); // the sequence of the new request starts anew
        await again.DisposeAsync();
    }

    private SimulatedGpio Chip()
    {
        var chip = new SimulatedGpio(8, clock);
        chip.Drive(4, true); // pulled up
        return chip;
    }

    private S0Device Device(SimulatedGpio chip, DeviceRole role, PulseCount restored) =>
        new(chip, new(new("s0"), role, 4, new(1000)), restored, clock, clock);

    private async Task PulseAsync(SimulatedGpio chip, TimeSpan period, Func<bool> counted)
    {
        chip.Drive(4, false);
        clock.Advance(TimeSpan.FromMilliseconds(40));
        chip.Drive(4, true);
        clock.Advance(TimeSpan.FromMilliseconds(40));
        await UntilAsync(counted);
        clock.Advance(period - TimeSpan.FromMilliseconds(80));
    }

    /// <summary>The next reading, however long it takes on the model's clock.</summary>
    private async Task<Reading> LatestAsync(IAsyncEnumerator<Reading> readings)
    {
        var next = readings.MoveNextAsync().AsTask();
        for (int i = 0; i < 100 && !next.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(5)));
        return readings.Current;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; i < 500 && !holds(); i++) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.True(holds());
    }
}
