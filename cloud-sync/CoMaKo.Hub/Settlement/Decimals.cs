using System.Globalization;

namespace CoMaKo.Hub.Settlement;

/// <summary>Whole Wh and prices as the decimal numbers of the REST interface, which never pass through a binary fraction.</summary>
internal static class Decimals
{
    /// <summary>Always three decimals.</summary>
    public static decimal Kwh(long wh) => wh * 0.001m;

    /// <summary>Up to four decimals.</summary>
    /// <param name="price">1/10 000 ct per kWh.</param>
    public static decimal CentPerKwh(long price) => decimal.Parse((price / 10_000m).ToString("0.####", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
