using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Keeps a plan: made anew each quarter hour, and when prices, the grid operator's calls or the state of charge are no longer those of the plan (dispatch-optimisation §6).
/// The control cycle only looks whether one is due; it is made elsewhere. A plan that cannot be made leaves the last one in force until that ends; then the rule drives.
/// </summary>
internal sealed partial class PlanKeeper : IPlanSource
{
    private const string StateKey = "plan";

    /// <summary>Share of the battery by which its charge may differ from the plan's.</summary>
    private const double Deviation = 0.05;

    /// <summary>Between two tries if the first failed, and between two deviations.</summary>
    private static readonly Duration Pause = Duration.FromMinutes(1);

    private readonly Channel<bool> due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PlanFrame frame;
    private readonly SlotRecorder recorder;
    private readonly RollingPlanner planner;
    private readonly SqliteControlStore store;
    private readonly ControlJournal journal;
    private readonly PriceKeeper prices;
    private readonly HubOutlook? outlook;
    private readonly Func<IEnumerable<HubDirective>> directives;
    private readonly ILogger<PlanKeeper> log;
    private Func<DispatcherStatus?> status = () => null;
    private volatile ControlImage? image;
    private volatile PlanShown? shown;
    private volatile CodedText? fault;
    private volatile Attempt? last;
    private long revision;

    /// <param name="directives">All that have not ended.</param>
    /// <param name="outlook">The hub's forecasts; absent: they are not asked for.</param>
    public PlanKeeper(
        Building building, SqliteControlStore store, ControlJournal journal, PriceKeeper prices, Func<IEnumerable<HubDirective>> directives, ILogger<PlanKeeper> log, HubOutlook? outlook = null)
    {
        (this.store, this.journal, this.prices, this.directives, this.log, this.outlook) = (store, journal, prices, directives, log, outlook);
        frame = new(building);
        planner = new(ScenarioSettings.Default, frame.ColdStart);
        recorder = new(store, building.Devices.Any(d => d.Role == Devices.DeviceRole.Pv));
        Wishes = new(PlantSettings.Of(building), building.Control.GridTarget ?? GridTargets.Normal, prices.HasTariff ? Causes.NoPlan : Causes.NoTariff);
        shown = journal.Recall<PlanShown>(StateKey);
    }

    /// <summary>What the plan wants of the batteries in each cycle, and who drives.</summary>
    public PlanWishes Wishes { get; }

    /// <summary>By which shown bands are stretched. Set from any thread.</summary>
    public BandWidths Widths { get; set; } = BandWidths.Unknown;

    /// <summary>The building's quarter hours.</summary>
    public SlotRecorder Recorder => recorder;

    /// <summary>Comes when there is something to do: <see cref="Work"/>.</summary>
    public ChannelReader<bool> Due => due.Reader;

    public long Revision => Interlocked.Read(ref revision);

    /// <summary>The plan that is followed, or was last; absent if none was ever made.</summary>
    public PlanHead? Head => shown?.Head is { } head
        ? head with { Driver = Wishes.Driver.Name, Fault = fault }
        : fault is { } why && image is { } seen ? new(seen.At, seen.At, Driver.All[^1].Name, null, why) : null;

    /// <summary>Looks at each of its cycles from now on.</summary>
    public void Watch(ControlLoop loop)
    {
        status = () => loop.Dispatcher.Current;
        loop.Began += Observe;
    }

    public ValueTask<IReadOnlyList<PlanSlot>> ReadAsync(QuarterHour from, QuarterHour to, CancellationToken cancellationToken)
    {
        var slots = new SortedDictionary<QuarterHour, PlanSlot>();
        foreach (var entry in store.Between(ControlJournal.Plan, from.Start, to.Start))
            if (ControlJson.Read<PlanSlot>(entry.Body) is { } slot && slot.Slot >= from && slot.Slot < to) slots[slot.Slot] = slot;
        foreach (var slot in shown?.Slots ?? [])
            if (slot.Slot >= from && slot.Slot < to) slots[slot.Slot] = slot;
        foreach (var slot in store.Slots(from.Start, to.Start))
            slots[slot.Slot] = slots.GetValueOrDefault(slot.Slot, new(slot.Slot)) with { Measured = new(slot.Battery, slot.Load, slot.Pv, slot.Grid, slot.SoCPermille / 10m) };
        return ValueTask.FromResult<IReadOnlyList<PlanSlot>>([.. slots.Values]);
    }

