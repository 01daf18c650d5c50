using System.Collections.Immutable;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;
using InstantPattern = NodaTime.Text.InstantPattern;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// Writes down each call of the grid operator: receipt, powers before, the writes that followed, every minute while it lasts and five minutes after, and its end
/// (local-control §6.1). Another value or another source is another event. Time runs on the image's clocks alone.
/// </summary>
internal sealed class GridEventRecorder(IGridEventLog log, GridEventMemory? memory = null)
{
    private static readonly Duration After = Duration.FromMinutes(5), Settled = Duration.FromSeconds(1);
    private static readonly InstantPattern Stamp = InstantPattern.CreateWithInvariantCulture("uuuuMMdd'T'HHmmss.fff'Z'");
    private static readonly Dictionary<string, GridEventKind> Kinds = new(StringComparer.Ordinal) { ["dim-14a"] = GridEventKind.Dim, ["eeg-9"] = GridEventKind.FeedIn };

    private readonly List<Track> tracks = [.. (memory ?? GridEventMemory.Empty).Open.Select(open => new Track(open) { IsFromBefore = true })];
    private readonly GridEventPowers powers = new();
    private Instant? minute;

    public GridEventMemory Memory => new([.. tracks.Select(t => t.Open)]);

    /// <summary>One cycle.</summary>
    /// <param name="confirmations">Writes that devices took since the last cycle.</param>
    /// <param name="isQuiet">No write is under way.</param>
    public void Observe(LimitOutcome outcome, ImmutableArray<Confirmation> confirmations, bool isQuiet)
    {
        var now = outcome.Image;
        var present = GridEventPowers.Of(now);
        if (tracks.Count > 0) Minute(now.At, present);
        foreach (var trace in outcome.Trace)
        {
            if (Kinds.TryGetValue(trace.Name, out var kind)) Follow(kind, trace, now, present);
        }

        foreach (var track in tracks) Written(track, now, confirmations, isQuiet);
        tracks.RemoveAll(t => t.Open.Ended is { } ended && now.At - ended >= After);
    }

    private void Follow(GridEventKind kind, LimitTrace trace, ControlImage now, ImmutableArray<DevicePower> present)
    {
        // The rule that always holds is no call.
        bool isCall = trace.State.Kind != LimitKind.Idle && trace.State.Source != LimitSource.FeedInRule;
        string key = isCall ? FormattableString.Invariant($"{trace.State.Kind} {trace.State.Source} {trace.State.Detail} {trace.State.Value?.Milliwatts}") : "";
        foreach (var track in tracks)
        {
            if (track.Open.Kind == kind && track.Open.Ended is null && track.Open.Key != key) End(track, now.At, present);
        }

        if (!isCall) return;
        var running = tracks.Find(t => t.Open.Kind == kind && t.Open.Ended is null);
        if (running is { IsFromBefore: false }) return;
        bool isResumed = running is not null;
        running ??= Begin(kind, key, trace);
        (running.IsFromBefore, running.BegunAt) = (false, now.Monotonic);
        var open = running.Open;
        log.Append(new GridEventBegan(open.Event, isResumed ? now.At : open.Received, kind, open.Origin, open.Source, open.Limit, present, isResumed));
    }

    private Track Begin(GridEventKind kind, string key, LimitTrace trace)
    {
        var origin = trace.State switch
        {
            { Kind: LimitKind.Failsafe } => GridEventOrigin.Failsafe,
            { Source: LimitSource.DimDirective or LimitSource.FeedInDirective } => GridEventOrigin.Directive,
            _ => GridEventOrigin.Relay,
        };
        string prefix = kind == GridEventKind.Dim ? "dim" : "feed-in";
        string id = FormattableString.Invariant($"{prefix}-{Stamp.Format(trace.Since)}");
        // Two contacts may change in one millisecond.
        for (int twin = 2; tracks.Exists(t => t.Open.Event == id); twin++) id = FormattableString.Invariant($"{prefix}-{Stamp.Format(trace.Since)}-{twin}");
        var track = new Track(new(id, key, kind, origin, trace.State.Detail ?? trace.State.Source.ToString(), trace.State.Value ?? Power.Zero, trace.Since, null));
        tracks.Add(track);
        return track;
    }

    private void End(Track track, Instant at, ImmutableArray<DevicePower> present)
    {
        log.Append(new GridEventEnded(track.Open.Event, at, present, IsObserved: !track.IsFromBefore));
        track.Open = track.Open with { Ended = at };
    }

    private static readonly Duration LongestMinute = Duration.FromMinutes(2);

    private void Minute(Instant now, ImmutableArray<DevicePower> present)
    {
        var start = Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
        minute ??= start;
        if (start != minute)
        {
            // A stepped clock ends the minute as well; what came together is not spread over the step.
            var means = powers.TakeMeans();
            bool isOne = start > minute && start - minute.Value < LongestMinute;
            foreach (var track in tracks) log.Append(new GridEventMinute(track.Open.Event, isOne ? minute.Value : start, means, track.Open.Ended is not null));
            minute = start;
        }

        powers.Add(present);
    }

    private void Written(Track track, ControlImage now, ImmutableArray<Confirmation> confirmations, bool isQuiet)
    {
        if (track.Open.Ended is not null || track.AllWritten || track.BegunAt is not { } begun) return;
        foreach (var one in confirmations)
        {
            if (one.At < begun || one.Range is null) continue;
            track.Last = one;
            if (track.FirstWritten) continue;
            track.FirstWritten = true;
            log.Append(new GridEventWritten(track.Open.Event, Wall(now, one.At), one.Device.Value, IsAll: false));
        }

        if (!isQuiet || now.Monotonic - begun < Settled) return;
        track.AllWritten = true;
        if (track.Last is { } last) log.Append(new GridEventWritten(track.Open.Event, Wall(now, last.At), last.Device.Value, IsAll: true));
    }

    private static Instant Wall(ControlImage now, Duration monotonic) => now.At - (now.Monotonic - monotonic);

    private sealed class Track(OpenGridEvent open)
    {
        public OpenGridEvent Open = open;
        public bool IsFromBefore;
        public Duration? BegunAt;
        public bool FirstWritten;
        public bool AllWritten;
        public Confirmation? Last;
    }
}
