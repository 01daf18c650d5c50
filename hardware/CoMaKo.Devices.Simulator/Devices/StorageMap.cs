using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>What a storage inverter shows: the SunSpec chain 1, 103, 120–124, 802 at 40000, built anew for each request.</summary>
internal static class StorageMap
{
    /// <summary>Address of the mark "SunS".</summary>
    public const int Base = 40000;

    /// <summary>Scale factor −2: 10 000 is 100 %.</summary>
    private const short Hundredths = -2, Tenths = -1, Ones = 0;

    /// <summary>Models in chain order with their address; the end mark follows the last.</summary>
    public static IReadOnlyList<(int Address, SunSpecModel Model)> Build(BuildingMoment at, BuildingOptions options, StorageSettings settings)
    {
        double watts = at.Power.Battery / 1000.0, share = at.StoredEnergy / (double)BuildingEnergy.PerWattHour / options.BatteryCapacityWattHours;
        int state = ChargeState(watts, share, at.Controls.MinReserve);
        SunSpecModel[] models =
        [
            Common(), Inverter(watts, at), Nameplate(options), Basic(options), Status(at, options),
            settings.CopyTo(Controls()), settings.CopyTo(Storage(options, share, state)), Base802(options, watts, share, state, at.Second),
        ];
        var chain = new List<(int, SunSpecModel)>();
        int address = Base + 2;
        foreach (var model in models)
        {
            chain.Add((address, model));
            address += model.Words.Length;
        }

        return chain;
    }

    private static SunSpecModel Common() => new SunSpecModel(1, 66)
        .Text(2, 16, "CoMaKo").Text(18, 16, "Simulated storage").Text(34, 8, "").Text(42, 8, "1.0").Text(50, 16, "SIM-0001").Set(66, 1).WithoutSigned(67);

    private static SunSpecModel Inverter(double watts, BuildingMoment at)
    {
        double amperes = Math.Abs(watts) / 690;
        var model = new SunSpecModel(103, 50).Set(2, amperes * 300).Scale(6, Hundredths).Scale(13, Tenths);
        for (int phase = 0; phase < 3; phase++) model.Set(3 + phase, amperes * 100).Set(10 + phase, 2300);
        return model.SetSigned(14, watts).Scale(15, Ones).Set(16, 5000).Scale(17, Hundredths)
            .SetSigned(18, Math.Abs(watts)).Scale(19, Ones).SetSigned(20, 0).Scale(21, Ones).SetSigned(22, watts < 0 ? -100 : 100).Scale(23, Hundredths)
            .Set32(24, (uint)BuildingEnergy.FloorToWattHours(at.Energy.Discharged)).Scale(26, Ones)
            .WithoutSigned(28, 30, 32).SetSigned(31, watts > 0 ? watts / 0.96 : watts * 0.96).Scale(32, Ones)
            .SetSigned(33, 31).WithoutSigned(34, 35, 36).Scale(37, Ones).Set(38, watts == 0 ? 8 : 4).Set32(40, 0).Set32(42, 0);
    }

    private static SunSpecModel Nameplate(BuildingOptions options) => new SunSpecModel(120, 26)
        .Set(2, 82).Set(3, options.BatteryWatts).Scale(4, Ones).Set(5, options.BatteryWatts).Scale(6, Ones).WithoutSigned(7, 8, 9, 10, 11)
        .Set(12, options.BatteryWatts / 69.0).Scale(13, Tenths).WithoutSigned(14, 15, 16, 17, 18)
        .Set(19, options.BatteryCapacityWattHours).Scale(20, Ones).WithoutSigned(22)
        .Set(23, options.BatteryWatts).Scale(24, Ones).Set(25, options.BatteryWatts).Scale(26, Ones).WithoutSigned(27);

    private static SunSpecModel Basic(BuildingOptions options) => new SunSpecModel(121, 30)
        .Set(2, options.BatteryWatts).Set(3, 230).SetSigned(4, 0).WithoutSigned(8, 9, 10, 11, 13, 14, 15, 16)
        .Scale(22, Ones).Scale(23, Ones).Scale(24, Ones).WithoutSigned(25, 26, 27, 28, 29, 30, 31);

    private static SunSpecModel Status(BuildingMoment at, BuildingOptions options) => new SunSpecModel(122, 44)
        .Set(2, 0).Set(3, 7).Set(4, 1).Set64(5, (ulong)BuildingEnergy.FloorToWattHours(at.Energy.Discharged)).Zero(9, 20)
        .WithoutSigned(29, 30).Set(31, options.BatteryWatts).Scale(32, Ones).Set32(35, 0).Text(37, 4, "RTC")
        .Set32(41, (uint)Math.Max(0, at.Second - 946_684_800)).WithoutSigned(45); // seconds since 2000

    private static SunSpecModel Controls() => new SunSpecModel(123, 24)
        .Set(4, 1).SetSigned(10, 100).Set(14, 0).WithoutSigned(15, 16, 17).Set(22, 0).Scale(23, Hundredths).Scale(24, Hundredths).WithoutSigned(25);

    private static SunSpecModel Storage(BuildingOptions options, double share, int state) => new SunSpecModel(124, 24)
        .Set(2, options.BatteryWatts).Set(3, 100).Set(4, 100).Set(8, share * 10_000).Set(11, state)
        .Scale(18, Ones).Scale(19, Ones).WithoutSigned(20).Scale(21, Hundredths).Scale(22, Hundredths).WithoutSigned(23, 24).Scale(25, Hundredths);

    private static SunSpecModel Base802(BuildingOptions options, double watts, double share, int state, long second)
    {
        double volts = 48 + 6 * share;
        return new SunSpecModel(802, 62)
            .Set(2, options.BatteryCapacityWattHours / 51.2).Set(3, options.BatteryCapacityWattHours).Set(4, options.BatteryWatts).Set(5, options.BatteryWatts)
            .Set(7, 1000).Set(8, 0).Set(11, share * 1000).Set(12, 1000 - share * 1000).Set(13, 985).Set32(14, 212).Set(16, state).Set(17, 0)
            .Set(18, second % 60_000).Set(20, 0).Set(21, 4).Set(22, 3).Set32(26, 0).Set32(28, 0).Set32(30, 0).Set32(32, 0)
            .Set(34, volts * 10).SetSigned(44, watts / volts * 10).SetSigned(47, watts).WithoutSigned(49).Set(50, 1).Set(51, 1)
            .Scale(52, Ones).Scale(53, Ones).Scale(54, Ones).WithoutSigned(55).Scale(56, Tenths).Scale(57, Tenths).Scale(58, Tenths)
            .Scale(59, Tenths).Scale(60, -3).Scale(61, Tenths).WithoutSigned(62).Scale(63, Ones);
    }

    /// <summary>ChaSt of models 124 and 802: 2 empty, 3 discharging, 4 charging, 5 full, 6 holding.</summary>
    private static int ChargeState(double watts, double share, int minReserve) => watts switch
    {
        > 0 => 3,
        < 0 => 4,
        _ when share > 0.99 => 5,
        _ when share * 10_000 <= minReserve + 50 => 2,
        _ => 6,
    };
}
