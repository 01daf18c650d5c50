using System.Runtime.CompilerServices;
using NodaTime;

namespace CoMaKo.Devices.Simulator;

/// <summary>A GPIO chip without hardware that behaves as the kernel's: debouncing by a stable time, edges with sequence numbers, a bounded buffer. Safe from any thread.</summary>
/// <param name="lines">How many lines it has.</param>
/// <param name="time">Debounces and stamps.</param>
/// <param name="buffer">Edges that wait for the reader; more push out the oldest.</param>
public sealed class SimulatedGpio(int lines, TimeProvider time, int buffer = 512) : IGpioLines
{
    private readonly TimeProvider time = time;
    private readonly int buffer = buffer;
    private readonly Lock gate = new();
    private readonly Line[] all = [.. Enumerable.Range(0, lines).Select(n => new Line(n))];
    private bool isGone;

    public string Name => "gpiosim0 (simulated)";

    /// <summary>Sets a line from outside, as a contact or a level does.</summary>
    public void Drive(int line, bool level)
    {
        lock (gate)
        {
            var driven = all[line];
            if (driven.Outside == level) return;
            driven.Outside = level;
            driven.Input?.Changed(level);
        }
    }

    /// <summary>Level that an output gives; absent if the line is no output.</summary>
    public bool? OutputOf(int line)
    {
        lock (gate) return all[line].Output?.Level;
    }

    /// <summary>Plugs the chip out (every call fails) or in again; lines that were open stay dead.</summary>
    public void Plug(bool isIn)
    {
        lock (gate)
        {
            isGone = !isIn;
            if (isIn) return;
            foreach (var line in all)
            {
                line.Input?.Die();
                (line.Input, line.Output) = (null, null);
            }
        }
    }

    public IGpioInput OpenInput(int line, GpioInputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        lock (gate)
        {
            var opened = Free(line);
            return opened.Input = new Input(this, opened, options.Debounce.ToTimeSpan());
        }
    }

    public IGpioOutput OpenOutput(int line, bool level, string consumer)
    {
        lock (gate)
        {
            var opened = Free(line);
            return opened.Output = new Output(this, opened, level);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Line Free(int line)
    {
        if (isGone) throw Gone(line);
        if (line < 0 || line >= all.Length) throw new LinkException("CME-2303", FormattableString.Invariant($"{Name} has the lines 0 to {all.Length - 1}, not {line}."));
        if (all[line].Input is not null || all[line].Output is not null) throw new LinkException("CME-2304", FormattableString.Invariant($"{Name} line {line} is taken."));
        return all[line];
    }

    private LinkException Gone(int line) => new("CME-2305", FormattableString.Invariant($"The GPIO chip of {Name} line {line} is gone."));

    private sealed class Line(int number)
    {
        public int Number { get; } = number;

        public bool Outside { get; set; }

        public Input? Input { get; set; }

        public Output? Output { get; set; }
    }

    private sealed class Input : IGpioInput
    {
        private readonly SimulatedGpio chip;
        private readonly Line line;
        private readonly TimeSpan debounce;
        private readonly ITimer timer;
        private readonly Queue<GpioEdge> waiting = new();
        private readonly SemaphoreSlim arrived = new(0);
        private bool level;
        private bool isDead;
        private uint sequence;

        public Input(SimulatedGpio chip, Line line, TimeSpan debounce)
        {
            (this.chip, this.line, this.debounce, level) = (chip, line, debounce, line.Outside);
            timer = chip.time.CreateTimer(_ => Settle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Read()
        {
            lock (chip.gate) return isDead ? throw chip.Gone(line.Number) : level;
        }

        public async IAsyncEnumerable<GpioEdge> EdgesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (true)
            {
                await arrived.WaitAsync(cancellationToken);
                GpioEdge edge;
                lock (chip.gate)
                {
                    if (waiting.Count == 0 && isDead) throw chip.Gone(line.Number);
                    if (!waiting.TryDequeue(out edge)) continue;
                }

                yield return edge;
            }
        }

        public void Changed(bool outside)
        {
            if (debounce == TimeSpan.Zero) Report(outside);
            else timer.Change(debounce, Timeout.InfiniteTimeSpan);
        }

        public void Die()
        {
            isDead = true;
            arrived.Release();
        }

        public void Dispose()
        {
            lock (chip.gate)
            {
                if (line.Input == this) line.Input = null;
                isDead = true;
                timer.Dispose();
                arrived.Release();
            }
        }

        private void Settle()
        {
            lock (chip.gate)
                if (!isDead && level != line.Outside) Report(line.Outside);
        }

        private void Report(bool now)
        {
            level = now;
            if (waiting.Count == chip.buffer) waiting.Dequeue();
            waiting.Enqueue(new(now, Duration.FromTimeSpan(chip.time.GetElapsedTime(0)), ++sequence));
            arrived.Release();
        }
    }

    private sealed class Output(SimulatedGpio chip, Line line, bool level) : IGpioOutput
    {
        public bool Level { get; private set; } = level;

        public void Set(bool level)
        {
            lock (chip.gate)
            {
                if (line.Output != this) throw chip.Gone(line.Number);
                Level = level;
            }
        }

        public void Dispose()
        {
            lock (chip.gate)
                if (line.Output == this) line.Output = null;
        }
    }
}
