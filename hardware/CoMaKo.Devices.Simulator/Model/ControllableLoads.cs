namespace CoMaKo.Devices.Simulator.Model;

/// <summary>The wallbox, the heat pump and what a tester switches on by hand.</summary>
/// <param name="CarDay">Day (since 1970) of the charging session that <paramref name="CarCharged"/> belongs to.</param>
/// <param name="CarCharged">Milliwatt seconds given to the car in it.</param>
/// <param name="CarLimit">Greatest charging power written to the wallbox, mW; absent: none.</param>
/// <param name="CarLimitUntil">Unix second at which it falls back to none; absent: it stays.</param>
/// <param name="SgReady">State 1 to 4 that the contacts ask for: blocked, normal, more, forced.</param>
/// <param name="HeatMissing">Milliwatt seconds that the house waits for because the heat pump was blocked.</param>
/// <param name="CarDemand">What the car wants whatever its session, mW; absent: as in its session.</param>
/// <param name="HeatDemand">The same for the heat pump.</param>
/// <param name="Extra">Some other consumer, mW.</param>
public sealed record LoadsMoment(
    long CarDay, long CarCharged, long? CarLimit, long? CarLimitUntil, int SgReady, long HeatMissing, long? CarDemand, long? HeatDemand, long Extra)
{
    public static readonly LoadsMoment Begin = new(0, 0, null, null, 2, 0, null, null, 0);
}

/// <summary>Consumers that the grid operator may dim. They draw by seed and time like the flats, within what is written to them.</summary>
internal sealed class ControllableLoads(ulong seed)
{
    /// <summary>Greatest power of the wallbox, mW: three phases of 16 A.</summary>
    public const long WallboxRated = 11_000_000;

    /// <summary>Least power of a car on three phases (6 A each): below it charging pauses.</summary>
    public const long WallboxLeast = 4_140_000;

    /// <summary>Electric power of the heat pump while it runs, mW.</summary>
    public const long HeatPumpRated = 5_400_000;

    private const long Day = 86_400, LeavesAt = 6 * 3600;
    private const int Cycle = 6000, On = 1900;

    /// <summary>Powers of wallbox, heat pump and the extra consumer in the second that starts at <paramref name="second"/>, mW, and the state after it.</summary>
    public (long[] Powers, LoadsMoment After) Step(LoadsMoment last, long second)
    {
        var now = last.CarLimitUntil <= second ? last with { CarLimit = null, CarLimitUntil = null } : last;
        long session = second % Day < LeavesAt ? second / Day - 1 : second / Day;
        if (session != now.CarDay) now = now with { CarDay = session, CarCharged = 0 };
        long car = Charging(now, second, session);
        var (heat, missing) = Heating(now, second);
        return ([car, heat, now.Extra], now with { CarCharged = now.CarCharged + car, HeatMissing = missing });
    }

    private long Charging(LoadsMoment now, long second, long session)
    {
        long arrival = session * Day + (long)((15.5 + 2 * Chance.Unit(seed, 901, session)) * 3600);
        bool comes = Chance.Unit(seed, 902, session) < 0.8;
        long need = (long)((8_000 + 17_000 * Chance.Unit(seed, 903, session)) * BuildingEnergy.PerWattHour);
        long wish = now.CarDemand ?? (comes && second >= arrival && now.CarCharged < need ? WallboxRated : 0);
        long power = Math.Min(Math.Min(wish, WallboxRated), now.CarLimit ?? WallboxRated);
        return power < WallboxLeast ? 0 : power;
    }

    /// <summary>Runs about a third of the time; what it could not give while blocked it gives afterwards.</summary>
    private (long Power, long Missing) Heating(LoadsMoment now, long second)
    {
        long phase = (long)(Chance.Unit(seed, 904, second / Day) * Cycle);
        bool needed = (second + phase) % Cycle < On;
        long wish = now.HeatDemand ?? (needed || now.HeatMissing > 0 || now.SgReady >= 3 ? HeatPumpRated : 0);
        if (now.SgReady == 1) return (0, needed ? now.HeatMissing + HeatPumpRated : now.HeatMissing);
        long caughtUp = needed || wish == 0 ? 0 : Math.Min(wish, now.HeatMissing);
        return (Math.Min(wish, HeatPumpRated), now.HeatMissing - caughtUp);
    }
}
