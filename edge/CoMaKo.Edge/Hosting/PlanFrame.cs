using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>What the building file says of a plan: battery, connection, permissions; with prices and events it becomes the horizon of the planner.</summary>
internal sealed class PlanFrame
{
    /// <summary>How long a call of the grid operator lasts as far as anybody knows: its signal says nothing about that.</summary>
    private static readonly Duration CallLasts = Duration.FromHours(1);

    private readonly Building building;
    private readonly LimitSettings site;
    private readonly BatteryModel? model;
    private readonly double curtailable;

    public PlanFrame(Building building)
    {
        this.building = building;
        site = PlantSettings.Of(building);
        Battery = new(site);
        model = Battery.Model(PlantSettings.Costs(building));
        double installed = building.Devices.Sum(d => Kilowatts(d.Plant?.Installed) ?? 0);
        // One plant that cannot be limited goes on exporting: then nothing is counted on.
        curtailable = installed > 0 && building.Devices.All(d => d.Plant is null or { IsLimited: true }) ? 1 : 0;
        ColdStart = new(
            building.Zone, Site: building.Place is { } place ? new(place.LatitudeDegrees, place.LongitudeDegrees) : null,
            Planes: installed > 0 ? [new(installed, Tilt: 30, Azimuth: 0)] : null);
    }

    public PlanBattery Battery { get; }

    /// <summary>Whether there is a battery to plan for.</summary>
    public bool HasBattery => model is not null;

    /// <summary>kWh between the ends of the window.</summary>
    public double Usable => model?.EMax ?? 0;

    public ColdStart ColdStart { get; }

    /// <summary>Slots that a plan spans: 36 h, as measured best (dispatch-optimisation §6.1).</summary>
    public static int Slots { get; } = (int)(ScenarioSettings.Default.HorizonHours * 3600 / QuarterHour.Seconds);

    /// <summary>A call of the grid operator as it stands in a control cycle: what it leaves, and until when; absent: none.</summary>
    public static (Power Limit, string Source)? Call(DispatcherStatus? status) =>
        status?.Limits.Trace.FirstOrDefault(t => t.Name == "dim-14a") is { State: { Kind: not LimitKind.Idle, Value: { } limit } state } ? (limit, state.Detail ?? state.Source.ToString()) : null;

    /// <summary>The coming slots from the running one on.</summary>
    /// <param name="prices">One for each slot.</param>
    /// <param name="call">What the grid operator leaves now; absent: everything.</param>
    public PlanHorizon Horizon(QuarterHour first, PriceCurve prices, Power? call)
    {
        int count = prices.Import.Length;
        QuarterHour[] slots = [.. Enumerable.Range(0, count).Select(k => QuarterHour.StartingAt(first.StartUnixSeconds + (long)k * QuarterHour.Seconds))];
        double[]? dimmed = call is { } limit ? [.. slots.Select(s => s.Start < first.Start + CallLasts ? BatteryShare(limit) : double.PositiveInfinity)] : null;
        return new()
        {
            Start = first.Start, StepSeconds = QuarterHour.Seconds, Battery = model!, Prices = prices,
            Limits = new(building.Wishes, slots, building.Zone, Battery.Capacity, dimmed, Battery.Empty),
            GridImportMax = Least(building.ConnectionPower, building.Control.Contract.ImportMax, building.Control.PeakImport),
            GridExportMax = building.Control.Contract.ZeroExport ? 0 : Least(StaticExport(), building.Control.Contract.ExportMax, null),
            CurtailableShare = curtailable, TerminalValue = RollingPlanner.TerminalValue(model!, prices.Import),
        };
    }

    /// <summary>What is left for the batteries' charging from the grid: their part of the group by power.</summary>
    private double BatteryShare(Power limit)
    {
        double batteries = site.Batteries.Where(b => b.IsDimmable).Sum(b => -(double)b.Rated.Min.Watts), loads = site.Loads.Sum(l => (double)l.Rated.Watts);
        return batteries <= 0 ? double.PositiveInfinity : (double)limit.Watts / 1000 * batteries / (batteries + loads);
    }

    /// <summary>Greatest feed-in that always holds; absent: no limit.</summary>
    private Power? StaticExport() => site.Plants.Length > 0 && site.Plants.All(p => p.StaticShare < 1) ? Power.FromWatts(site.Plants.Sum(p => p.Installed.Watts * p.StaticShare)) : null;

    private static double Least(Power? a, Power? b, Power? c) => ((Power?[])[a, b, c]).Min(p => Kilowatts(p) ?? double.PositiveInfinity);

    private static double? Kilowatts(Power? power) => (double?)power?.Watts / 1000;
}
