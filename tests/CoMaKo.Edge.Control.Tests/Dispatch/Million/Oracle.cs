using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Limits;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>
/// What the regulations and settings allow at one moment, worked out anew from their text (local-control §3, §5, §6) and not by the product's limits. Milliwatts.
/// </summary>
internal sealed class Oracle
{
    private const long Beyond = 1_000_000_000_000;
    private readonly LimitSettings site;
    private readonly ControlImage now;
    private readonly int[] controlled;
    private readonly long? netLoad;
    private readonly long surplus;

    public Oracle(LimitSettings site, ControlImage now)
    {
        (this.site, this.now) = (site, now);
        controlled = [.. Enumerable.Range(0, now.Batteries.Length).Where(i => now.Batteries[i].IsControlled)];
        netLoad = NetLoad();
        long loads = now.Loads.Sum(l => Math.Max(0, Known(l.Power) ?? 0));
        surplus = netLoad is { } net ? Math.Max(0, loads - net) : 0;
    }

    /// <summary>Batteries that commands reach.</summary>
    public IReadOnlyList<int> Controlled => controlled;

    /// <summary>Greatest export that is asked for now; absent: none.</summary>
    public long? Export => new[] { FeedIn(), site.Contract.ZeroExport ? 0 : site.Contract.ExportMax?.Milliwatts }.Where(e => e is not null).Min();

    /// <summary>What dimmed devices may draw from the grid together and in addition; absent: not dimmed.</summary>
    public long? DimTotal => Dimmed() is { } limit ? limit + surplus : null;

    /// <summary>What one battery may do by itself, regardless of the house: ratings, BMS, temperature, charge, lock.</summary>
    public (long Low, long High) Alone(int i)
    {
        var (battery, rated) = (now.Batteries[i], site.Batteries[i].Rated);
        if (battery.IsFaulted) return (0, 0);
        long low = Math.Max(rated.Min.Milliwatts, -Permission(battery.MaxCharge)), high = Math.Min(rated.Max.Milliwatts, Permission(battery.MaxDischarge));
        if (battery.TemperatureCelsius is >= -60 and <= 150 and var celsius)
        {
            if (celsius is < 0 or > 50) low = 0;
            if (celsius is < -10 or > 55) high = 0;
        }

        MeasuredSoC? soc = battery.SoC is { Percent: >= 0 and <= 100 } known && known.Monotonic <= now.Monotonic + Duration.FromSeconds(1) ? known : null;
        double age = soc is { } read ? (now.Monotonic - read.Monotonic).TotalSeconds : 61;
        if (age > 60)
        {
            long then = battery.Power is { } power && IsPossible(power) ? power.Value.Milliwatts : 0;
            (low, high) = (Math.Clamp(Math.Min(then, 0), low, high), Math.Clamp(age > 600 ? 0 : Math.Max(then, 0), low, high));
        }

        if (soc is { } charge)
        {
            decimal other = battery.DoubtedSoC?.Percent ?? charge.Percent;
            if (Math.Max(charge.Percent, other) >= 100) low = Math.Max(low, 0);
            if (Math.Min(charge.Percent, other) <= 5) high = Math.Min(high, 0);
        }

        if (now.Orders.Lock is { } order && (order.Battery is null || order.Battery == battery.Id)) return (0, 0);
        return (low, high);
    }

    /// <summary>The reserve's limit of a battery; absent: none.</summary>
    public long? Reserve(int i)
    {
        if (site.Reserve is not { } reserve || now.Batteries[i].SoC is not { Percent: >= 0 and <= 100 } soc || soc.Monotonic > now.Monotonic + Duration.FromSeconds(1)) return null;
        decimal above = Math.Min(soc.Percent, now.Batteries[i].DoubtedSoC?.Percent ?? 100) - reserve.Percent;
        var rated = site.Batteries[i].Rated;
        if (above > 1) return null;
        if (above > 0) return rated.Max.Milliwatts / 2;
        if (above > -1 || !reserve.Refill) return 0;
        long own = -OwnSurplus / Filling();
        if (!site.GridChargeAllowed || above > -2) return own;
        return Math.Min(own, above > -4 ? rated.Min.Milliwatts / 10 : rated.Min.Milliwatts / 2);
    }

    /// <summary>All limits in their rank order, exactly; for plants whose batteries all act on the phases alike.</summary>
    public Admissible Exact()
    {
        var set = new Admissible(
            [.. controlled.Select(i => site.Batteries[i].Rated.Min.Milliwatts)], [.. controlled.Select(i => site.Batteries[i].Rated.Max.Milliwatts)],
            [.. controlled.Select(i => site.Batteries[i].IsDimmable)]);
        for (int k = 0; k < controlled.Length; k++) set.One(k, Alone(controlled[k]).Low, Alone(controlled[k]).High);
        return set;
    }

