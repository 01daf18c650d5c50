using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Writes;

/// <summary>Each kind of write against a foreign server that understands the maker's registers by its own code.</summary>
public sealed class BatteryPeerTests
{
    private static readonly Duration Minute = Duration.FromSeconds(60);

    private readonly FakeTimeProvider clock = new();

    [RequiresTheory(Peer.Pymodbus)]
    [InlineData("kostal-plenticore", false)]
    [InlineData("sma-battery", true)]
    [InlineData("goodwe-et", true)]
    [InlineData("sungrow-sh", true)]
    [InlineData("solax-gen4", true)]
    [InlineData("solaredge-storedge", true)]
    public async Task Profile_PinnedPowersAndRelease_ArriveAsMeant(string name, bool canRelease)
    {
        await using var peer = await BatteryPeer.StartAsync(name);
        var battery = await BatteryAsync(name, peer);
        Assert.Equal("own", (await peer.StateAsync()).Mode);

        foreach (int watts in (int[])[-2500, 3000, -4321, 17, 0, -5000, 5000])
        {
            await battery.SetRangeAsync(PowerRange.Pin(Power.FromWatts(watts)), Minute, default);
            var state = await peer.StateAsync();
            Assert.Equal(("pinned", (decimal?)watts), (state.Mode, state.Watts));
            Assert.True(state.Seconds is null or 60);
            Assert.NotEmpty(state.Writes);
            Assert.Equal(PowerRange.Pin(Power.FromWatts(watts)), await battery.ReadBackAsync(default));
        }

        await battery.SetRangeAsync(PowerRange.Pin(Power.FromWatts(-9000)), Minute, default);
        Assert.Equal(-5000, (await peer.StateAsync()).Watts);
        await battery.ReleaseAsync(default);
        if (canRelease) Assert.Equal("own", (await peer.StateAsync()).Mode);
        Assert.Null(await battery.ReadBackAsync(default));
    }

    [RequiresTheory(Peer.Pymodbus)]
    [InlineData("sungrow-sh", 10)]
    [InlineData("solaredge-storedge", 0)]
    public async Task Profile_Range_IsLeftToTheDevice(string name, int least)
    {
        await using var peer = await BatteryPeer.StartAsync(name);
        var battery = await BatteryAsync(name, peer);
        Assert.Equal(BatteryFollower.Device, battery.Traits.Follows);
        foreach (var (min, max) in ((int, int)[])[(-5000, 0), (0, 5000), (-1200, 2600), (-5000, 5000)])
        {
            await battery.SetRangeAsync(new(Power.FromWatts(min), Power.FromWatts(max)), Minute, default);
            var state = await peer.StateAsync();
            bool isFull = state.Mode == "own" && (min, max) == (-5000, 5000); // as good as its own mode
            Assert.True(isFull || ("range", Math.Min(min, -least), Math.Max(max, least)) == (state.Mode, (int)state.Min!, (int)state.Max!), state.ToString());
        }
    }

    [RequiresFact(Peer.Pymodbus)]
    public async Task Profile_NotSetUpForControl_IsRefusedWithWhatToDo()
    {
        await using var peer = await BatteryPeer.StartAsync("kostal-plenticore");
        var library = await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles")], default);
        var kostal = library.Profiles["kostal-plenticore"];
        var changed = kostal with { Control = kostal.Control! with { Require = [kostal.Control.Require[0] with { Min = 3, Max = 3 }] } };
        var battery = new ProfileBattery(changed, peer.Client, new(new("battery"), 71), new(clock), clock);

        var refused = await Assert.ThrowsAsync<WriteRefusedException>(() => battery.SetRangeAsync(PowerRange.Pin(Power.Zero), Minute, default));
        Assert.Equal("CME-2403", refused.Code);
        Assert.Contains("external via Modbus", refused.Message, StringComparison.Ordinal);
        Assert.Empty((await peer.StateAsync()).Writes);
    }

