using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Protocols.Relays;
using CoMaKo.Devices.Simulator;
using CoMaKo.Devices.Tests.Modbus;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Relays;

public sealed class SgReadyTests
{
    private static readonly Duration Minute = Duration.FromMinutes(1);

    private readonly FakeTimeProvider clock = new();
    private readonly ModbusTables module = new();
    private readonly RecordingClient client;

    public SgReadyTests()
    {
        module.Set(1, BitTable.Coils, 8, false, false);
        client = new(module);
    }

    [Fact]
    public async Task Limit_BelowTheRating_BlocksUntilItIsReleased()
    {
        await using var pump = Pump();
        await pump.SetLimitAsync(Power.FromWatts(5400), Minute, default);
        Assert.Equal(SgReadyState.Normal, pump.State);
        await pump.SetLimitAsync(Power.FromWatts(4200), Minute, default);
        Assert.Equal(SgReadyState.Blocked, pump.State);
        await pump.SetLimitAsync(null, Minute, default);
        Assert.Equal(["15@8=0,0", "15@8=1,0", "15@8=0,0"], client.Writes);
    }

    [Fact]
    public async Task Limit_NotRenewed_EndsByItselfEvenAfterAFault()
    {
        await using var pump = Pump();
        await pump.SetLimitAsync(Power.Zero, Minute, default);
        clock.Advance(TimeSpan.FromSeconds(50));
        await pump.SetLimitAsync(Power.Zero, Minute, default);
        clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(SgReadyState.Blocked, pump.State);
        client.Fault = new IOException("No answer.");
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(SgReadyState.Blocked, pump.State);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(SgReadyState.Normal, pump.State);
        Assert.Equal("15@8=0,0", client.Writes[^1]);
    }

    [Fact]
    public async Task Limit_HeatPumpWithAReducedState_TakesIt()
    {
        var options = new SgReadyOptions(new("heat-pump"), Power.FromWatts(9000)) { Limited = SgReadyState.Normal, Unlimited = SgReadyState.More };
        await using var pump = new SgReadyLoad(new SgReadyCoils(client.Client, 1, 8), options, clock);
        await pump.SetLimitAsync(null, Minute, default);
        await pump.SetLimitAsync(Power.FromWatts(4200), Minute, default);
        Assert.Equal(["15@8=0,1", "15@8=0,0"], client.Writes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Limit_OnGpioLines_SwitchesBothContacts(bool closedIsLow)
    {
        var chip = new SimulatedGpio(4, clock);
        await using (var pump = new SgReadyLoad(new SgReadyLines(chip, 2, 3, closedIsLow), new(new("heat-pump"), Power.FromWatts(5400)), clock))
        {
            await pump.SetLimitAsync(Power.Zero, Minute, default);
            Assert.Equal((!closedIsLow, closedIsLow), (chip.OutputOf(2), chip.OutputOf(3)));
            await pump.SetLimitAsync(null, Minute, default);
            Assert.Equal((closedIsLow, closedIsLow), (chip.OutputOf(2), chip.OutputOf(3)));
        }

        Assert.Null(chip.OutputOf(2));
    }

    private SgReadyLoad Pump() => new(new SgReadyCoils(client.Client, 1, 8), new(new("heat-pump"), Power.FromWatts(5400)), clock);
}