    /// <summary>Bounds on the sum of all controlled batteries, in rank order beside <see cref="Exact"/>.</summary>
    public IEnumerable<(string Limit, long From, long To)> GridOperatorSums()
    {
        if (site.Batteries[0].Phases != Phases.All)
        {
            long pv = site.Plants.Where(p => p.Phases == site.Batteries[0].Phases).Sum(p => p.Installed.Milliwatts);
            if (Known(now.Pv) is { } produced) pv = Math.Min(pv, Math.Max(0, produced));
            yield return ("unbalance", -site.Unbalance.Milliwatts, Math.Max(0, site.Unbalance.Milliwatts - pv));
        }

        foreach (var (from, to) in Fuse()) yield return ("fuse", from, to);
        if (FeedIn() is { } export) yield return ("eeg-9", -Beyond, netLoad + export ?? 0);
    }

    /// <summary>Limits up to the grid operator's of a plant with inverters on different phases: shares of each controlled battery, bounds in milliwatts, in rank order.</summary>
    public IEnumerable<(string Limit, double[] Weights, double From, double To)> PhaseLimits(long loads)
    {
        double[] Each(Func<BatterySite, double> weight) => [.. controlled.Select(i => weight(site.Batteries[i]))];
        if (DimTotal is { } dim) yield return ("dim-14a", Each(b => b.IsDimmable ? 1 : 0), -Math.Max(0, dim - loads), Beyond);
        foreach (var phase in (Phases[])[Phases.L1, Phases.L2, Phases.L3])
        {
            long pv = site.Plants.Where(p => p.Phases == phase).Sum(p => p.Installed.Milliwatts);
            if (Known(now.Pv) is { } produced) pv = Math.Min(pv, Math.Max(0, produced));
            yield return ("unbalance", Each(b => b.Phases == phase ? 1 : 0), -site.Unbalance.Milliwatts, Math.Max(0, site.Unbalance.Milliwatts - pv));
        }

        if (site.Fuse is { } fuse)
        {
            bool isByPhase = now.GridPhases.Length == 3 && now.GridPhases.All(p => Math.Abs((double)p.Milliwatts) <= Beyond);
            double import = fuse.ImportPerPhase.Milliwatts, export = fuse.ExportPerPhase.Milliwatts;
            if (netLoad is not { } net) yield return ("fuse", Each(_ => 1), 0, 0);
            else if (!isByPhase) yield return ("fuse", Each(_ => 1), net - 3 * import, net + 3 * export);
            for (int k = 0; k < 3 && isByPhase && netLoad is not null; k++)
            {
                double[] weights = Each(b => b.Phases == Phases.All ? 1 / 3.0 : b.Phases == (Phases)(1 << k) ? 1 : 0);
                double here = now.GridPhases[k].Milliwatts + controlled.Zip(weights, (i, w) => w * Contribution(now.Batteries[i])!.Value).Sum();
                yield return ("fuse", weights, here - import, here + export);
            }
        }

        if (FeedIn() is { } most) yield return ("eeg-9", Each(_ => 1), -Beyond, netLoad + most ?? 0);
    }

    public IEnumerable<(string Limit, long From, long To)> OwnSums()
    {
        if ((site.Contract.ZeroExport ? 0 : site.Contract.ExportMax?.Milliwatts) is { } export) yield return ("export", -Beyond, netLoad + export ?? 0);
        if (site.Contract.ImportMax is { } import) yield return ("import", netLoad - import.Milliwatts ?? 0, Beyond);
        if (!site.GridChargeAllowed) yield return ("grid-charge", Math.Min(0, netLoad ?? 0), Beyond);
        if (Directed(DirectedLimit.GridImport) is { } hub) yield return ("hub", netLoad - hub ?? 0, Beyond);
    }

    /// <summary>The most that the PV plants may produce while exporting is limited; absent: anything.</summary>
    public long? PvOutput(IEnumerable<long> mostCharge)
    {
        if (Export is not { } export || site.Plants.IsEmpty) return null;
        if (netLoad is not { } net || Known(now.Pv) is not { } pv) return export;
        return Math.Max(export, export + net + pv + mostCharge.Sum(low => Math.Max(0, -low)));
    }

    private long OwnSurplus => netLoad is { } net ? Math.Max(0, -net) : 0;

    private int Filling() => Math.Max(1, Enumerable.Range(0, now.Batteries.Length).Count(i =>
        now.Batteries[i].SoC is { Percent: >= 0 and <= 100 } soc && soc.Monotonic <= now.Monotonic + Duration.FromSeconds(1)
        && Math.Min(soc.Percent, now.Batteries[i].DoubtedSoC?.Percent ?? 100) - site.Reserve!.Percent <= -1));

    private long? NetLoad()
    {
        if (Known(now.Grid) is not { } sum) return null;
        foreach (int i in controlled)
        {
            if (Contribution(now.Batteries[i]) is not { } power) return null;
            sum += power;
        }

        return sum;
    }

