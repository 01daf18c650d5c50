using System.Runtime.CompilerServices;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>The penalty on stored energy outside the battery's window and a step's goals: a convex function whose slope rises at up to four edges.</summary>
internal struct WindowPenalty
{
    private const int MaxEdges = 4;

    private FourEdges places;
    private FourEdges rises;
    private double firstValue;

    /// <param name="storedMin">Goal at the end of the step, kWh.</param>
    /// <param name="storedMax">Likewise, from above.</param>
    /// <param name="capacity">Greatest stored energy that can occur, kWh; edges there and beyond, or at 0, do nothing.</param>
    /// <param name="isHard">The window is kept otherwise: only goals count.</param>
    public WindowPenalty(BatteryModel battery, double storedMin, double storedMax, in Penalties penalties, double capacity, bool isHard)
    {
        if (!isHard) AddFloor(Math.Min(battery.EMin, capacity), penalties.Window);
        if (storedMin > battery.EMin) AddFloor(Math.Min(storedMin, capacity), penalties.Goal);
        if (battery.EMax < capacity && !isHard) AddCeiling(battery.EMax, penalties.Window);
        if (storedMax < Math.Min(battery.EMax, capacity)) AddCeiling(Math.Max(0, storedMax), penalties.Goal);
    }

    public int Count { get; private set; }

    /// <summary>Whether a bound from above counts.</summary>
    public bool HasCeiling { get; private set; }

    /// <summary>Slope for an empty battery, EUR/kWh.</summary>
    public double FirstSlope { get; private set; }

    /// <summary>Stored energy, kWh, at which the slope rises; infinite behind the last.</summary>
    public readonly double PlaceOf(int edge) => edge < Count ? places[edge] : double.PositiveInfinity;

    public readonly double RiseAt(int edge) => rises[edge];

    /// <summary>Penalty, EUR.</summary>
    public readonly double At(double stored)
    {
        double penalty = firstValue + FirstSlope * stored;
        for (int i = 0; i < Count; i++) penalty += rises[i] * Math.Max(0, stored - places[i]);
        return penalty;
    }

    private void AddCeiling(double place, double rise)
    {
        HasCeiling = true;
        AddEdge(place, rise);
    }

    private void AddFloor(double place, double rise)
    {
        if (place <= 0) return;
        FirstSlope -= rise;
        firstValue += rise * place;
        AddEdge(place, rise);
    }

    private void AddEdge(double place, double rise)
    {
        int at = Count++;
        for (; at > 0 && places[at - 1] > place; at--) (places[at], rises[at]) = (places[at - 1], rises[at - 1]);
        (places[at], rises[at]) = (place, rise);
    }

    [InlineArray(MaxEdges)]
    private struct FourEdges
    {
        private double first;
    }
}
