using System.Collections.Concurrent;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Records the building's quarter hours, which forecasts live on: the control cycle hands its images over, the planning thread brings what has ended to the disk.
/// What the disk refuses waits in memory and is tried again with the next one.
/// </summary>
internal sealed class SlotRecorder(SqliteControlStore store, bool hasPv)
{
    /// <summary>Days that forecasts look back, and some more.</summary>
    private const int Days = 40;

    /// <summary>Quarter hours of two days: with a disk that refuses for longer, the oldest are given up.</summary>
    private const int MostWaiting = 192;

    private readonly QuarterHourMeans means = new(hasPv);
    private readonly ConcurrentQueue<QuarterHourMean> ended = [];
    private readonly Queue<QuarterHourMean> waiting = [];
    private History? history;

    /// <summary>Something has ended that is not yet recorded. Safe from any thread.</summary>
    public bool HasNew => !ended.IsEmpty;

    /// <summary>Takes one control cycle in; on the cycle's thread.</summary>
    public void Observe(ControlImage now)
    {
        if (means.Add(now) is { } mean) ended.Enqueue(mean);
    }

    /// <summary>Records what has ended; on the planning thread.</summary>
    /// <returns>The building's past.</returns>
    /// <exception cref="StoreException">The disk refuses; the past in memory is complete all the same.</exception>
    public History Record(Instant now)
    {
        var past = history ??= Load(now);
        while (ended.TryDequeue(out var mean))
        {
            past.Add(HistorySlot.Of(mean));
            waiting.Enqueue(mean);
            if (waiting.Count > MostWaiting) waiting.Dequeue();
        }

        while (waiting.TryPeek(out var first))
        {
            store.SetSlot(new(first.Slot, first.Load, first.Pv, first.Grid, first.Battery, first.SoCPercent is { } soc ? (int)Math.Round(soc * 10) : null));
            waiting.Dequeue();
        }

        return past;
    }

    /// <summary>The past as far as it is known; empty before the first <see cref="Record"/>.</summary>
    public History Past => history ?? new(Duration.FromSeconds(QuarterHour.Seconds), Days);

    private History Load(Instant now)
    {
        var past = new History(Duration.FromSeconds(QuarterHour.Seconds), Days);
        foreach (var slot in store.Slots(now - Duration.FromDays(Days), now)) past.Add(HistorySlot.Of(new(slot.Slot, slot.Load, slot.Pv, slot.Grid, slot.Battery, null)));
        return past;
    }
}
