using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Benchmarks.Settlement;

/// <summary>
/// Settles a month of 10 000 members (8 500 consume, 1 000 do both, 500 generate) on one core, from day rows in the hub's stored form to lines, input hash and
/// the hash of the canonical result. In each slot of the day generation is short, so that every slot is split over all members.
/// </summary>
internal static class SettlementBenchmark
{
    private const int Turns = 3;
    private const double BoundSeconds = 3;
    private const double BoundMegabytes = 512;
    private static readonly LocalDate From = new(2026, 10, 1);
    private static readonly LocalDate To = new(2026, 11, 1);

    public static int Run(string[] arguments)
    {
        int members = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        if (OperatingSystem.IsLinux()) Process.GetCurrentProcess().ProcessorAffinity = 1;
        SettlementPoint[] points = [.. Enumerable.Range(0, members).Select(i => new SettlementPoint($"ZP{i:00000}", i % 20 == 0 ? PointDirections.Generation : i % 10 == 1 ? PointDirections.Both : PointDirections.Consumption))];
        var rows = StoredRows(points);
        foreach (var method in Enum.GetValues<AllocationMethod>())
        {
            var terms = Terms(points, method);
            double best = double.MaxValue;
            long slots = 0;
            for (int turn = 0; turn < Turns; turn++)
            {
                GC.Collect(); // the turn before left its result
                double start = CpuSeconds();
                var result = SettlementRun.Settle(terms, From, To, Days(rows));
                _ = SettlementJson.Hash(result);
                best = Math.Min(best, CpuSeconds() - start);
                slots = result.SettledSlots;
            }

            new Figure($"settlement.month.{method}", Math.Round(best, 3), "CPU s", BoundSeconds, Math.Round(best / BoundSeconds, 2)).Print();
            new Figure($"settlement.values.{method}", Math.Round(slots * members * 1.1 / best / 1e6, 1), "million values/CPU s").Print();
        }

        double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        new Figure("settlement.memory.peak", Math.Round(peak), "MB", BoundMegabytes, Math.Round(peak / BoundMegabytes, 2)).Print();
        return 0;
    }

    /// <summary>Of this process alone, so that other work on the machine does not count.</summary>
    private static double CpuSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private static GroupTerms Terms(SettlementPoint[] points, AllocationMethod method)
    {
        string[] consumers = [.. points.Where(point => point.Directions.HasFlag(PointDirections.Consumption)).Select(point => point.Id)];
        var key = KeyVersion.Equal(null, method, consumers);
        if (method == AllocationMethod.Ranked) key = key with { Weights = consumers.Select((id, i) => (id, i)).ToDictionary(each => each.id, each => 1L + each.i % 3) };
        return new GroupTerms("BK", points, [.. points.Select(point => new Membership(point.Id, From))], [key], [new PriceVersion(null, 100_000, 2_500, 60_000)]);
    }

    private static IEnumerable<DayCurves> Days(List<(LocalDate Day, List<(string Point, EnergyDirection Direction, byte[] Wh)> Rows)> stored)
    {
        byte[] measured = [.. Enumerable.Repeat((byte)ValueStatus.Measured, 100)];
        var buffer = new DayBuffer();
        foreach (var (day, rows) in stored)
        {
            buffer.Begin(day);
            foreach (var (point, direction, wh) in rows) buffer.Add(point, direction, wh, measured.AsSpan(0, wh.Length / sizeof(int)));
            yield return buffer.Curves;
        }
    }

    private static List<(LocalDate Day, List<(string Point, EnergyDirection Direction, byte[] Wh)> Rows)> StoredRows(SettlementPoint[] points)
    {
        var random = new Random(1);
        var days = new List<(LocalDate, List<(string, EnergyDirection, byte[])>)>();
        for (var day = From; day < To; day = day.PlusDays(1))
        {
            int slots = MarketDay.Slots(MarketDay.Number(day)).Count;
            var rows = new List<(string, EnergyDirection, byte[])>();
            foreach (var point in points)
            {
                if (point.Directions.HasFlag(PointDirections.Consumption)) rows.Add((point.Id, EnergyDirection.Consumption, Packed(slots, _ => 20 + random.Next(300))));
                if (point.Directions.HasFlag(PointDirections.Generation)) rows.Add((point.Id, EnergyDirection.Generation, Packed(slots, _ => random.Next(1600))));
            }

            days.Add((day, rows));
        }

        return days;
    }

    private static byte[] Packed(int slots, Func<int, int> wh)
    {
        byte[] packed = new byte[slots * sizeof(int)];
        for (int i = 0; i < slots; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), wh(i));
        return packed;
    }
}
