using System.Globalization;
using System.Xml.Linq;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>The household series and the day-ahead prices beside the checkout, on half hours (dispatch-optimisation §7).</summary>
internal sealed class Household
{
    public const int SlotSeconds = LoopSeries.SlotSeconds;

    private const int SlotsPerDay = LoopSeries.SlotsPerDay;

    private Household(long begin, double?[] load, double[] pv, double[] spot) => (Begin, Load, Pv, Spot) = (begin, load, pv, spot);

    public static string SeriesFile => Path.Combine(Repository.Shared, "data", "timeseries", "load-pv", "household_fr_load_pv_30min_2024-03_2024-08.csv");

    private static string Prices => Path.Combine(Repository.Shared, "data", "timeseries", "entsoe", "A44_DE-LU_2026-02-02_2026-02-03_PT15M_two-sequences.xml");

    /// <summary>Unix seconds of the first slot.</summary>
    public long Begin { get; }

    /// <summary>kW; absent where not measured.</summary>
    public double?[] Load { get; }

    /// <summary>kW; nothing at night.</summary>
    public double[] Pv { get; }

    /// <summary>Two days of day-ahead prices, EUR/MWh, half hours.</summary>
    public double[] Spot { get; }

    /// <param name="file">Another series of the same form; absent: the one beside the checkout.</param>
    public static Household Read(string? file = null)
    {
        string[][] rows = [.. File.ReadLines(file ?? SeriesFile).Skip(1).Select(line => line.Split(','))];
        long begin = DateTimeOffset.ParseExact(rows[0][0], "yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds();
        return new(begin, [.. rows.Select(r => Kilowatts(r[1]))], [.. rows.Select(r => Math.Max(0, Kilowatts(r[2]) ?? 0))], ReadPrices());
    }

    /// <summary>With the two days' prices repeated.</summary>
    /// <param name="spread">Factor of the prices' deviation from their mean.</param>
    public LoopSeries With(double spread, double pvScale) => With(Import(spread, LoopSeries.PricesBeyond), pvScale);

    /// <param name="import">EUR/kWh.</param>
    public LoopSeries With(double[] import, double pvScale) => new(Begin, Load, FilledLoad(), [.. Pv.Select(p => p * pvScale)], import);

    public int IndexOf(DateTimeOffset at) => (int)((at.ToUnixTimeSeconds() - Begin) / SlotSeconds);

    /// <summary>What the household drew, with gaps filled from the week, else the day before: somebody has to have drawn something.</summary>
    private double[] FilledLoad()
    {
        double[] filled = [.. Load.Select(l => l ?? double.NaN)];
        double mean = Load.OfType<double>().Average();
        for (int i = 0; i < filled.Length; i++)
            if (double.IsNaN(filled[i])) filled[i] = i >= 7 * SlotsPerDay ? filled[i - 7 * SlotsPerDay] : i >= SlotsPerDay ? filled[i - SlotsPerDay] : mean;
        return filled;
    }

    /// <summary>Retail prices, EUR/kWh: 18 ct and the two days repeated, their deviation from the mean multiplied.</summary>
    private double[] Import(double spread, int more)
    {
        double mean = Spot.Average();
        int first = IndexOf(new DateTimeOffset(2024, 2, 28, 23, 0, 0, TimeSpan.Zero)) - SlotsPerDay;
        return [.. Enumerable.Range(0, Load.Length + more).Select(i => (18 + (mean + (Spot[Modulo(i - first, Spot.Length)] - mean) * spread) / 10) / 100)];
    }

    private static int Modulo(int value, int by) => ((value % by) + by) % by;

    private static double? Kilowatts(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture) / 1000;

    /// <summary>Two days of day-ahead prices from midnight in Berlin on, EUR/MWh, half hours.</summary>
    private static double[] ReadPrices()
    {
        double[] quarters = QuarterPrices();
        return [.. Enumerable.Range(0, quarters.Length / 2).Select(i => (quarters[2 * i] + quarters[2 * i + 1]) / 2)];
    }

    /// <summary>The same in quarter hours. Sequence 1; a position that is left out repeats the one before it (curve type A03).</summary>
    public static double[] QuarterPrices()
    {
        var root = XDocument.Load(Prices).Root!;
        var ns = root.Name.Namespace;
        var days = root.Elements(ns + "TimeSeries")
            .Where(s => s.Element(ns + "classificationSequence_AttributeInstanceComponent.position")?.Value == "1")
            .SelectMany(s => s.Elements(ns + "Period")).OrderBy(p => p.Element(ns + "timeInterval")!.Element(ns + "start")!.Value, StringComparer.Ordinal);
        return [.. days.SelectMany(day => Filled(day, ns))];
    }

    private static IEnumerable<double> Filled(XElement day, XNamespace ns)
    {
        var points = day.Elements(ns + "Point").ToDictionary(
            p => int.Parse(p.Element(ns + "position")!.Value, CultureInfo.InvariantCulture), p => double.Parse(p.Element(ns + "price.amount")!.Value, CultureInfo.InvariantCulture));
        double last = points[1];
        for (int i = 1; i <= 96; i++) yield return last = points.GetValueOrDefault(i, last);
    }
}
