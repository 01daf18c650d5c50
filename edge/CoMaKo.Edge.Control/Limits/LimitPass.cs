using System.Collections.Immutable;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Applies all limits, strictest rank first, and notes what each one took away. Belongs to the control cycle; not safe for several threads.</summary>
public sealed class LimitPass
{
    private readonly LimitSettings settings;
    private readonly ImmutableArray<ILimit> limits;
    private readonly ReserveLimit reserve;
    private readonly PvOutputRule pvOutput;
    private readonly SoCWatch socWatch;
    private readonly Dictionary<string, LimitSince> since = [];

    /// <param name="memory">Of the earlier run.</param>
    /// <exception cref="ArgumentException">A battery's rating does not contain 0 W.</exception>
    public LimitPass(LimitSettings settings, LimitMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Batteries.Any(b => !b.Rated.Contains(Power.Zero))) throw new ArgumentException("A battery's rating contains 0 W.", nameof(settings));
        this.settings = settings;
        (reserve, pvOutput, socWatch) = (new(settings), new(settings), new(settings));
        limits =
        [
            new RatingLimit(settings), new TemperatureLimit(settings), new SoCLimit(settings), new TechnicianLimit(),
            // What concerns some batteries comes before what concerns all: the rest then knows what is left to share.
            new DimLimit(settings), new UnbalanceLimit(settings), new FuseLimit(settings), new FeedInLimit(settings), reserve,
            new ExportContractLimit(settings), new ImportContractLimit(settings), new GridChargeLimit(settings), new ExportPriceLimit(), new HubLimit(),
        ];
        Recall(memory ?? LimitMemory.Empty);
    }

    /// <summary>What is allowed now. The same image again gives the same.</summary>
    /// <param name="image">With the batteries and loads of the settings, in their order.</param>
    public LimitOutcome Run(ControlImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Batteries.Length != settings.Batteries.Length || image.Loads.Length != settings.Loads.Length)
            throw new ArgumentException("The image has the batteries and loads of the settings.", nameof(image));
        var now = socWatch.Check(ImageCheck.Clean(image));
        var allowed = new AllowedRanges([.. settings.Batteries.Select(b => b.Rated)], [.. settings.Loads.Select(l => l.Rated)], null, null, null, []);
        var trace = ImmutableArray.CreateBuilder<LimitTrace>(limits.Length);
        foreach (var limit in limits)
        {
            if (limit.Rank == LimitRank.GridOperator && trace[^1].Rank < LimitRank.GridOperator) allowed = allowed with { Preferred = reserve.Apply(allowed, now).Allowed.Batteries };
            var result = limit.Apply(allowed, now);
            bool isConflict = result.Allowed.Conflicts.Length > allowed.Conflicts.Length;
            trace.Add(new(limit.Name, limit.Rank, result.State, Since(limit.Name, result.State, now.At), allowed, result.Allowed, isConflict));
            allowed = result.Allowed;
        }

        return new(now, pvOutput.Apply(allowed, now), trace.MoveToImmutable());
    }

    /// <summary>What has to survive a restart, as of the last run.</summary>
    public LimitMemory Remember()
    {
        var memory = pvOutput.Remember(new LimitMemory { Since = since.ToImmutableDictionary() });
        foreach (var limit in limits) if (limit is IRemembers one) memory = one.Remember(memory);
        return memory;
    }

    private void Recall(LimitMemory memory)
    {
        foreach (var limit in limits) if (limit is IRemembers one) one.Recall(memory);
        pvOutput.Recall(memory);
        foreach (var (name, known) in memory.Since) since[name] = known;
    }

    private Instant Since(string name, LimitState state, Instant now)
    {
        string key = FormattableString.Invariant($"{state.Kind} {state.Source} {state.Detail}");
        if (!since.TryGetValue(name, out var known) || known.Key != key) since[name] = known = new(key, state.SourceSince ?? now);
        return known.At;
    }
}

/// <summary>What came out of one pass.</summary>
/// <param name="Image">The image without values that cannot be true; what follows in the cycle uses this one.</param>
/// <param name="Trace">One row per limit in rank order; the first starts from the ratings.</param>
public sealed record LimitOutcome(ControlImage Image, AllowedRanges Allowed, ImmutableArray<LimitTrace> Trace);

/// <summary>What one limit made of what the ones before it had left.</summary>
/// <param name="Since">Since when it stands as it stands.</param>
/// <param name="IsConflict">It could not be kept beside a stricter-ranked one.</param>
public sealed record LimitTrace(string Name, LimitRank Rank, LimitState State, Instant Since, AllowedRanges Before, AllowedRanges After, bool IsConflict)
{
    /// <summary>Whether it took anything away.</summary>
    public bool HasEffect =>
        Before.GridImport != After.GridImport || Before.GridExport != After.GridExport || !Before.Batteries.AsSpan().SequenceEqual(After.Batteries.AsSpan())
        || !Before.Loads.AsSpan().SequenceEqual(After.Loads.AsSpan()) || !Before.Following.AsSpan().SequenceEqual(After.Following.AsSpan());
}