    [RequiresFact(Peer.Pymodbus)]
    public async Task SunSpec_Ranges_ArriveAsMeant()
    {
        await using var peer = await BatteryPeer.StartAsync("sunspec");
        var battery = new SunSpecBattery(peer.Client, new(new("battery"), 1) { MayChargeFromGrid = true }, new(clock));
        foreach (var (min, max) in ((int, int)[])[(-4000, 5000), (-4000, 0), (0, 5000), (-1000, 2000), (-3000, -3000), (3000, 3000), (-4000, -1500), (0, 0)])
        {
            await battery.SetRangeAsync(new(Power.FromWatts(min), Power.FromWatts(max)), Minute, default);
            var state = await peer.StateAsync();
            Assert.Equal(("range", (decimal?)min, (decimal?)max, (int?)60), (state.Mode, state.Min, state.Max, state.Seconds));
            Assert.Equal(new PowerRange(Power.FromWatts(min), Power.FromWatts(max)), await battery.ReadBackAsync(default));
            Assert.InRange(state.Writes.Length, 3, 4);
        }

        Assert.Equal(1, (await peer.StateAsync()).Grid);
        await battery.ReleaseAsync(default);
        Assert.Equal("own", (await peer.StateAsync()).Mode);
    }

    [RequiresTheory(Peer.Pymodbus)]
    [InlineData("sunspec", SunSpecWriteQuirk.None)]
    [InlineData("kostal-sunspec", SunSpecWriteQuirk.SingleRegisters)]
    public async Task SunSpec_FeedIn_LimitsTheOutput(string maker, SunSpecWriteQuirk quirk)
    {
        await using var peer = await BatteryPeer.StartAsync(maker);
        var limit = new SunSpecFeedIn(peer.Client, new(new("pv"), 1, Power.FromWatts(9000)) { Quirk = quirk });
        foreach (int watts in (int[])[5400, 0, 2700])
        {
            await limit.SetFeedInLimitAsync(Power.FromWatts(watts), Minute, default);
            Assert.Equal(watts, (await peer.StateAsync()).Output);
            Assert.Equal(Power.FromWatts(watts), await limit.ReadBackAsync(default));
        }

        await limit.SetFeedInLimitAsync(null, Minute, default);
        Assert.True((await peer.StateAsync()).Output is null or 8000);
        Assert.Null(await limit.ReadBackAsync(default));
    }

    /// <summary>Wild commands for a day, with restarts of the gateway on the way: the battery counts each write itself.</summary>
    [RequiresFact(Peer.Pymodbus)]
    public async Task Settings_ADayOfWildCommands_AreWrittenAtMost20TimesEach()
    {
        await using var peer = await BatteryPeer.StartAsync("sungrow-sh");
        var kept = WearSnapshot.Empty;
        var battery = await RestartAsync();
        var random = new Random(17);
        var counts = new Dictionary<int, int>();
        int refused = 0;
        for (int minute = 0; minute < 1439; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            if (random.Next(60) == 0) battery = await RestartAsync();
            int a = random.Next(-5000, 5000), b = random.Next(-5000, 5000);
            try
            {
                await battery.SetRangeAsync(random.Next(3) == 0 ? new(Power.FromWatts(Math.Min(a, b)), Power.FromWatts(Math.Max(a, b))) : PowerRange.Pin(Power.FromWatts(a)), Minute, default);
            }
            catch (WriteRefusedException e)
            {
                Assert.Equal("CME-2401", e.Code);
                refused++;
            }
        }

        var state = await peer.StateAsync();
        foreach (int[] write in state.Writes)
            for (int i = 0; i < write[2]; i++) counts[write[1] + i] = counts.GetValueOrDefault(write[1] + i) + 1;
        Assert.All(counts, c => Assert.InRange(c.Value, 1, WearBudget.PerDay));
        Assert.True(counts.Values.Max() >= WearBudget.PerDay - WearBudget.Reserve, "the day was not wild");
        Assert.True(refused > 1000);
        Assert.Equal("own", state.Mode); // a command that could not be kept up was taken back
        Assert.Equal(counts.OrderBy(c => c.Key).Select(c => ((int, long))(c.Key, c.Value)), kept.Registers.OrderBy(r => r.Register).Select(r => (r.Register, r.Total)));

        async Task<ProfileBattery> RestartAsync()
        {
            var wear = new WearBudget(clock, kept, (snapshot, _) =>
            {
                kept = snapshot;
                return ValueTask.CompletedTask;
            });
            return await BatteryAsync("sungrow-sh", peer, wear);
        }
    }

    private async Task<ProfileBattery> BatteryAsync(string name, BatteryPeer peer, WearBudget? wear = null)
    {
        var library = await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles")], default);
        Assert.Empty(library.Findings);
        byte unit = name switch { "kostal-plenticore" => 71, "sma-battery" => 3, "goodwe-et" => 247, _ => 1 };
        var options = new ProfileBatteryOptions(new("battery"), unit) { Limits = new(Power.FromWatts(-5000), Power.FromWatts(5000)) };
        return new(library.Profiles[name], peer.Client, options, wear ?? new(clock), clock);
    }
}
