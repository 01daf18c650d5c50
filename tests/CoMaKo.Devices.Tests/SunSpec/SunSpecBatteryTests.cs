using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Devices.Tests.Modbus;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.SunSpec;

public sealed class SunSpecBatteryTests
{
    private const int Mode = 5, Output = 12, Revert = 15, Grid = 17;

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task SetRange_FirstTime_TimerThenRatesThenMode()
    {
        var (map, client, battery) = Storage();
        Assert.Equal(PowerRange.Pin(Power.Zero), battery.Traits.Limits);

        await battery.SetRangeAsync(Watts(-1000, 2500), Duration.FromSeconds(60.9), default);

        int at = map.AddressOf(124);
        Assert.Equal([$"16@{at + Revert}=60", $"16@{at + Output}=5000,2000", $"16@{at + Mode}=3"], client.Writes);
        Assert.Equal(Watts(-5000, 5000), battery.Traits.Limits);
        Assert.Equal(Power.FromWatts(0.5m), battery.Traits.Resolution);
        Assert.Equal(Watts(-1000, 2500), await battery.ReadBackAsync(default));
    }

    /// <summary>Percentages that the table of inverters.md 1.4 names for each goal, at 5 kW and two digits.</summary>
    [Theory]
    [InlineData(-5000, 5000, 10000, 10000)]
    [InlineData(-5000, 0, 0, 10000)]
    [InlineData(0, 5000, 10000, 0)]
    [InlineData(-5000, -1500, -3000, 10000)]
    [InlineData(1500, 5000, 10000, -3000)]
    [InlineData(2000, 2000, 4000, -4000)]
    [InlineData(-2000, -2000, -4000, 4000)]
    [InlineData(-9000, 9000, 10000, 10000)]
    public async Task SetRange_EachGoal_WritesBothRates(int min, int max, int output, int input)
    {
        var (map, _, battery) = Storage();
        await battery.SetRangeAsync(Watts(min, max), Duration.FromMinutes(1), default);

        int at = map.AddressOf(124);
        Assert.Equal((output, input), ((short)map.Tables.Get(1, RegisterTable.Holding, (ushort)(at + Output))!, (short)map.Tables.Get(1, RegisterTable.Holding, (ushort)(at + Output + 1))!));
    }

    [Fact]
    public async Task SetRange_AnyRangeAndRatings_HoldsNothingOutsideButOneStepTowardsZero()
    {
        var random = new Random(3);
        for (int round = 0; round < 3000; round++)
        {
            int charge = random.Next(500, 20_000), discharge = random.Next(500, 20_000), scale = -random.Next(0, 3);
            var (_, _, battery) = Storage(charge, discharge, scale);
            decimal a = random.Next(-charge * 1000, discharge * 1000) / 1000m, b = random.Next(4) == 0 ? a : random.Next(-charge * 1000, discharge * 1000) / 1000m;
            // A rate is at most 100 % of its own rating, also when it is negative and so forces the other direction.
            var wanted = new PowerRange(Power.FromWatts(Math.Min(Math.Min(a, b), charge)), Power.FromWatts(Math.Max(Math.Max(a, b), -discharge)));

            await battery.SetRangeAsync(wanted, Duration.FromMinutes(1), default);
            var held = await battery.ReadBackAsync(default) ?? throw new InvalidOperationException();

            var step = battery.Traits.Resolution;
            bool hasStepInside = held.Min >= wanted.Min && held.Max <= wanted.Max;
            // Where no step fits, both ends lie within a step; the end that counts is not farther from 0 than asked for.
            bool isNear = held.Min >= wanted.Min - step - step && held.Max <= wanted.Max + step && Magnitude(wanted.Max) + new Power(1) >= Magnitude(held.Max);
            Assert.True(hasStepInside || isNear, $"{wanted} became {held}, step {step}, round {round}");
            Assert.True(held.Max >= wanted.Max - step || held.Max == battery.Traits.Limits.Max, $"{wanted} became {held}: far below");
        }
    }

    [Fact]
    public async Task Release_AfterForcedCharge_ModeFirstThenGridAsItWas()
    {
        var (map, client, battery) = Storage(mayChargeFromGrid: true);
        int at = map.AddressOf(124);
        await battery.SetRangeAsync(Watts(-3000, -3000), Duration.FromMinutes(1), default);
        Assert.Equal([$"16@{at + Revert}=60", $"16@{at + Output}=59536,6000", $"16@{at + Grid}=1", $"16@{at + Mode}=3"], client.Writes);
        client.Writes.Clear();
        await battery.SetRangeAsync(Watts(-3000, -3000), Duration.FromMinutes(1), default);
        Assert.DoesNotContain(client.Writes, w => w.StartsWith($"16@{at + Grid}=", StringComparison.Ordinal));

        client.Writes.Clear();
        await battery.ReleaseAsync(default);
        Assert.Equal([$"16@{at + Mode}=0", $"16@{at + Grid}=0"], client.Writes);
        Assert.Null(await battery.ReadBackAsync(default));
    }

