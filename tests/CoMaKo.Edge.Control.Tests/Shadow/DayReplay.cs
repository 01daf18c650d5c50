using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Shadow;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>Gives each day of a closed loop to the daily comparison as a measured one: it must come to the same costs and the same driver as the loop, which reckons slot by slot.</summary>
internal sealed class DayReplay(BatteryModel battery, double[] tolerances, LocalDate first) : IPastSlots, ILoopWitness
{
    private readonly List<(PlanningStep Step, ValueFunction After, double Power)> slots = [];
    private readonly ShadowRun run = new(battery, tolerances);
    private ShadowAccount account = new(tolerances.Length);
    private LocalDate day = first;

    public Penalties Penalties => default;

    public void Add(PlanningStep step, ValueFunction after, double power)
    {
        var kept = new ValueFunction();
        kept.Set(after.View);
        slots.Add((step, kept, power));
    }

    public void EndDay(double[] costs, double driven, double worth, int chosen)
    {
        double[] stored = account.Morning(day, battery.E0);
        var scored = run.Score([.. slots.Select(s => new ShadowSlot(s.Step.NetLoad, s.Step.NetLoad - s.Power, s.Power))], this, stored, null, worth);
        for (int d = 0; d < costs.Length; d++) Assert.Equal(costs[d], scored.Drivers[d], 1e-9);
        Assert.Equal(driven, scored.Driven, 1e-9);
        account = new(costs.Length, account.Memory); // as after a restart
        account.EndDay(day, scored, stored, slots.Count, 0, isPlanned: true);
        Assert.Equal(chosen, account.Driver);
        day = day.PlusDays(1);
        slots.Clear();
    }

    public PlanningStep Step(int slot, double stored) => slots[slot].Step;

    public ValueFunction After(int slot) => slots[slot].After;
}