    private long? Contribution(BatteryImage battery) => battery.PowerAtMeter?.Milliwatts ?? Known(battery.Power);

    private IEnumerable<(long From, long To)> Fuse()
    {
        if (site.Fuse is not { } fuse) yield break;
        long import = fuse.ImportPerPhase.Milliwatts, export = fuse.ExportPerPhase.Milliwatts;
        if (netLoad is not { } net)
        {
            yield return (0, 0);
            yield break;
        }

        if (now.GridPhases.Length != 3 || now.GridPhases.Any(p => Math.Abs((double)p.Milliwatts) > Beyond))
        {
            yield return (net - 3 * import, net + 3 * export);
            yield break;
        }

        for (int phase = 0; phase < 3; phase++)
        {
            var on = site.Batteries[0].Phases;
            if (on != Phases.All && on != (Phases)(1 << phase)) continue;
            long parts = on == Phases.All ? 3 : 1;
            long here = parts * now.GridPhases[phase].Milliwatts + controlled.Sum(i => Contribution(now.Batteries[i])!.Value);
            yield return (here - parts * import, here + parts * export);
        }
    }

    private long? Dimmed()
    {
        int devices = site.Loads.Length + site.Batteries.Count(b => b.IsDimmable);
        if (devices == 0) return null;
        long guaranteed = Guaranteed(devices);
        bool byRelay = site.Dim.HasRelay && now.Relays.Find(RelayMeaning.Dim)?.IsActive != false;
        if (byRelay) return guaranteed;
        return Directed(DirectedLimit.Dim14a) is { } asked ? Math.Max(asked, guaranteed) : null;
    }

    /// <summary>BK6-22-300: 4.2 kW or 40 % each; for a group the formula with the simultaneity factor.</summary>
    private long Guaranteed(int devices)
    {
        long Large(LoadKind kind) => site.Loads.Where(l => l.Kind == kind && l.Rated.Watts > 11_000).Sum(l => l.Rated.Milliwatts) * 4 / 10;
        if (site.Dim.Mode == DimMode.PerDevice)
            return site.Batteries.Count(b => b.IsDimmable) * 4_200_000L + site.Loads.Sum(l => l.Kind != LoadKind.Wallbox && l.Rated.Watts > 11_000 ? l.Rated.Milliwatts * 4 / 10 : 4_200_000);
        if (site.Dim.GroupLimit is { } agreed) return agreed.Milliwatts;
        long factor = devices switch { 1 => 0, 2 => 80, 3 => 75, 4 => 70, 5 => 65, 6 => 60, 7 => 55, 8 => 50, _ => 45 };
        long first = Math.Max(Large(LoadKind.HeatPump), Large(LoadKind.Cooling));
        return (first > 0 ? first : 4_200_000) + (devices - 1) * factor * 42_000;
    }

    private long? FeedIn()
    {
        if (site.Plants.IsEmpty) return null;
        decimal share = 1;
        foreach (var (meaning, stage) in new[] { (RelayMeaning.FeedIn0, 0m), (RelayMeaning.FeedIn30, 0.3m), (RelayMeaning.FeedIn60, 0.6m) })
        {
            if (!site.FeedIn.Relays.Contains(meaning)) continue;
            bool? state = now.Relays.Find(meaning)?.IsActive;
            if (state == true) share = Math.Min(share, stage);
            if (state is null) share = Math.Min(share, site.FeedIn.FailsafeShare ?? stage);
        }

        long limit = site.Plants.Sum(p => (long)Math.Floor(p.Installed.Milliwatts * Math.Min(share, p.StaticShare)));
        if (Directed(DirectedLimit.FeedIn) is { } asked && asked < limit) return asked;
        return limit < site.Plants.Sum(p => p.Installed.Milliwatts) || share < 1 ? limit : null;
    }

    private long? Directed(DirectedLimit kind)
    {
        var inForce = now.Orders.Limits.Where(l => l.Kind == kind && (!now.ClockIsTrusted || (l.From <= now.At && now.At < l.Until))).ToList();
        return inForce.Count == 0 ? null : inForce.Min(l => l.Limit.Milliwatts);
    }

    /// <summary>A reading counts for 15 s, or three of its periods.</summary>
    private long? Known(Measured? measured) =>
        measured is { } m && IsPossible(m) && (now.Monotonic - m.Monotonic).TotalSeconds <= Math.Max(15, 3 * m.Period.TotalSeconds) ? m.Value.Milliwatts : null;

    private bool IsPossible(Measured m) => m.Value.Milliwatts is >= -Beyond and <= Beyond && m.Monotonic <= now.Monotonic + Duration.FromSeconds(1);

    private static long Permission(Quantities.Power? magnitude) => magnitude?.Milliwatts switch
    {
        null or > Beyond => Beyond,
        < 0 => 0,
        { } power => power,
    };
}
