using System.Collections.Concurrent;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Hosting;

/// <summary>The GPIO chips of the building file, each opened once for all its contacts and pulse outputs.</summary>
/// <param name="open">Opens a chip.</param>
internal sealed class Chips(Func<string, IGpioLines> open) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, LateChip> chips = new(StringComparer.Ordinal);

    public IGpioLines this[string name] => chips.GetOrAdd(name, n => new LateChip(n, open));

    public async ValueTask DisposeAsync()
    {
        foreach (var chip in chips.Values) await chip.DisposeAsync();
    }

    /// <summary>A chip that is opened when its first line is: one that is missing at the start makes its signals unknown and is tried again, it does not stop the gateway.</summary>
    private sealed class LateChip(string name, Func<string, IGpioLines> open) : IGpioLines
    {
        private readonly Lock gate = new();
        private IGpioLines? chip;

        public string Name => chip?.Name ?? name;

        public IGpioInput OpenInput(int line, GpioInputOptions options) => Chip().OpenInput(line, options);

        public IGpioOutput OpenOutput(int line, bool level, string consumer) => Chip().OpenOutput(line, level, consumer);

        public ValueTask DisposeAsync() => chip?.DisposeAsync() ?? ValueTask.CompletedTask;

        private IGpioLines Chip()
        {
            lock (gate) return chip ??= open(name);
        }
    }
}
