using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Relays;

/// <summary>A contact on a GPIO line.</summary>
/// <param name="ClosedIsLow">The contact closes to ground against a pull-up.</param>
public sealed record GpioRelay(RelayMeaning Meaning, ActiveContact Active, IGpioLines Lines, int Line, bool ClosedIsLow, GpioBias Bias)
{
    public Duration Debounce { get; init; } = RelayPanel.UsualDebounce;
}

/// <summary>A contact on a discrete input of a Modbus I/O module; 1 is closed.</summary>
/// <param name="Module">How people know the module, e.g. its bus's name; inputs with the same module and unit are read together.</param>
public sealed record ModbusRelay(RelayMeaning Meaning, ActiveContact Active, IModbusClient Client, string Module, byte Unit, ushort Input)
{
    public Duration Debounce { get; init; } = RelayPanel.UsualDebounce;
}

/// <summary>
/// The grid operator's contacts. GPIO lines report by themselves; inputs of Modbus modules are asked ten times a second, those of one unit in one request.
/// A line or module that cannot be read makes its signals unknown, never inactive.
/// </summary>
public sealed class RelayPanel : IRelaySignals, IAsyncDisposable
{
    internal static readonly Duration UsualDebounce = Duration.FromMilliseconds(200);

    private readonly TimeProvider clock;
    private readonly TimeProvider real;
    private readonly Action<RelayEdge>? log;
    private readonly Lock gate = new();
    private readonly List<RelayContact> contacts = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private TaskCompletionSource next = New();
    private bool hasUnseen;
    private volatile ImmutableArrayBox<RelayInputState> inputs = new([]);
    private volatile RelayImage current = RelayImage.Empty;

    /// <param name="clock">Stamps the changes.</param>
    /// <param name="real">Paces the polls and debounces: contacts do not know model time.</param>
    /// <param name="log">Hears every change, from any thread; must not wait.</param>
    public RelayPanel(IReadOnlyList<GpioRelay> lines, IReadOnlyList<ModbusRelay> modules, TimeProvider clock, TimeProvider real, Action<RelayEdge>? log = null)
    {
        (this.clock, this.real, this.log) = (clock, real, log);
        var loops = lines.Select(relay => (Func<Task>)new GpioRelayLoop(relay, Add(relay.Meaning, $"{relay.Lines.Name} line {relay.Line}", relay.Active, Duration.Zero), this).RunAsync).ToList();
        foreach (var module in modules.GroupBy(m => (m.Module, m.Unit)))
            loops.Add(new ModbusRelayLoop([.. module.Select(m => (m, Add(m.Meaning, FormattableString.Invariant($"{m.Module} unit {m.Unit} input {m.Input}"), m.Active, m.Debounce)))], this).RunAsync);
        Publish();
        running = Task.WhenAll(loops.Select(loop => Task.Run(loop)));
    }

    /// <inheritdoc/>
    public RelayImage Current => current;

    /// <summary>All contacts with raw state and latest changes, for the polarity test.</summary>
    public ImmutableArray<RelayInputState> Inputs => inputs.Value;

    /// <inheritdoc/>
    /// <remarks>An edge that came while nobody waited is not lost: the next wait returns at once.</remarks>
    public async ValueTask WaitForEdgeAsync(CancellationToken cancellationToken)
    {
        Task edge;
        lock (gate)
        {
            if (hasUnseen)
            {
                hasUnseen = false;
                return;
            }

            edge = next.Task;
        }

        await edge.WaitAsync(cancellationToken);
        lock (gate) hasUnseen = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested) return;
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    internal CancellationToken Stop => stopping.Token;

    internal TimeProvider Real => real;

    internal Duration Monotonic => Duration.FromTimeSpan(real.GetElapsedTime(0));

    internal void Seen(RelayContact contact, bool isClosed) => Note(() => contact.Seen(isClosed, Monotonic, Now));

    internal void Lost(RelayContact contact, string fault) => Note(() => contact.Lost(fault, Now));

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    private RelayContact Add(RelayMeaning meaning, string source, ActiveContact active, Duration debounce)
    {
        var contact = new RelayContact(meaning, source, active, debounce, Now);
        contacts.Add(contact);
        return contact;
    }

    private void Note(Func<RelayEdge?> change)
    {
        RelayEdge? edge;
        TaskCompletionSource? waiting = null;
        lock (gate)
        {
            edge = change();
            Publish();
            if (edge is not null)
            {
                (waiting, next) = (next, New());
                hasUnseen = true;
            }
        }

        waiting?.TrySetResult();
        if (edge is { } happened) log?.Invoke(happened);
    }

    private void Publish()
    {
        var states = contacts.Select(c => c.State).ToImmutableArray();
        inputs = new(states);
        current = new([.. states.Select(s => new RelaySignal(s.Meaning, s.IsActive, s.Since, s.Source))]);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An array that is swapped as a whole.</summary>
    private sealed record ImmutableArrayBox<T>(ImmutableArray<T> Value);
}
