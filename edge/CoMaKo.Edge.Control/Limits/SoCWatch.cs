using System.Collections.Immutable;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Doubts states of charge that stand still or jump. A value that does not move while energy has passed through is taken away; after a jump both values hold,
/// the lower one against discharge and the higher one against charge, until the new one has stood its time.
/// </summary>
internal sealed class SoCWatch(LimitSettings settings)
{
    private const int MostSeen = 10;
    private readonly Track[] tracks = [.. settings.Batteries.Select(_ => new Track())];

    public ControlImage Check(ControlImage now)
    {
        ImmutableArray<BatteryImage>.Builder? changed = null;
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            var battery = now.Batteries[i];
            var seen = Check(tracks[i], battery, settings.Batteries[i].Capacity, now.Monotonic);
            if (ReferenceEquals(seen, battery)) continue;
            changed ??= now.Batteries.ToBuilder();
            changed[i] = seen;
        }

        return changed is null ? now : now with { Batteries = changed.ToImmutable() };
    }

    private BatteryImage Check(Track track, BatteryImage battery, Energy? capacity, Duration now)
    {
        if (battery.SoC is not { } soc) return battery;
        Integrate(track, battery, now);
        if (track.Percent is { } before && before != soc.Percent)
        {
            if (Math.Abs(before - soc.Percent) > settings.SoC.Jump)
            {
                // Jumping to and fro leaves everything possible that was seen in between.
                track.Seen.Add(before);
                track.JumpedAt = now;
                if (track.Seen.Count > MostSeen) track.Seen.RemoveAt(0);
            }

            track.Moved = 0;
        }

        track.Percent = soc.Percent;
        if (now - track.JumpedAt >= settings.SoC.JumpConfirmedAfter) track.Seen.Clear();
        if (capacity is { WattHours: > 0 } size && Math.Abs(track.Moved) > size.WattHours * (double)settings.SoC.StuckAfter / 100) return battery with { SoC = null };
        return track.Seen.Count > 0 ? battery with { DoubtedSoC = new(track.Seen.MaxBy(seen => Math.Abs(seen - soc.Percent)), soc.Monotonic) } : battery;
    }

    /// <summary>Energy since the state last changed, in watt-hours. At the ends of the scale it may stand still for good reasons.</summary>
    private static void Integrate(Track track, BatteryImage battery, Duration now)
    {
        double hours = Math.Clamp((now - track.At).TotalHours, 0, 1.0 / 60);
        track.At = now;
        if (battery.Power is not { } power || battery.SoC is not { Percent: > 0 and < 100 } soc) return;
        double energy = power.Value.Milliwatts / 1000.0 * hours;
        // Full charge for balancing of the cells and the last reserve both show no movement.
        if ((soc.Percent >= 95 && energy < 0) || (soc.Percent <= 5 && energy > 0)) return;
        track.Moved += energy;
    }

    private sealed class Track
    {
        public decimal? Percent;
        public readonly List<decimal> Seen = [];
        public Duration JumpedAt;
        public Duration At;
        public double Moved;
    }
}
