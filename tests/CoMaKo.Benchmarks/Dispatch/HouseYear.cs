using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Tests.Shadow;
using NodaTime;

namespace CoMaKo.Benchmarks.Dispatch;

/// <summary>A year of a household that never was: habits, cooking, machines, absences, a heat pump in some, and PV under drawn weather. Half hours in UTC.</summary>
internal static class HouseYear
{
    private static readonly Site Site = new(48.8, 6.9);

    /// <param name="begin">First day; 30 more days before it are history.</param>
    /// <param name="spread">Factor of the prices' deviation from their mean.</param>
    public static LoopSeries Draw(DateTimeOffset begin, int days, double spread, int seed)
    {
        long first = begin.AddDays(-30).ToUnixTimeSeconds();
        int slots = (days + 30) * LoopSeries.SlotsPerDay;
        var chance = new Chance(seed);
        double[] load = Load(first, slots, chance), pv = Pv(first, slots, chance);
        return new(first, [.. load.Select(l => (double?)l)], load, pv, PriceYear.Import(first, slots + LoopSeries.PricesBeyond, LoopSeries.SlotSeconds, spread, seed + 1000));
    }

    private static double[] Load(long first, int slots, Chance chance)
    {
        double basis = 0.12 + 0.2 * chance.Next(), people = 0.5 + 1.2 * chance.Next(), heating = chance.Next() < 0.4 ? 1.5 : 0.2;
        double[] load = new double[slots];
        (bool away, double cold) = (false, 0);
        for (int day = 0; day < slots / LoopSeries.SlotsPerDay; day++)
        {
            var date = DateTimeOffset.FromUnixTimeSeconds(first + day * 86_400L);
            double season = PriceYear.Season(date);
            bool weekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            away = chance.Next() < (away ? 0.85 : 0.015);
            cold = 0.7 * cold + 0.3 * chance.Gauss();
            var today = load.AsSpan(day * LoopSeries.SlotsPerDay, LoopSeries.SlotsPerDay);
            for (int slot = 0; slot < today.Length; slot++)
            {
                double hour = (slot / 2.0 + 1) % 24;
                double habits = (weekend ? 0.5 : 0.35) * PriceYear.Hump(hour, weekend ? 9.5 : 7, 1.2) + (weekend ? 0.5 : 0.15) * PriceYear.Hump(hour, 13, 1.5) + 0.6 * PriceYear.Hump(hour, 19.5, 2);
                double heat = heating * Math.Max(0, 0.3 + 0.7 * season + 0.5 * cold) * (0.7 + 0.6 * PriceYear.Hump(hour, 6, 2));
                today[slot] = basis * (0.9 + 0.2 * chance.Next()) + (away ? 0.3 : 1) * heat + (away ? 0 : people * (1 + 0.2 * season) * habits * (0.5 + chance.Next()));
            }

            if (away) continue;
            Run(today, chance, 0.9, 18.5 + chance.Gauss(), 2, 1.5 * people);
            Run(today, chance, weekend ? 0.8 : 0.35, 9 + 8 * chance.Next(), 2, 1.2);
            Run(today, chance, 0.4, 20 + 2 * chance.Next(), 3, 0.9);
        }

        return load;
    }

    /// <summary>A machine or a stove that runs on some days.</summary>
    private static void Run(Span<double> today, Chance chance, double likely, double localHour, int slots, double power)
    {
        if (chance.Next() > likely) return;
        int from = (int)Math.Clamp((localHour - 1) * 2, 0, today.Length - slots);
        for (int k = 0; k < slots; k++) today[from + k] += power * (0.6 + 0.8 * chance.Next()) / (1 + k);
    }

    /// <summary>Days are clear, mixed or dull and tend to stay so; mixed ones change within hours.</summary>
    private static double[] Pv(long first, int slots, Chance chance)
    {
        var planes = new[] { new PvPlane(3 + 4 * chance.Next(), 30, -30 + 60 * chance.Next()) };
        double[] pv = new double[slots];
        (double kind, double passing) = (0.5, 0);
        for (int i = 0; i < slots; i++)
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(first + (long)i * LoopSeries.SlotSeconds);
            if (i % LoopSeries.SlotsPerDay == 0) kind = Math.Clamp(0.5 * kind + 0.5 * (0.55 - 0.2 * PriceYear.Season(at) + 0.45 * chance.Gauss()), 0.08, 1);
            passing = 0.8 * passing + 0.6 * chance.Gauss();
            double clouds = Math.Clamp(kind + 0.9 * kind * (1 - kind) * passing, 0.03, 1.05);
            pv[i] = clouds * ClearSky.MeanPower(Site, planes, Instant.FromDateTimeOffset(at), LoopSeries.SlotSeconds);
        }

        return pv;
    }
}
