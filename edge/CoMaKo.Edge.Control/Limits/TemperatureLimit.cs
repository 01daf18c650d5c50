using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Keeps the cells from work outside their temperatures. A battery that does not tell its temperature protects itself.</summary>
internal sealed class TemperatureLimit(LimitSettings settings) : ILimit, IRemembers
{
    private readonly BlockedDirections[] blocked = [.. settings.Batteries.Select(_ => BlockedDirections.None)];

    public string Name => "temperature";

    public LimitRank Rank => LimitRank.Device;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        var state = LimitState.Idle(LimitSource.Temperature);
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (now.Batteries[i].TemperatureCelsius is { } celsius) blocked[i] = Judge(celsius, blocked[i]);
            if (blocked[i] == BlockedDirections.None) continue;
            var range = new PowerRange(blocked[i].Charge ? Power.Zero : -PowerMath.Unbounded, blocked[i].Discharge ? Power.Zero : PowerMath.Unbounded);
            allowed = allowed.NarrowBattery(i, range, Name);
            state = new(LimitKind.Active, LimitSource.Temperature, now.Batteries[i].Id.Value);
        }

        return new(allowed, state);
    }

    public LimitMemory Remember(LimitMemory memory) => memory with { Temperature = BlockedMemory.Of(settings, blocked) };

    public void Recall(LimitMemory memory) => BlockedMemory.Recall(settings, memory.Temperature, blocked);

    private BlockedDirections Judge(decimal celsius, BlockedDirections before)
    {
        var window = settings.Temperature;
        return new(Leaves(before.Charge, window.ChargeMin, window.ChargeMax), Leaves(before.Discharge, window.DischargeMin, window.DischargeMax));

        bool Leaves(bool isOut, decimal min, decimal max)
        {
            decimal slack = isOut ? window.Hysteresis : 0;
            return celsius < min + slack || celsius > max - slack;
        }
    }
}
