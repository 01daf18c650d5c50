using System.Collections.Immutable;
using System.Threading.Channels;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// The control cycle: image, limits, wish, balancing, write guard; once a second, and at once when a contact of the grid operator or a reading of the meter changes.
/// It waits for no device, store or plan: what is not there in time is not there in this cycle (architecture §4, local-control §1, §5).
/// </summary>
public sealed class Dispatcher
{
    private readonly DispatcherSettings settings;
    private readonly LimitSettings site;
    private readonly LimitPass limits;
    private readonly WriteGuard guard;
    private readonly DispatcherPorts ports;
    private readonly TimeProvider time;
    private readonly BatteryCrew crew;
    private readonly WishBoard wishes;
    private readonly FallbackLadder ladder = new();
    private readonly DecisionJournal journal;
    private readonly GridEventRecorder events;
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile DispatcherStatus? current;
    private ImmutableArray<Power> leavingFrom = [];
    private Duration leavingAt;
    private long cycles;
    private long number;

    /// <param name="law">Over the batteries that the gateway drives.</param>
    /// <param name="split">Over all batteries of the building file, in its order.</param>
    /// <param name="memory">Open events of the earlier run.</param>
    public Dispatcher(
        DispatcherSettings settings, LimitSettings site, LimitPass limits, WriteGuard guard, BalancingLaw law, BatterySplit split, DispatcherPorts ports, TimeProvider time,
        GridEventMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(ports);
        (this.settings, this.site, this.limits, this.guard, this.ports, this.time) = (settings, site, limits, guard, ports, time);
        crew = new(site, law, split, guard, settings.Peaks);
        wishes = new(settings, site, ports.Wishes);
        journal = new(ports.Decisions, settings);
        events = new(ports.GridEvents, memory);
    }

    /// <summary>The newest cycle; absent before the first. Safe from any thread.</summary>
    public DispatcherStatus? Current => current;

    /// <summary>Grows with each completed cycle: feeds the watchdog.</summary>
    public long CompletedCycles => Interlocked.Read(ref cycles);

    /// <summary>What the record of grid-operator events must not forget over a restart.</summary>
    public GridEventMemory EventMemory => events.Memory;

    /// <summary>Something new is there: the next cycle runs now. Safe from any thread.</summary>
    public void Wake() => wake.Writer.TryWrite(true);

