using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>What a write test commands, one power after another; between the powers 0 W, so that each change stands alone.</summary>
/// <param name="Steps">In order; the first and the last are 0 W.</param>
/// <param name="Judged">Number of the step at whose end it is clear whether the battery obeys at all; without an answer the test ends there.</param>
public sealed record WriteTestPlan(ImmutableArray<TestStep> Steps, int Judged)
{
    private static readonly Duration Base = Duration.FromSeconds(10);
    private static readonly Duration Back = Duration.FromSeconds(16);

    /// <summary>Length of each of the short steps that teach the response (local-control §2.2).</summary>
    private static readonly Duration Short = Duration.FromSeconds(16);

    /// <summary>A first power shows whether the battery obeys, for this long.</summary>
    public static readonly Duration Long = Duration.FromSeconds(30);

    /// <summary>The usual size; twice as much where the load is restless.</summary>
    public static readonly Power Usual = Power.FromWatts(500);

    /// <summary>When all steps are over, counted from the start.</summary>
    public Duration Length => Steps.Aggregate(Duration.Zero, (sum, step) => sum + step.Length);

    /// <summary>All powers of the test.</summary>
    public PowerRange Range => new(Steps.Min(s => s.Power), Steps.Max(s => s.Power));

    /// <summary>One power alone: confirms the direction.</summary>
    /// <param name="power">+ discharge.</param>
    public static WriteTestPlan Direction(Power power, Duration length) =>
        new([new(Power.Zero, Base), new(power, length), new(Power.Zero, Back)], Judged: 1);

    /// <summary>Confirms the direction and learns the response: first one long step, then short ones, as many ways as are allowed.</summary>
    /// <param name="allowed">What the battery may do now.</param>
    /// <param name="size">Of each step, a magnitude.</param>
    /// <param name="spare">What must be allowed beyond the size, so that sun and load may change meanwhile.</param>
    /// <returns>Absent if neither direction is allowed.</returns>
    public static WriteTestPlan? Learning(PowerRange allowed, Power size, Power spare = default)
    {
        List<Power> ways = [];
        if (allowed.Contains(size + spare)) ways.Add(size);
        if (allowed.Contains(-size - spare)) ways.Add(-size);
        if (ways.Count == 0 || !allowed.Contains(Power.Zero)) return null;
        var steps = ImmutableArray.CreateBuilder<TestStep>();
        steps.Add(new(Power.Zero, Base));
        foreach (var power in ways) steps.AddRange(new TestStep(power, Long), new TestStep(Power.Zero, Back));
        for (int n = ways.Count; n < 6; n++) steps.AddRange(new TestStep(ways[n % ways.Count], Short), new TestStep(Power.Zero, Back));
        return new(steps.ToImmutable(), Judged: 1);
    }
}

/// <param name="Power">+ discharge.</param>
/// <param name="Length">From the write that sets it.</param>
public readonly record struct TestStep(Power Power, Duration Length);
