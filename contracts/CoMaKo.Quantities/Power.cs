namespace CoMaKo.Quantities;

/// <summary>Electric power in whole milliwatts. Positive means towards the building: grid import, PV production, battery discharge.</summary>
public readonly record struct Power(long Milliwatts) : IComparable<Power>
{
    /// <summary>A measured zero; not a missing value.</summary>
    public static readonly Power Zero;

    /// <summary>Exact conversion from watts; digits below one milliwatt are rounded half to even.</summary>
    /// <exception cref="OverflowException">The value does not fit into 64 bits of milliwatts.</exception>
    public static Power FromWatts(decimal watts) => new(decimal.ToInt64(decimal.Round(watts * 1000m)));

    /// <summary>The same power in watts, exact.</summary>
    public decimal Watts => Milliwatts / 1000m;

    public static Power operator +(Power left, Power right) => new(checked(left.Milliwatts + right.Milliwatts));

    public static Power operator -(Power left, Power right) => new(checked(left.Milliwatts - right.Milliwatts));

    public static Power operator -(Power value) => new(checked(-value.Milliwatts));

    public static bool operator <(Power left, Power right) => left.Milliwatts < right.Milliwatts;

    public static bool operator >(Power left, Power right) => left.Milliwatts > right.Milliwatts;

    public static bool operator <=(Power left, Power right) => left.Milliwatts <= right.Milliwatts;

    public static bool operator >=(Power left, Power right) => left.Milliwatts >= right.Milliwatts;

    public int CompareTo(Power other) => Milliwatts.CompareTo(other.Milliwatts);

    public override string ToString() => FormattableString.Invariant($"{Watts} W");
}
