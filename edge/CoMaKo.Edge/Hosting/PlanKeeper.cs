using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>The plan that is followed, and what became of it.</summary>
internal sealed class PlanKeeper : IPlanSource, IWishSource
{
    private readonly IReadOnlyList<ForecastScore> scores = [];
    private readonly IReadOnlyList<SavingsDay> savings = [];

    public string Name => "plan";

    public long Revision => 0;

    public PlanHead? Head { get; private set; }

    public IReadOnlyList<ForecastScore> Scores => scores;

    public WishAnswer WishFor(ControlImage now) => WishAnswer.Nothing(Causes.NoPlan);

    public Reason? ReasonNow(DispatcherStatus now) => Head is null ? null : new(now.Mode.ToString(), []);

    public IReadOnlyList<SavingsDay> Savings(LocalDate from, LocalDate to) => [.. savings.Where(s => s.Day >= from && s.Day < to)];

    public ValueTask<IReadOnlyList<PlanSlot>> ReadAsync(QuarterHour from, QuarterHour to, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<PlanSlot>>([]);
}