    /// <summary>Records what has ended and makes a plan if one is due. Takes some hundredths of a second; never on the control cycle's thread.</summary>
    public void Work()
    {
        if (image is not { } now) return;
        History past;
        try
        {
            past = recorder.Record(now.At);
        }
        catch (StoreException e)
        {
            NotRecorded(e.Message);
            past = recorder.Past;
        }

        Interlocked.Increment(ref revision);
        if (!IsDue(now)) return;
        last = new(SituationAt(now), now.At, IsDone: false);
        try
        {
            if (!Plan(now, past, last)) return;
            last = last with { IsDone = true };
            fault = null;
        }
        catch (Exception e)
        {
            Fail(new(PlanningCodes.PlanFailed, e.Message));
        }
    }

    private bool Plan(ControlImage now, History past, Attempt attempt)
    {
        prices.Take(directives(), now.At);
        outlook?.Take(directives(), now.At);
        var cooperative = directives().OfType<ForecastDirective>().LastOrDefault(d => d.IsInForceAt(now.At));
        if (prices.Curve(attempt.Situation.Slot, PlanFrame.Slots, cooperative, null, out var findings) is not { } curve)
        {
            Fail(new(findings[0].Code, findings[0].Text));
            return false;
        }

        double stored = frame.Battery.Share(now)!.Value * frame.Usable;
        var horizon = frame.Horizon(attempt.Situation.Slot, curve, attempt.Situation.Call?.Limit);
        if (outlook is { IsUsed: true }) horizon = horizon with { PvExpected = outlook.Pv(attempt.Situation.Slot, PlanFrame.Slots, now.At) };
        var plan = planner.Plan(past.AsOf(now.At), horizon, stored, Wishes.Driver.Tolerance)!;
        bool isFirstOfSlot = Wishes.Plan?.Horizon.Start != plan.Horizon.Start;
        Wishes.Plan = plan;
        var news = shown = PlanShown.Of(plan, frame.Battery, Wishes.Driver.Name, Widths);
        if (isFirstOfSlot) journal.Append(ControlJournal.Plan, news.Slots[0].Slot.Start, ControlJson.Write(news.Slots[0]));
        journal.Keep(StateKey, news);
        Interlocked.Increment(ref revision);
        return true;
    }

    private void Fail(CodedText why)
    {
        if (fault != why) Failed(why.Code, why.Text);
        fault = why;
    }

    /// <summary>Looks at one cycle; on its thread. Called through <see cref="Watch"/>.</summary>
    public void Observe(ControlImage now)
    {
        // Quarter hours of a clock that is not set belong nowhere.
        if (!now.ClockIsTrusted) return;
        image = now;
        recorder.Observe(now);
        if (recorder.HasNew || IsDue(now)) due.Writer.TryWrite(true);
    }

    /// <summary>New quarter hour, call or prices; a while after a failure; or a charge that is not what the plan expects.</summary>
    private bool IsDue(ControlImage now)
    {
        if (!prices.HasTariff || !frame.HasBattery || frame.Battery.Share(now) is not { } share) return false;
        if (last is not { } before || before.Situation != SituationAt(now)) return true;
        if (now.At >= before.At && now.At - before.At < Pause) return false;
        return !before.IsDone || (Wishes.Plan?.StoredAt(now.At) is { } expected && Math.Abs(share * frame.Usable - expected) > Deviation * frame.Usable);
    }

    private Situation SituationAt(ControlImage now)
    {
        int known = 0;
        foreach (var directive in directives())
            if (directive is PriceDirective or ForecastDirective) known ^= RuntimeHelpers.GetHashCode(directive);
        return new(QuarterHour.Containing(now.At), PlanFrame.Call(status()), known);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Code} No new plan: {Reason} The last one is followed to its end, then self-consumption.")]
    private partial void Failed(string code, string reason);

    [LoggerMessage(2, LogLevel.Warning, "CME-1608 A quarter hour cannot be recorded: {Reason} It waits in memory.")]
    private partial void NotRecorded(string reason);

    /// <summary>What a plan depends on beside the charge.</summary>
    /// <param name="Directives">Stands for the prices and forecasts that there are.</param>
    private sealed record Situation(QuarterHour Slot, (Power Limit, string Source)? Call, int Directives);

    private sealed record Attempt(Situation Situation, Instant At, bool IsDone);
}
