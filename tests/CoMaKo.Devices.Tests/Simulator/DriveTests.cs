using System.Text.Json;
using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Tests.Simulator;

/// <summary>The set-point inverter inside the building, by the physics that its options name.</summary>
public sealed class DriveTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 6, 21, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 2.0)]
    [InlineData(1, 2.0)]
    [InlineData(4, 0.8)]
    [InlineData(6, 5.0)]
    public void SetPoint_Step_IsReachedAfterDeadTimeWithTheTimeConstant(int deadTime, double tau)
    {
        var model = Model(new() { DeadTimeSeconds = deadTime, TimeConstantSeconds = tau });
        long before = model.At(Midnight).Power.Battery;
        Write(model, 0, 3_000_000);
        for (int second = 1; second <= 30; second++)
        {
            // The response of a first-order lag, sampled: 1 − e^(−t/τ).
            double way = second <= deadTime ? 0 : 1 - Math.Exp(-(second - deadTime) / tau);
            Write(model, second, 3_000_000);
            long power = model.At(Midnight.AddSeconds(second)).Power.Battery;
            if (second == deadTime) before = power; // until then it carried the house
            if (second > deadTime) Assert.InRange(power, before + (3_000_000 - before) * way - 5_000, before + (3_000_000 - before) * way + 5_000);
            else Assert.InRange(power, 0, 1_500_000);
        }
    }

    [Fact]
    public void SetPoint_NotRenewed_FallsBackToItsOwnModeWhenTheWatchdogRunsOut()
    {
        var model = Model(new());
        Write(model, 0, -2_000_000, watchdog: 20);
        Assert.InRange(model.At(Midnight.AddSeconds(19)).Power.Battery, -2_000_000, -1_990_000);
        var after = model.At(Midnight.AddSeconds(40));
        Assert.False(after.Drive!.IsRemoteAt(after.Second));
        Assert.InRange(after.Power.Grid, -60_000, 60_000); // it carries the house again
    }

    [Fact]
    public void SetPoint_Ramp_LimitsTheSlope()
    {
        var model = Model(new() { DeadTimeSeconds = 0, TimeConstantSeconds = 0, RampWattsPerSecond = 400 });
        long last = model.At(Midnight).Power.Battery;
        for (int second = 0; second < 12; second++)
        {
            Write(model, second, 4_000_000);
            long power = model.At(Midnight.AddSeconds(second + 1)).Power.Battery;
            Assert.InRange(power - last, 0, 400_000);
            last = power;
        }

        Assert.InRange(last, 3_900_000, 4_000_000);
    }

    [Fact]
    public void SetPoint_DeadBandAndDelivery_AreThoseOfTheOptions()
    {
        var model = Model(new() { DeadTimeSeconds = 0, TimeConstantSeconds = 0, DeadBandWatts = 20, DeliveryPercent = 95 });
        Write(model, 0, 2_000_000);
        Assert.Equal(1_900_000, model.At(Midnight.AddSeconds(2)).Power.Battery);
        Write(model, 2, 2_019_000);
        Assert.Equal(1_900_000, model.At(Midnight.AddSeconds(4)).Power.Battery);
        Write(model, 4, 2_021_000);
        Assert.Equal(1_919_950, model.At(Midnight.AddSeconds(6)).Power.Battery);
    }

    [Fact]
    public void SetPoint_ForcedChargeAtNight_TakesTheEnergyFromTheGridAndTheBooksBalance()
    {
        var model = Model(new());
        var from = model.At(Midnight);
        for (int second = 0; second < 3600; second += 30) Write(model, second, -3_000_000);
        var to = model.At(Midnight.AddHours(1));
        Assert.InRange(to.Energy.Charged - from.Energy.Charged, (long)(2.9 * 3.6e9), (long)(3.0 * 3.6e9));
        Assert.InRange(to.StoredEnergy - from.StoredEnergy, (long)(2.9 * 0.96 * 3.6e9), (long)(3.0 * 0.96 * 3.6e9));
        long home = to.Energy.Flats.Zip(from.Energy.Flats, (b, a) => b - a).Sum() + to.Energy.Loads!.Sum() - (from.Energy.Loads?.Sum() ?? 0);
        long supplied = to.Energy.GridImport - from.Energy.GridImport - (to.Energy.GridExport - from.Energy.GridExport) + to.Energy.Pv - from.Energy.Pv
            + to.Energy.Discharged - from.Energy.Discharged - (to.Energy.Charged - from.Energy.Charged);
        Assert.Equal(home, supplied);
    }

    [Fact]
    public void Loads_OverThreeDays_ChargeHeatAndObeyWhatIsWritten()
    {
        var model = Model(new());
        long car = 0, heat = 0;
        for (int minute = 0; minute < 3 * 1440; minute++)
        {
            var at = model.At(Midnight.AddMinutes(minute));
            if (minute == 0) continue;
            car = Math.Max(car, at.Power.Loads![0]);
            heat = Math.Max(heat, at.Power.Loads[1]);
        }

        var end = model.At(Midnight.AddDays(3));
        Assert.Equal((11_000_000, 5_400_000), (car, heat));
        Assert.InRange(end.Energy.Loads![0], 8_000 * BuildingEnergy.PerWattHour, 75_000 * BuildingEnergy.PerWattHour);
        Assert.InRange(end.Energy.Loads[1], 3 * 5.4e6 * 3600 * 7, 3 * 5.4e6 * 3600 * 9);

        model.Change(Midnight.AddDays(3), m => m with { Loads = m.Loads! with { CarDemand = 11_000_000, CarLimit = 4_200_000, SgReady = 1, HeatDemand = 5_400_000 } });
        Assert.Equal([4_200_000, 0, 0], model.At(Midnight.AddDays(3).AddSeconds(2)).Power.Loads!);
        model.Change(Midnight.AddDays(3).AddSeconds(2), m => m with { Loads = m.Loads! with { CarLimit = 4_000_000, SgReady = 2 } });
        Assert.Equal([0, 5_400_000, 0], model.At(Midnight.AddDays(3).AddSeconds(4)).Power.Loads!);
    }

    [Fact]
    public void Everything_SavedAndRestoredInTheMiddle_GoesOnTheSame()
    {
        var running = Model(new() { DeadTimeSeconds = 4 });
        Write(running, 98, 3_000_000);
        running.Change(Midnight.AddSeconds(98), m => m with { BlockedUntil = m.Second + 30, Loads = m.Loads! with { SgReady = 3, CarDemand = 6_000_000 } });
        var saved = JsonSerializer.Deserialize<BuildingMoment>(JsonSerializer.Serialize(running.At(Midnight.AddSeconds(100))))!;
        var restored = new BuildingModel(running.Options, saved);
        foreach (int second in (int[])[101, 103, 120, 200, 4000])
        {
            var (a, b) = (running.At(Midnight.AddSeconds(second)), restored.At(Midnight.AddSeconds(second)));
            Assert.Equal(JsonSerializer.Serialize(a), JsonSerializer.Serialize(b));
        }
    }

    [Fact]
    public void Inverter_Blocked_GivesNothingUntilItIsReleased()
    {
        var model = Model(new());
        model.Change(Midnight, m => m with { BlockedUntil = m.Second + 60 });
        for (int second = 0; second < 55; second += 5) Write(model, second, 2_000_000);
        Assert.Equal(0, model.At(Midnight.AddSeconds(55)).Power.Battery);
        Write(model, 55, 2_000_000);
        Assert.InRange(model.At(Midnight.AddSeconds(80)).Power.Battery, 1_990_000, 2_000_000);
    }

    private static BuildingModel Model(DriveOptions drive)
    {
        var options = new BuildingOptions { Seed = 5, Inverter = InverterKind.SetPoint, Drive = drive, HasControllableLoads = true };
        var model = new BuildingModel(options, BuildingModel.Begin(options, Midnight.AddMinutes(-5)));
        model.Change(Midnight.AddMinutes(-5), m => m with { Loads = m.Loads! with { HeatDemand = 0, CarDemand = 0 } });
        model.Change(Midnight, m => m with { Loads = m.Loads! with { HeatDemand = null, CarDemand = null } });
        return model;
    }

    private static void Write(BuildingModel model, int second, long power, int watchdog = 60) => model.Change(
        Midnight.AddSeconds(second), m => m with { Drive = m.Drive!.Write(m.Second, power, watchdog, model.Options.Drive.DeadTimeSeconds) });
}
