namespace CoMaKo.Settlement.Runs;

/// <summary>From energy and price to cents: exact until the one rounding.</summary>
public static class Money
{
    /// <summary>Wh × 1/10 000 ct per kWh make this many of a cent.</summary>
    public const long PartsPerCent = 10_000_000;

    /// <summary>Rounds once, half away from zero.</summary>
    /// <param name="parts">Σ Wh × price, see <see cref="PartsPerCent"/>.</param>
    /// <exception cref="OverflowException">Does not fit into 64 bits.</exception>
    public static long Cents(Int128 parts)
    {
        Int128 size = parts < 0 ? -parts : parts;
        long cents = checked((long)((size + PartsPerCent / 2) / PartsPerCent));
        return parts < 0 ? -cents : cents;
    }

    /// <summary>The amount in EUR with two decimals.</summary>
    public static decimal Eur(long cents) => cents * 0.01m;

    /// <summary>The exact amount in EUR, before any rounding.</summary>
    public static decimal ExactEur(Int128 parts) => (decimal)parts / (100m * PartsPerCent);
}
