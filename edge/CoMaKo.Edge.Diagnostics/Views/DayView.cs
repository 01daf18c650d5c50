using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>What a mark of the slot strip says; the worst of several counts.</summary>
public enum SlotState
{
    /// <summary>Not over yet, or from before the register was known.</summary>
    Open,
    Measured,

    /// <summary>Shaped inside a coarse step, or derived from power.</summary>
    Interpolated,

    /// <summary>Complete here, not yet at the hub.</summary>
    Waiting,
    Missing,
}

/// <summary>The quarter hours of a local day with all registers.</summary>
internal sealed record DayView(LocalDate Day, IReadOnlyList<QuarterHour> Slots, IReadOnlyList<RegisterDay> Registers)
{
    // A total needs a reading after the border, and its record needs a moment to be written.
    private static readonly Duration Grace = Duration.FromMinutes(2);

    /// <summary>Registers that count in settlement.</summary>
    public IReadOnlyList<RegisterDay> Settled => Registers.Where(register => register.Role == SettlementRole.Settlement).ToList();

    /// <summary>State of each slot over the given registers.</summary>
    /// <param name="acknowledged">Records above this sequence wait for the hub.</param>
    public IReadOnlyList<SlotState> States(IReadOnlyList<RegisterDay> registers, Instant now, long acknowledged)
    {
        var states = new SlotState[Slots.Count];
        foreach (var register in registers)
        {
            var totals = register.Slots.ToDictionary(slot => slot.Slot);
            for (int i = 0; i < states.Length; i++)
            {
                var slot = Slots[i];
                var state = totals.TryGetValue(slot, out var total) ? StateOf(total, acknowledged)
                    : slot.Start >= register.Since && slot.End + Grace <= now ? SlotState.Missing : SlotState.Open;
                if (state > states[i]) states[i] = state;
            }
        }

        return states;
    }

    private static SlotState StateOf(SlotTotal total, long acknowledged) =>
        total.Sequence > acknowledged ? SlotState.Waiting
        : total.Quality == Quality.Measured ? SlotState.Measured
        : SlotState.Interpolated;
}

/// <summary>Keeps the day as long as no record was added, so that open pages do not read the store twice a second.</summary>
internal sealed class DayCache(IIntervalSource source, IGatewayInfo gateway) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private (LocalDate Day, ulong Epoch, long NextSequence, DayView View)? kept;

    public async ValueTask<DayView> ReadAsync(LocalDate day, SyncStatus sync, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (kept is not { } last || (last.Day, last.Epoch, last.NextSequence) != (day, sync.Epoch.Value, sync.NextSequence))
                kept = last = (day, sync.Epoch.Value, sync.NextSequence, await LoadAsync(source, day, gateway.Zone, cancellationToken));
            return last.View;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Reads any day from the store.</summary>
    public static async ValueTask<DayView> LoadAsync(IIntervalSource source, LocalDate day, DateTimeZone zone, CancellationToken cancellationToken)
    {
        var slots = QuarterHour.OfDay(day, zone);
        return new DayView(day, slots, await source.ReadAsync(slots, cancellationToken));
    }

    public void Dispose() => gate.Dispose();
}
