using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>The power fails: what the next start makes of the devices and of the memory.</summary>
public sealed class PowerCutTests
{
    private static readonly LimitSettings Dimmed = Settings() with { Dim = new() { HasRelay = true } };

    /// <summary>local-control §8.11: the power fails before, inside and after each write of a change; the memory is that of the second before.</summary>
    [Theory]
    [InlineData(DeviceFault.None)]
    [InlineData(DeviceFault.Throws)]
    [InlineData(DeviceFault.TakesAndThrows)]
    public void Power_CutInAWriteSequence_NextStartBringsAllDevicesToTheIntent(DeviceFault lastWrite)
    {
        var settings = Dimmed with
        {
            Batteries = [Battery("a"), Battery("b")],
            Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)],
        };
        for (int cut = 0; cut < 3; cut++)
        {
            var house = new House(settings) { HomeWatts = 500 };
            house.LoadWatts[0] = 11_000;
            house.Wish.Force(-6000);
            house.Set(RelayMeaning.Dim, false);
            house.Run(10);
            var memory = house.Remember();
            house.Set(RelayMeaning.Dim, true);
            foreach (var (device, i) in house.Devices.Select((d, i) => (d, i))) if (i >= cut) device.Fault = i == cut ? lastWrite : DeviceFault.Throws;
            house.Dispatcher.Cycle();

            var next = house.Restart(memory);
            next.Run(5);

            Assert.True(next.Batteries.All(b => b.Held is not null), "All batteries are commanded again.");
            // Three devices: 4.2 + 2·0.75·4.2 = 10.5 kW, a third for each.
            Assert.InRange(next.Batteries.Sum(b => b.Held!.Value.Min.Watts), -7000, 0);
            Assert.Equal(W(3500), next.Loads[0].Held!.Value.Max);
        }
    }

    [Fact]
    public void Power_CutWhileDimmed_AWallboxThatIsFreeAgainIsReleasedAfterTheStart()
    {
        var settings = Dimmed with { Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)] };
        var house = new House(settings);
        house.Set(RelayMeaning.Dim, true);
        house.Run(3);

        var next = house.Restart(house.Remember());
        next.Set(RelayMeaning.Dim, false);
        next.Run(1);

        Assert.Null(next.Loads[0].Held);
    }
}
