namespace CoMaKo.Devices.Simulator.Model;

/// <summary>The storage inverter's own rule: use the sun in the house, within the limits written to it. Losses of 4 % each way and 5 W at rest.</summary>
internal sealed class Battery(BuildingOptions options)
{
    private const long RestLoss = 5_000;

    private readonly long rated = options.BatteryWatts * 1000L;
    private readonly long capacity = options.BatteryCapacityWattHours * BuildingEnergy.PerWattHour;

    /// <summary>Battery power for the next second in milliwatts, + discharge.</summary>
    /// <param name="missing">What the house lacked in the last second, battery left out: home − pv, mW.</param>
    /// <param name="pv">PV power, mW.</param>
    /// <param name="stored">Energy inside, mWs.</param>
    /// <param name="controls">Limits in force.</param>
    public long Decide(long missing, long pv, long stored, BatteryControls controls)
    {
        long wish = missing / 10_000 * 10_000; // steps of 10 W
        long most = Share(controls.DischargeLimit ?? 10_000);
        long least = -Share(controls.ChargeLimit ?? 10_000);
        long power = Math.Max(Math.Min(wish, most), Math.Min(least, most));
        if (!controls.ChargeFromGrid) power = Math.Max(power, -pv);
        if (controls.OutputLimit is { } output) power = Math.Min(power, Share(output));
        return Feasible(power, stored, controls.MinReserve);
    }

    /// <summary>What ratings and cells permit of a power, mW.</summary>
    /// <param name="minReserve">Lowest state of charge for discharge in 1/10 000.</param>
    public long Feasible(long power, long stored, int minReserve)
    {
        power = Math.Clamp(power, -rated, rated);
        if (power > 0 && stored - Drawn(power) < capacity / 10_000 * minReserve) return 0;
        return power < 0 && stored + Gained(-power) > capacity ? 0 : power;
    }

    /// <summary>Energy inside after one second at this power.</summary>
    public static long After(long stored, long power) => power switch
    {
        > 0 => stored - Drawn(power),
        < 0 => stored + Gained(-power),
        _ => Math.Max(0, stored - RestLoss),
    };

    private static long Drawn(long power) => (power * 100 + 95) / 96;

    private static long Gained(long power) => power * 96 / 100;

    private long Share(int tenThousandths) => rated / 10_000 * tenThousandths;
}
