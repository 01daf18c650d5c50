using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>What a closed loop runs on: half hours in UTC.</summary>
/// <param name="Begin">Unix seconds of the first slot.</param>
/// <param name="Measured">Load as the history gets it, kW; absent where not measured.</param>
/// <param name="Load">What was really drawn, kW.</param>
/// <param name="Pv">kW.</param>
/// <param name="Import">EUR/kWh, <see cref="PricesBeyond"/> slots longer.</param>
internal sealed record LoopSeries(long Begin, double?[] Measured, double[] Load, double[] Pv, double[] Import)
{
    public const int SlotSeconds = 1800, SlotsPerDay = 48;

    /// <summary>Prices reach further than what is measured: a plan looks ahead.</summary>
    public const int PricesBeyond = 400;

    public DateTimeOffset End => DateTimeOffset.FromUnixTimeSeconds(Begin + (long)Load.Length * SlotSeconds);

    public int IndexOf(DateTimeOffset at) => (int)((at.ToUnixTimeSeconds() - Begin) / SlotSeconds);
}

/// <summary>Somebody who checks a closed loop while it runs.</summary>
internal interface ILoopWitness
{
    /// <param name="after">Cost to go at the slot's end; valid during the call.</param>
    /// <param name="power">Of the battery that is driven, kW, + discharge.</param>
    void Add(PlanningStep step, ValueFunction after, double power);

    /// <param name="costs">Of the drivers on this day, EUR.</param>
    /// <param name="driven">Of the battery that was driven.</param>
    /// <param name="worth">EUR of a stored kWh.</param>
    /// <param name="chosen">Number of the driver of the next day.</param>
    void EndDay(double[] costs, double driven, double worth, int chosen);
}

/// <summary>Days of a closed loop one after another. Shares are in percent of what perfect foresight saves against no battery.</summary>
internal sealed record LoopResult(IReadOnlyList<LoopDay> Days)
{
    private const int Block = 30;

    /// <summary>What perfect foresight saves, EUR.</summary>
    public double Saving => Days.Sum(day => day.Without - day.Perfect);

    public double Share => 100 * Days.Sum(day => day.Without - day.Driven) / Saving;

    /// <summary>Share that self-consumption saves.</summary>
    public double Rule => 100 * Days.Sum(day => day.Without - day.Rule) / Saving;

    /// <summary>The worst 30 days against the rule (all days of a shorter window), in points of the average saving in so many days.</summary>
    public double WorstBlock
    {
        get
        {
            int block = Math.Min(Block, Days.Count);
            double worst = Enumerable.Range(0, Days.Count - block + 1).Min(first => Days.Skip(first).Take(block).Sum(day => day.Rule - day.Driven));
            return 100 * worst / (Saving / Days.Count * block);
        }
    }

    /// <summary>A part, e.g. a month.</summary>
    public LoopResult Where(Func<LoopDay, bool> isPart) => new([.. Days.Where(isPart)]);
}

/// <summary>Costs of one day, EUR, what the battery holds more than in the morning valued alike for all.</summary>
/// <param name="At">A moment of it.</param>
internal sealed record LoopDay(DateTimeOffset At, double Without, double Driven, double Rule, double Perfect);
