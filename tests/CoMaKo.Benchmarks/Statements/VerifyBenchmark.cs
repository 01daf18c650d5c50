using System.Diagnostics;
using System.Globalization;
using System.Text;
using CoMaKo.Contracts;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Benchmarks.Statements;

/// <summary>
/// Verifies the evidence of a month: one member whose 2 977 totals came in batches of four records, and the values of the others of its group. Then a statement of more than
/// 10 000 lines. Best of five turns, everything from the file's bytes to the comparison of the statement. Exit code 1 above the bound.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Turns = 5;
    private const double BoundSeconds = 0.5;
    private const int LargeMembers = 440;
    private const string Register = "0a01495341000000002a~1-0.1.8.0";
    private const string Own = "p0001";
    private static readonly LocalDate From = new(2026, 10, 1);
    private static readonly LocalDate To = new(2026, 11, 1);

    public static int Run(string[] arguments)
    {
        int members = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100;
        bool isGood = Measure("verify.month", Write(Parts(members, isLarge: false)), BoundSeconds) && Measure("verify.lines", Write(Parts(LargeMembers, isLarge: true)), null);
        return isGood ? 0 : 1;
    }

    /// <summary>Prints the best of some turns.</summary>
    /// <returns>Whether the file verifies and the bound is kept.</returns>
    private static bool Measure(string name, byte[] file, double? bound)
    {
        double best = double.MaxValue, busy = double.MaxValue;
        int lines = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            long start = Stopwatch.GetTimestamp();
            var before = Environment.CpuUsage.TotalTime;
            var result = Verification.Run(file, null);
            busy = Math.Min(busy, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            lines = result.Lines;
            if (result.IsGood && result.ProvedSlots == 31 * 96 + 4) continue;
            Console.Error.WriteLine($"The evidence does not verify: {(result.Findings is [var first, ..] ? first : null)}");
            return false;
        }

        new Figure(name, Math.Round(best, 3), "s", bound, bound is { } seconds ? Math.Round(best / seconds, 2) : null).Print();
        new Figure(name + ".cpu", Math.Round(busy, 3), "s of all cores").Print();
        new Figure(name + ".lines", lines, "statement lines, byte-equal").Print();
        new Figure(name + ".file", Math.Round(file.Length / 1e6, 1), "MB").Print();
        return !(best > bound);
    }

    /// <param name="isLarge">The member has every consuming point, and each day has its own price: a statement of more than 10 000 lines.</param>
    private static List<EvidencePart> Parts(int members, bool isLarge)
    {
        var random = new Random(1);
        var points = Enumerable.Range(1, members).Select(i => new SettlementPoint($"p{i:0000}", i % 4 == 0 ? PointDirections.Generation : PointDirections.Consumption)).ToList();
        var terms = MemberTerms.Of(new GroupTerms(
            "BK123456", points, [.. points.Select(point => new Membership(point.Id, From))], [new KeyVersion(null, AllocationMethod.Dynamic, new Dictionary<string, long>())], [.. Enumerable.Range(0, isLarge ? 31 : 1).Select(day => new PriceVersion(day == 0 ? null : From.PlusDays(day), 100_000 + day * 100))]));
        string[] own = isLarge ? [.. points.Where(point => point.Directions == PointDirections.Consumption).Select(point => point.Id)] : [Own];
        var basis = RunBasis.Of(terms with { PersonOf = own.ToDictionary(id => id, _ => "anna") }, From, To, SettlementChoice.Preview);
        List<EvidencePart> parts = [new TermsPart(basis), .. own.Select(id => new OwnPart(id, id)), new AssignedPart(Own, EnergyDirection.Consumption, Register, "gw-1", 1, 0, null, null), .. Batches(random)];
        var registers = new RegisterCurves();
        foreach (var part in parts.OfType<AssignedPart>()) registers.Add(part);
        foreach (var batch in parts.OfType<BatchPart>())
            foreach (string record in batch.Records) registers.LedgerOf("gw-1", Register).Add(batch.ReceivedUs, RecordCodec.Decode(Convert.FromBase64String(record)).Value!);
        var rows = new List<SeriesRow>();
        for (var date = From; date < To; date = date.PlusDays(1)) AddDay(parts, rows, registers, points, date, random);
        var head = new StatementPart("2026-10.1-BK123456-0001", "anna", "Anna", "2026-10.1", 1, "", "", false, [], "");
        var (result, _) = EvidenceSettlement.Settle(basis, rows, [], null);
        var statement = EvidenceSettlement.ToStatement(head, basis, new RunName(new YearMonth(2026, 10), 1), result, own.ToDictionary(id => id));
        return [head with { Document = Encoding.UTF8.GetString(StatementText.ToJson(statement)) }, .. parts];
    }

    private static IEnumerable<BatchPart> Batches(Random random)
    {
        long begin = MarketDay.Slots(MarketDay.Number(From))[0].StartUnixSeconds, end = MarketDay.Slots(MarketDay.Number(To))[0].StartUnixSeconds, wh = 1_000_000, sequence = 1;
        var register = new RegisterId(Register);
        List<SyncRecord> records = [new RegisterSegment(
            register, 1, false, Instant.FromUnixTimeSeconds(begin - 60), new Energy(wh), SegmentReason.Commissioned, Register.Split('~')[0], ObisCode.ActiveEnergyImport, 1_000_000, 100_000, SettlementRole.Settlement)];
        for (long at = begin; at <= end; at += 900, wh += random.Next(400)) records.Add(new RegisterTotal(register, 1, at, new Energy(wh), Quality.Measured, 100));
        byte[] chain = RecordChain.Start.ToArray();
        foreach (var batch in records.Chunk(4))
        {
            byte[] before = chain;
            byte[][] bytes = [.. batch.Select(RecordCodec.Encode)];
            foreach (byte[] record in bytes) chain = RecordChain.Next(chain, RecordChain.Hash(record));
            yield return new BatchPart("gw-1", "f000000000000001", sequence, Convert.ToHexStringLower(before), Convert.ToHexStringLower(chain), (end + 1000) * 1_000_000, [.. bytes.Select(Convert.ToBase64String)]);
            sequence += bytes.Length;
        }
    }

    private static void AddDay(List<EvidencePart> parts, List<SeriesRow> rows, RegisterCurves registers, List<SettlementPoint> points, LocalDate date, Random random)
    {
        int day = MarketDay.Number(date), slots = MarketDay.Slots(day).Count;
        var (wh, quality) = registers.Derive(Own, EnergyDirection.Consumption, day, long.MaxValue);
        var effective = EffectiveDay.Choose(day, [CurveDay.Unpack(day, CurveSource.Gateway, 1, wh, quality)]);
        parts.Add(new CurvePart(Own, EnergyDirection.Consumption, date, CurveSource.Gateway, 1, wh, quality, null, 1, null, null, null, long.MaxValue));
        parts.Add(new DayPart(Own, EnergyDirection.Consumption, date, 1, effective.InputHash));
        rows.Add(new SeriesRow(1, day, 1, Own, EnergyDirection.Consumption, effective.PackWh(), effective.PackStatus()));
        for (int i = 1; i < points.Count; i++)
        {
            var direction = points[i].Directions == PointDirections.Generation ? EnergyDirection.Generation : EnergyDirection.Consumption;
            byte[] values = new CurveDay(day, CurveSource.Gateway, 1, [.. Enumerable.Range(0, slots).Select(_ => (int?)random.Next(500))], []).PackWh();
            byte[] status = [.. Enumerable.Repeat((byte)ValueStatus.Measured, slots)];
            parts.Add(new OtherPart(points[i].Id, direction, date, values, status));
            rows.Add(new SeriesRow(i + 1, day, 1, points[i].Id, direction, values, status));
        }
    }

    private static byte[] Write(IEnumerable<EvidencePart> parts)
    {
        using var memory = new MemoryStream();
        EvidenceFile.WriteAsync(parts.ToAsyncEnumerable(), memory).GetAwaiter().GetResult();
        return memory.ToArray();
    }
}
