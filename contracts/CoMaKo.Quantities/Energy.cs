namespace CoMaKo.Quantities;

/// <summary>Energy in whole watt hours, as used at slot borders and everywhere after them.</summary>
public readonly record struct Energy(long WattHours) : IComparable<Energy>
{
    public static readonly Energy Zero;

    /// <summary>Floors an exact register value once; differences of floored totals telescope.</summary>
    /// <param name="wattHours">Register value in Wh, already multiplied by the CT factor.</param>
    /// <exception cref="OverflowException">The value does not fit into 64 bits of Wh.</exception>
    public static Energy Floor(decimal wattHours) => new(decimal.ToInt64(decimal.Floor(wattHours)));

    public static Energy operator +(Energy left, Energy right) => new(checked(left.WattHours + right.WattHours));

    public static Energy operator -(Energy left, Energy right) => new(checked(left.WattHours - right.WattHours));

    public static bool operator <(Energy left, Energy right) => left.WattHours < right.WattHours;

    public static bool operator >(Energy left, Energy right) => left.WattHours > right.WattHours;

    public static bool operator <=(Energy left, Energy right) => left.WattHours <= right.WattHours;

    public static bool operator >=(Energy left, Energy right) => left.WattHours >= right.WattHours;

    public int CompareTo(Energy other) => WattHours.CompareTo(other.WattHours);

    public override string ToString() => FormattableString.Invariant($"{WattHours} Wh");
}