    [Fact]
    public async Task SetRange_GridChargeNotPermitted_GridSettingIsLeftAlone()
    {
        var (map, client, battery) = Storage();
        await battery.SetRangeAsync(Watts(-3000, -3000), Duration.FromMinutes(1), default);
        await battery.ReleaseAsync(default);
        Assert.DoesNotContain(client.Writes, w => w.StartsWith($"16@{map.AddressOf(124) + Grid}=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SetRange_TimerNotImplemented_SaysThatNothingReverts()
    {
        var (map, client, battery) = Storage(hasTimer: false);
        await battery.SetRangeAsync(Watts(-3000, 0), Duration.FromMinutes(1), default);
        Assert.Equal(Duration.Zero, battery.Traits.LongestValidity);
        Assert.DoesNotContain(client.Writes, w => w.StartsWith($"16@{map.AddressOf(124) + Revert}=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SetRange_AfterAFault_LooksAtTheModelBeforeItWrites()
    {
        var (map, client, battery) = Storage();
        await battery.SetRangeAsync(Watts(0, 0), Duration.FromMinutes(1), default);
        client.Fault = new IOException("The cable was pulled.");
        await Assert.ThrowsAsync<IOException>(() => battery.SetRangeAsync(Watts(0, 0), Duration.FromMinutes(1), default));
        client.Writes.Clear();

        map.Tables.Set(1, RegisterTable.Holding, (ushort)map.AddressOf(124), 123); // other firmware: another model stands here now
        await Assert.ThrowsAsync<IOException>(() => battery.SetRangeAsync(Watts(0, 0), Duration.FromMinutes(1), default));
        Assert.Empty(client.Writes);
    }

    [Fact]
    public async Task SetRange_ScaleFactorChanges_ReadBackLearnsIt()
    {
        var (map, _, battery) = Storage();
        await battery.SetRangeAsync(Watts(0, 1000), Duration.FromMinutes(1), default);
        map.Tables.Set(1, RegisterTable.Holding, (ushort)(map.AddressOf(124) + 25), unchecked((ushort)-1));
        Assert.Equal(Watts(0, 10_000), await battery.ReadBackAsync(default));
        await battery.SetRangeAsync(Watts(0, 1000), Duration.FromMinutes(1), default);
        Assert.Equal(Watts(0, 1000), await battery.ReadBackAsync(default));
    }

    [Fact]
    public async Task AnyCall_NoStorageModel_IsRefusedWithoutAWrite()
    {
        var tables = new SunSpecMap().Common("A").Inverter(0).Build();
        var client = new RecordingClient(tables);
        var battery = new SunSpecBattery(client.Client, new(new("battery"), 1), new(clock));
        var refused = await Assert.ThrowsAsync<WriteRefusedException>(() => battery.SetRangeAsync(Watts(0, 0), Duration.FromMinutes(1), default));
        Assert.Equal("CME-2402", refused.Code);
        Assert.Empty(client.Writes);
    }

    [Fact]
    public async Task FeedIn_SetAndReleased_TimerPercentSwitch()
    {
        var map = new SunSpecMap().Common("A").Model(121, 30, (2, [10_000]), (22, [0])).Model(123, 24, (5, [10_000]), (7, [0]), (9, [0]), (23, [-2]));
        var client = new RecordingClient(map.Build());
        var limit = new SunSpecFeedIn(client.Client, new(new("pv"), 1, Power.FromWatts(9800)));
        int at = map.AddressOf(123);

        await limit.SetFeedInLimitAsync(Power.FromWatts(5880), Duration.FromSeconds(45), default);
        Assert.Equal([$"16@{at + 7}=45", $"16@{at + 5}=5880", $"16@{at + 9}=1"], client.Writes);
        Assert.Equal(Power.FromWatts(5880), await limit.ReadBackAsync(default));

        client.Writes.Clear();
        await limit.SetFeedInLimitAsync(null, Duration.FromSeconds(45), default);
        Assert.Equal([$"16@{at + 9}=0"], client.Writes);
        Assert.Null(await limit.ReadBackAsync(default));
    }

    [Fact]
    public async Task FeedIn_FirmwareThatWantsFunction6_OnlyThePercentageIsWritten()
    {
        var map = new SunSpecMap().Common("A").Model(121, 30, (2, [10_000]), (22, [0])).Model(123, 24, (5, [100]), (7, [0]), (9, [1]), (23, [0]));
        var client = new RecordingClient(map.Build());
        var limit = new SunSpecFeedIn(client.Client, new(new("pv"), 1, Power.FromWatts(9800)) { Quirk = SunSpecWriteQuirk.SingleRegisters });

        await limit.SetFeedInLimitAsync(Power.FromWatts(2999), Duration.FromSeconds(45), default);
        Assert.Equal(Power.FromWatts(2900), await limit.ReadBackAsync(default));
        await limit.SetFeedInLimitAsync(null, Duration.FromSeconds(45), default);
        Assert.Null(await limit.ReadBackAsync(default));
        Assert.Equal([$"6@{map.AddressOf(123) + 5}=29", $"6@{map.AddressOf(123) + 5}=100"], client.Writes);
    }

    private (SunSpecMap Map, RecordingClient Client, SunSpecBattery Battery) Storage(
        int charge = 5000, int discharge = 5000, int scale = -2, bool mayChargeFromGrid = false, bool hasTimer = true)
    {
        int full = scale switch { 0 => 100, -1 => 1000, _ => 10_000 };
        var map = new SunSpecMap().Common("A").Model(120, 26, (25, [discharge, 0])).Model(
            124, 24, (2, [charge]), (Mode, [0]), (Output, [full, full]), (Revert, [hasTimer ? 0 : 0xFFFF]), (Grid, [0]), (18, [0]), (25, [scale]));
        var client = new RecordingClient(map.Build());
        var options = new SunSpecBatteryOptions(new("battery"), 1) { MayChargeFromGrid = mayChargeFromGrid };
        return (map, client, new SunSpecBattery(client.Client, options, new WearBudget(clock)));
    }

    private static Power Magnitude(Power power) => power < Power.Zero ? -power : power;

    private static PowerRange Watts(int min, int max) => new(Power.FromWatts(min), Power.FromWatts(max));
}
