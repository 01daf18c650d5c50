namespace CoMaKo.Settlement.Curves;

/// <summary>Rounds a series of fractions to whole numbers, half away from zero, and carries what was cut off or added into the next one: the sum stays true.</summary>
/// <param name="denominator">Of all fractions, above zero.</param>
internal sealed class CarriedRounding(long denominator)
{
    private Int128 carry;

    /// <summary>The next whole number.</summary>
    /// <param name="numerator">0 or more; then no result is below zero, since less than half is ever carried.</param>
    public long Next(Int128 numerator)
    {
        Int128 exact = numerator + carry;
        Int128 whole = ((exact < 0 ? -exact : exact) * 2 + denominator) / (2 * (Int128)denominator);
        if (exact < 0) whole = -whole;
        carry = exact - whole * denominator;
        return (long)whole;
    }
}
