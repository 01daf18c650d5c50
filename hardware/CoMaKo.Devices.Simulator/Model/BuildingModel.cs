namespace CoMaKo.Devices.Simulator.Model;

/// <summary>
/// One physical building: sun, households, battery and grid hang together, so that a limit written to the inverter changes what the meter shows next.
/// Integrated in exact steps of one model second in whole milliwatts; the same seed, start and writes give the same totals. Safe from any thread.
/// </summary>
public sealed class BuildingModel
{
    private readonly Lock gate = new();
    private readonly Sky sky;
    private readonly Flat[] flats;
    private readonly Battery battery;
    private readonly Drive drive;
    private readonly ControllableLoads loads;
    private BuildingMoment now;

    /// <param name="options">What the building consists of.</param>
    /// <param name="start">Where it begins, or where an earlier run stopped (see <see cref="Begin"/>).</param>
    public BuildingModel(BuildingOptions options, BuildingMoment start)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(start);
        if (start.Energy.Flats.Count != options.Flats) throw new ArgumentException("The moment belongs to a building with another number of flats.", nameof(start));
        Options = options;
        sky = new Sky(options.Seed, options);
        flats = [.. Enumerable.Range(1, options.Flats).Select(n => new Flat(options.Seed, n))];
        battery = new Battery(options);
        drive = new Drive(options.Drive);
        loads = new ControllableLoads(options.Seed);
        now = start with
        {
            Drive = options.Inverter == InverterKind.SetPoint ? start.Drive ?? DriveMoment.Own : null,
            Loads = options.HasControllableLoads ? start.Loads ?? LoadsMoment.Begin : null,
        };
    }

    public BuildingOptions Options { get; }

    /// <summary>Called with the building at each quarter hour, in order, before anybody sees a later moment.</summary>
    public Action<BuildingMoment>? AtQuarterHour { get; set; }

    /// <summary>A building whose meters have counted for years: totals are drawn from the seed, the battery is half full.</summary>
    public static BuildingMoment Begin(BuildingOptions options, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(options);
        long Drawn(int stream, long most) => (long)(Chance.Unit(options.Seed, stream, 0) * most) * (BuildingEnergy.PerWattHour / 10);
        long pv = Drawn(11, 300_000_000), charged = pv / 4, discharged = charged / 10 * 9, import = Drawn(12, 120_000_000), export = pv / 3;
        long home = import - export + pv + discharged - charged;
        long[] shares = [.. Enumerable.Range(0, options.Flats).Select(i => i == 0 ? home - home / options.Flats * (options.Flats - 1) : home / options.Flats)];
        var energy = new BuildingEnergy(import, export, pv, charged, discharged, shares);
        var power = new BuildingPower(0, 0, 0, new long[options.Flats]);
        return new(at.ToUnixTimeSeconds(), power, energy, options.BatteryCapacityWattHours * BuildingEnergy.PerWattHour / 2, BatteryControls.None);
    }

    /// <summary>The building at the full second at or before <paramref name="instant"/>. It never goes back: for an earlier instant the latest moment is given.</summary>
    public BuildingMoment At(DateTimeOffset instant)
    {
        lock (gate)
        {
            Advance(instant.ToUnixTimeSeconds());
            return now;
        }
    }

    /// <summary>Changes the battery's limits from <paramref name="instant"/> on.</summary>
    public void Control(DateTimeOffset instant, Func<BatteryControls, BatteryControls> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Change(instant, moment => moment with { Controls = change(moment.Controls) });
    }

    /// <summary>Changes what was written to a device, from <paramref name="instant"/> on; powers and energies are not to be touched.</summary>
    public void Change(DateTimeOffset instant, Func<BuildingMoment, BuildingMoment> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (gate)
        {
            Advance(instant.ToUnixTimeSeconds());
            now = change(now);
        }
    }

    private void Advance(long second)
    {
        while (now.Second < second)
        {
            now = Step(now);
            if (now.Second % 900 == 0) AtQuarterHour?.Invoke(now);
        }
    }

    private BuildingMoment Step(BuildingMoment last)
    {
        long second = last.Second;
        var controls = last.Controls.At(second);
        var plant = last.Plant.At(second);
        long pv = sky.Production(second);
        if (plant.OutputLimit is { } limit) pv = Math.Min(pv, Options.PvPeakWatts * 1000L / 10_000 * limit);
        var used = new long[flats.Length];
        long home = 0;
        for (int i = 0; i < flats.Length; i++) home += used[i] = flats[i].Consumption(second);
        var (drawn, after) = last.Loads is { } consumers ? loads.Step(consumers, second) : (null, null);
        home += drawn?.Sum() ?? 0;

        var (storage, moved) = Storage(last, controls, pv);
        var power = new BuildingPower(home - pv - storage, pv, storage, used) { Loads = drawn };
        return last with
        {
            Second = second + 1, Power = power, Energy = Count(last.Energy, power), StoredEnergy = Battery.After(last.StoredEnergy, storage),
            Controls = controls, Plant = plant, Drive = moved, Loads = after, BlockedUntil = last.BlockedUntil <= second ? null : last.BlockedUntil,
        };
    }

    /// <summary>Battery power of the next second, mW. The inverter sees the last second's balance, as a real one sees its own meter's last value.</summary>
    private (long Power, DriveMoment? Drive) Storage(BuildingMoment last, BatteryControls controls, long pv)
    {
        long own = battery.Decide(last.Power.Home - last.Power.Pv, pv, last.StoredEnergy, controls);
        bool isBlocked = last.BlockedUntil > last.Second;
        if (last.Drive is not { } before) return (isBlocked ? 0 : own, null);
        var moved = drive.Advance(before, last.Second, own);
        if (isBlocked) return (0, moved with { Output = 0 });
        long power = battery.Feasible(drive.Delivered(moved.Output), last.StoredEnergy, controls.MinReserve);
        return (power, power == 0 ? moved with { Output = 0 } : moved);
    }

    private static BuildingEnergy Count(BuildingEnergy before, BuildingPower power)
    {
        return new(
            before.GridImport + Math.Max(0, power.Grid), before.GridExport + Math.Max(0, -power.Grid), before.Pv + power.Pv,
            before.Charged + Math.Max(0, -power.Battery), before.Discharged + Math.Max(0, power.Battery), Add(before.Flats, power.Flats))
        {
            Loads = power.Loads is { } drawn ? Add(before.Loads ?? new long[drawn.Count], drawn) : before.Loads,
        };
    }

    private static long[] Add(IReadOnlyList<long> total, IReadOnlyList<long> more)
    {
        var sums = new long[more.Count];
        for (int i = 0; i < sums.Length; i++) sums[i] = total[i] + more[i];
        return sums;
    }
}
