using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>One battery among those that share the work.</summary>
/// <param name="Rated">Rated charge (negative) and discharge power.</param>
/// <param name="SoCMin">Lowest state of charge in daily use, percent.</param>
/// <param name="SoCMax">Highest state of charge in daily use, percent.</param>
public sealed record SplitBattery(DeviceId Id, PowerRange Rated, Energy Capacity, decimal SoCMin, decimal SoCMax);

/// <summary>
/// Shares a power among several batteries (local-control §4): by the energy that each can still give or take, within its range; small powers by one battery alone.
/// Never charges one battery while another discharges, unless a range leaves no choice.
/// </summary>
public sealed class BatterySplit
{
    /// <summary>Below this share of the rated power one battery works alone: half-empty inverters lose more than they move.</summary>
    private const decimal AloneBelow = 0.15m;

    /// <summary>Alone ends only above this share: no switching to and fro at the border.</summary>
    private const decimal AloneUpTo = 0.20m;

    private static readonly Duration KeepFor = Duration.FromMinutes(5);

    private readonly ImmutableArray<SplitBattery> batteries;
    private int? alone;
    private Duration aloneSince;
    private bool isAlone;

    public BatterySplit(ImmutableArray<SplitBattery> batteries) => this.batteries = batteries;

    /// <summary>Power of each battery of the settings, in their order; absent for those that take no part.</summary>
    /// <param name="total">Wanted from all together, + discharge. What the ranges do not allow is left out.</param>
    /// <param name="ranges">What each battery may do, in the order of the settings.</param>
    /// <param name="images">Readings of the batteries, by device; without a state of charge a battery counts as half full.</param>
    /// <param name="now">Wall clock: the battery that works alone changes with the UTC day.</param>
    /// <param name="monotonic">Same moment on the clock that never steps.</param>
    /// <param name="without">Batteries that take no part (faulted, excluded): the others do their share in the same cycle.</param>
    public ImmutableArray<Power?> Of(
        Power total, ImmutableArray<PowerRange> ranges, ImmutableArray<BatteryImage> images, Instant now, Duration monotonic, IReadOnlySet<DeviceId>? without = null)
    {
        if (ranges.Length != batteries.Length) throw new ArgumentException("One range for each battery of the settings.", nameof(ranges));
        bool discharges = total >= Power.Zero;
        var shares = batteries.Select((b, i) => new Share(i, discharges, ranges[i], Weight(b, discharges, images)))
            .Where(s => without is null || !without.Contains(batteries[s.Index].Id)).ToList();
        // If a range forces one battery the other way, the rest stand still instead of working against it.
        bool isOpposed = shares.Exists(s => s.Granted < 0);
        long open = isOpposed ? 0 : Math.Max(0, Math.Abs(total.Milliwatts) - shares.Sum(s => s.Granted));
        if (ChooseAlone(total, shares, open, now, monotonic) is { } one) one.Granted += open;
        else Fill(shares, open);

        var result = new Power?[batteries.Length];
        foreach (var share in shares) result[share.Index] = new Power(discharges ? share.Granted : -share.Granted);
        return [.. result];
    }

    private Share? ChooseAlone(Power total, List<Share> shares, long open, Instant now, Duration monotonic)
    {
        decimal rated = shares.Sum(s => Math.Max((decimal)-batteries[s.Index].Rated.Min.Milliwatts, batteries[s.Index].Rated.Max.Milliwatts));
        isAlone = shares.Count > 1 && Math.Abs(total.Milliwatts) < rated * (isAlone ? AloneUpTo : AloneBelow);
        if (!isAlone) return null;

        var able = shares.Where(s => s.Room >= open && s.Weight > 0).ToList();
        if (able.Count == 0) return null;
        var kept = able.Find(s => s.Index == alone);
        if (kept is not null && monotonic - aloneSince < KeepFor) return kept;

        int day = (int)(now.ToUnixTimeSeconds() / 86_400);
        var turn = able.OrderBy(s => (s.Index - day % batteries.Length + batteries.Length) % batteries.Length).First();
        if (turn.Index != alone) (alone, aloneSince) = (turn.Index, monotonic);
        return turn;
    }

    /// <summary>In proportion to the weights; who is full passes the rest on, until nothing is left or nobody has room.</summary>
    private static void Fill(List<Share> shares, long open)
    {
        var with = shares.Where(s => s.Room > 0).ToList();
        while (open > 0 && with.Count > 0)
        {
            decimal weights = with.Sum(s => s.Weight);
            long before = open;
            foreach (var share in with)
            {
                decimal part = weights > 0 ? before * share.Weight / weights : (decimal)before / with.Count;
                open -= share.Take(Math.Min(open, (long)decimal.Ceiling(part)));
            }

            with.RemoveAll(s => s.Room == 0);
        }
    }

    private static decimal Weight(SplitBattery battery, bool discharges, ImmutableArray<BatteryImage> images)
    {
        decimal soc = images.FirstOrDefault(i => i.Id == battery.Id)?.SoC?.Percent ?? (battery.SoCMin + battery.SoCMax) / 2;
        return Math.Max(0, discharges ? soc - battery.SoCMin : battery.SoCMax - soc) * battery.Capacity.WattHours;
    }

    /// <summary>What one battery does in the wanted direction, as magnitudes in milliwatts; a range that forbids 0 W is obeyed first.</summary>
    private sealed class Share
    {
        private readonly long most;

        public Share(int index, bool discharges, PowerRange range, decimal weight)
        {
            var directed = discharges ? range : new PowerRange(-range.Max, -range.Min);
            (Index, Weight) = (index, weight);
            Granted = directed.Clamp(Power.Zero).Milliwatts;
            most = Math.Max(Granted, directed.Max.Milliwatts);
        }

        public int Index { get; }

        public decimal Weight { get; }

        public long Granted { get; set; }

        public long Room => most - Granted;

        public long Take(long wanted)
        {
            long taken = Math.Min(wanted, Room);
            Granted += taken;
            return taken;
        }
    }
}