    /// <summary>Runs until cancelled; then the batteries are released.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var edges = WatchEdgesAsync(cancellationToken);
        try
        {
            for (var due = Now; ; due = Duration.Max(due, Now))
            {
                Cycle();
                if (Now >= due) due += settings.Period;
                await Task.Delay(settings.ShortestPeriod.ToTimeSpan(), time, cancellationToken);
                if (due > Now) await WaitAsync((due - Now).ToTimeSpan(), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The ordinary end.
        }
        finally
        {
            await guard.StopAsync(CancellationToken.None);
            await edges;
        }
    }

    /// <summary>One cycle. Called by <see cref="RunAsync"/>; public for simulations in model time.</summary>
    public void Cycle()
    {
        try
        {
            CycleOrThrow();
            Interlocked.Increment(ref cycles);
        }
        catch (Exception broken)
        {
            // Nothing is renewed meanwhile: if it stays broken, the devices go back to their own mode by themselves.
            if (current is { } last) current = last with { Alarms = [Failed(broken.Message), .. last.Alarms.Where(a => a.Code != ControlCodes.CycleFailed)] };
        }
    }

    private Duration Now => Duration.FromTimeSpan(time.GetElapsedTime(0));

    private void CycleOrThrow()
    {
        var confirmations = guard.TakeConfirmations();
        crew.Confirm(confirmations);
        foreach (var one in confirmations) ports.Tests?.Confirmed(one);
        var image = Mark(ImageCheck.Clean(ports.Image() with { Orders = ports.Orders(), Relays = ports.Relays.Current }));
        var (footing, footingCause) = ladder.Judge(image);
        bool isFirm = footing == Footing.Firm;
        if (isFirm) image = crew.Look(image);
        var outcome = limits.Run(image);
        // The newest word of the grid operator counts, also if it came during this cycle.
        if (!ReferenceEquals(ports.Relays.Current, image.Relays)) outcome = limits.Run(image with { Relays = ports.Relays.Current });

        var wish = wishes.Ask(outcome.Image);
        if (isFirm) crew.Decide(outcome.Image, outcome.Allowed, wish.Wish);
        ports.Tests?.Cycle(outcome.Image, outcome.Allowed);
        var stage = CycleStage.Of(outcome.Image, footing, footingCause, wish.Cause, crew.State, guard);
        var (earlier, wasQuiet) = (guard.Status(), guard.IsQuiet);
        var told = guard.Submit(++number, Orders(stage, outcome, wish.Wish), outcome.Allowed, outcome.Image);
        Show(stage, outcome, wish, told);
        Record(() => events.Observe(outcome, confirmations, guard.IsQuiet));
        Record(() => journal.Observe(current!, earlier, wasQuiet));
    }

    private ImmutableArray<BatteryOrder> Orders(CycleStage stage, LimitOutcome outcome, BatteryWish wish)
    {
        var now = outcome.Image;
        if (stage.Action != CycleAction.Leave) leavingFrom = [];
        if (stage.Action is CycleAction.Release or CycleAction.Leave) crew.Forget();
        switch (stage.Action)
        {
            case CycleAction.Follow: return crew.Follow(now, outcome.Allowed, wish);
            case CycleAction.Keep: return crew.All(now, BatteryOrder.Keep);
            case CycleAction.StandStill: return crew.All(now, new(OrderKind.Command, PowerRange.Pin(Power.Zero)));
            case CycleAction.Release: return crew.All(now, BatteryOrder.Release);
        }

        if (leavingFrom.IsEmpty) (leavingFrom, leavingAt) = (crew.Held(), now.Monotonic);
        double left = 1 - (now.Monotonic - leavingAt) / settings.LeaveWithin;
        return crew.Leave(now, leavingFrom, (decimal)Math.Clamp(left, 0, 1));
    }

    /// <summary>Whom commands reach: nobody else may be counted on by the limits.</summary>
    private ControlImage Mark(ControlImage now) => now with
    {
        Batteries =
        [
            .. now.Batteries.Select(battery => battery with
            {
                IsControlled = guard.Reach(battery.Id) is ControlReach.Controlled or ControlReach.Testing
                    && !(now.Orders.Lock is { } order && (order.Battery is null || order.Battery == battery.Id)),
            }),
        ],
    };

    private void Show(CycleStage stage, LimitOutcome outcome, WishBoard.Chosen wish, ImmutableArray<PowerRange?> told)
    {
        var at = outcome.Image.At;
        var since = current is { } last && last.Mode == stage.Mode && last.Cause == stage.Cause ? last.Since : at;
        bool isFollowed = stage.Action == CycleAction.Follow;
        var devices = guard.Status();
        current = new(
            number, at, stage.Mode, stage.Cause, since, isFollowed ? wish.Wish : null, isFollowed ? wish.From : null, outcome, told, devices,
            crew.State, crew.NetLoad, crew.Events, AlarmList.Of(site, outcome, devices, wish.Failure)) { Reason = isFollowed ? wish.Reason : null };
    }

    /// <summary>A log that throws costs its record, not the cycle.</summary>
    private void Record(Action write)
    {
        try
        {
            write();
        }
        catch (Exception broken)
        {
            current = current! with { Alarms = current!.Alarms.Add(new(ControlCodes.RecordLost, null, $"A record could not be handed over: {broken.Message}")) };
        }
    }

    private static ControlAlarm Failed(string message) => new(ControlCodes.CycleFailed, null, $"A control cycle failed and wrote nothing: {message}");

    private async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(wake.Reader.ReadAsync(either.Token).AsTask(), Task.Delay(longest, time, either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task WatchEdgesAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ports.Relays.WaitForEdgeAsync(cancellationToken);
                Wake();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // Edges only make it faster; the state is looked at in every cycle.
                await Task.Delay(settings.Period.ToTimeSpan(), time, CancellationToken.None);
            }
        }
    }
}
