using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Keeps batteries between their states of charge: hard limits at once, the window with hysteresis, and less and less while the state is not known.</summary>
internal sealed class SoCLimit(LimitSettings settings) : ILimit, IRemembers
{
    private readonly BlockedDirections[] blocked = [.. settings.Batteries.Select(_ => BlockedDirections.None)];
    private readonly Duration?[] unknownSince = new Duration?[settings.Batteries.Length];
    private readonly Power?[] powerThen = new Power?[settings.Batteries.Length];

    public string Name => "soc";

    public LimitRank Rank => LimitRank.Device;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        var state = LimitState.Idle(LimitSource.SoCWindow);
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            var (range, one) = Judge(i, now);
            if (one.Kind == LimitKind.Idle) continue;
            allowed = allowed.NarrowBattery(i, range, Name);
            if (state.Kind != LimitKind.Failsafe) state = one;
        }

        return new(allowed, state);
    }

    public LimitMemory Remember(LimitMemory memory) => memory with { SoC = BlockedMemory.Of(settings, blocked) };

    public void Recall(LimitMemory memory) => BlockedMemory.Recall(settings, memory.SoC, blocked);

    private (PowerRange Range, LimitState State) Judge(int i, ControlImage now)
    {
        var battery = now.Batteries[i];
        if (battery.SoC is { } soc)
        {
            decimal doubted = battery.DoubtedSoC?.Percent ?? soc.Percent;
            blocked[i] = Window(Math.Min(soc.Percent, doubted), Math.Max(soc.Percent, doubted), blocked[i]);
        }

        var age = Age(i, now);
        var (min, max) = (-PowerMath.Unbounded, PowerMath.Unbounded);
        var state = LimitState.Idle(LimitSource.SoCWindow);
        if (age is { } old)
        {
            var then = powerThen[i] ??= battery.Power?.Value ?? Power.Zero;
            (min, max) = (PowerMath.Min(then, Power.Zero), old > settings.SoC.UnknownAfter ? Power.Zero : PowerMath.Max(then, Power.Zero));
            state = new(LimitKind.Failsafe, LimitSource.SoCUnknown, battery.Id.Value);
        }
        else
        {
            powerThen[i] = null;
        }

        if (blocked[i].Charge) min = Power.Zero;
        if (blocked[i].Discharge) max = Power.Zero;
        if (blocked[i] != BlockedDirections.None && state.Kind == LimitKind.Idle) state = new(LimitKind.Active, Source(battery), battery.Id.Value);
        return (new(min, max), state);
    }

    /// <summary>How long the state has not been known; absent while it is. One that never was known is old from the start.</summary>
    private Duration? Age(int i, ControlImage now)
    {
        if (now.Batteries[i].SoC is { } soc)
        {
            unknownSince[i] = null;
            return soc.AgeAt(now.Monotonic) is var age && age > settings.SoC.OldAfter ? age : null;
        }

        unknownSince[i] ??= now.Monotonic;
        return now.Monotonic - unknownSince[i];
    }

    private BlockedDirections Window(decimal lowest, decimal highest, BlockedDirections before)
    {
        var soc = settings.SoC;
        decimal slackMax = before.Charge ? soc.Hysteresis : 0, slackMin = before.Discharge ? soc.Hysteresis : 0;
        bool isFull = highest >= soc.HardMax || (before.Charge ? highest > soc.WindowMax - slackMax : highest >= soc.WindowMax);
        bool isEmpty = lowest <= soc.HardMin || (before.Discharge ? lowest < soc.WindowMin + slackMin : lowest <= soc.WindowMin);
        return new(isFull, isEmpty);
    }

    private LimitSource Source(BatteryImage battery) =>
        battery.SoC?.Percent <= settings.SoC.HardMin || battery.SoC?.Percent >= settings.SoC.HardMax ? LimitSource.SoCHard : LimitSource.SoCWindow;
}
