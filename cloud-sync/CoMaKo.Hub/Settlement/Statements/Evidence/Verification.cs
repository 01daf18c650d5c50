using System.Text;
using System.Text.Json;
using CoMaKo.Contracts;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>What a verification found and counted.</summary>
/// <param name="Number">The statement; absent if the file names none.</param>
/// <param name="ProvedSlots">Slots of the participant whose value follows from meter totals in the chain.</param>
/// <param name="ToldSlots">Slots of the participant that rest on what somebody delivered, entered or decided, or whose totals are not here.</param>
internal sealed record VerificationResult(string? Number, IReadOnlyList<EvidenceFinding> Findings, int Parts, int Batches, int Records, int ProvedSlots, int ToldSlots, int Lines, long Cents)
{
    public bool IsGood => Findings.Count == 0;
}

/// <summary>
/// Checks an evidence file offline: chain → totals → curves → effective days → sharing → lines → cents → the statement's bytes. Codes: CMH-2361 frame,
/// 2362 chain, 2363 curve, 2364 day, 2365 settlement, 2366 statement, 2367 content.
/// </summary>
internal sealed class Verification
{
    private readonly List<EvidenceFinding> findings = [];
    private readonly RegisterCurves registers = new();
    private readonly Dictionary<(string Gateway, string Epoch), (long To, string Chain)> ends = [];
    private readonly Dictionary<(string Point, EnergyDirection Direction, int Day), List<CurvePart>> curves = [];
    private readonly Dictionary<(string Point, EnergyDirection Direction), long> series = [];
    private readonly HashSet<(long Series, int Day)> seen = [];
    private readonly List<SeriesRow> rows = [];
    private int records;
    private int proved;
    private int told;

    private Verification()
    {
    }

    /// <param name="file">The evidence.</param>
    /// <param name="statement">The statement as the member has it; absent: the one in the file.</param>
    public static VerificationResult Run(ReadOnlySpan<byte> file, byte[]? statement)
    {
        var verification = new Verification();
        var parts = EvidenceFile.Read(file, verification.findings);
        if (verification.findings.Count > 0 && ChangedByte.Find(file) is { } changed) verification.findings.Insert(0, new EvidenceFinding("CMH-2361", "file", changed.ToString()));
        return verification.Check(parts, statement);
    }

    private VerificationResult Check(IReadOnlyList<EvidencePart> parts, byte[]? statement)
    {
        var head = One<StatementPart>(parts);
        var terms = One<TermsPart>(parts);
        foreach (var part in parts) Guarded(part, () => Take(part));
        Statement? built = null;
        if (head is not null && terms is not null) Guarded(head, () => built = Settle(parts, head, terms.Terms));
        if (built is not null) Compare(built, head!, statement);
        int batches = parts.Count(part => part is BatchPart);
        return new VerificationResult(head?.Number, findings, parts.Count, batches, records, proved, told, built?.Lines.Count ?? 0, built?.Head.Cents ?? 0);
    }

    private T? One<T>(IReadOnlyList<EvidencePart> parts)
        where T : EvidencePart
    {
        var found = parts.OfType<T>().ToList();
        if (found.Count != 1) Add("CMH-2367", typeof(T).Name, FormattableString.Invariant($"the file has {found.Count} of them, expected 1"));
        return found.Count == 1 ? found[0] : null;
    }

    private void Take(EvidencePart part)
    {
        switch (part)
        {
            case AssignedPart assigned: registers.Add(assigned); break;
            case BatchPart batch: Take(batch); break;
            case CurvePart curve: Take(curve); break;
            case DayPart day: Take(day); break;
            case OtherPart other: AddRow(other, other.Point, other.Direction, MarketDay.Number(other.Day), other.Wh, other.Status); break;
            default: break;
        }
    }

    private void Take(BatchPart batch)
    {
        byte[] chain = Convert.FromHexString(batch.ChainBefore);
        var key = (batch.Gateway, batch.Epoch);
        if (ends.TryGetValue(key, out var before) && batch.FromSequence == before.To + 1 && before.Chain != batch.ChainBefore)
            Add("CMH-2362", batch.Describe(), $"the chain before it is {batch.ChainBefore}, expected {before.Chain} as the batch before ends");
        for (int i = 0; i < batch.Records.Count; i++, records++)
        {
            string text = batch.Records[i];
            if (text.StartsWith(BatchPart.Hidden, StringComparison.Ordinal))
            {
                chain = RecordChain.Next(chain, Convert.FromHexString(text.AsSpan(BatchPart.Hidden.Length)));
                continue;
            }

            byte[] bytes = Convert.FromBase64String(text);
            if (Convert.ToBase64String(bytes) != text) Add("CMH-2362", FormattableString.Invariant($"{batch.Describe()}, record {batch.FromSequence + i}"), "its base64 has bits that mean nothing");
            chain = RecordChain.Next(chain, RecordChain.Hash(bytes));
            var record = RecordCodec.Decode(bytes);
            if (!record.Success) Add("CMH-2362", FormattableString.Invariant($"{batch.Describe()}, record {batch.FromSequence + i}"), record.Error.ToString());
            else if (RegisterOf(record.Value!) is { } register) registers.LedgerOf(batch.Gateway, register).Add(batch.ReceivedUs, record.Value!);
        }

        string after = Convert.ToHexStringLower(chain);
        if (after != batch.ChainAfter) Add("CMH-2362", batch.Describe(), $"its records lead to chain {after}, expected {batch.ChainAfter}: one of them was changed, or the chain");
        ends[key] = (batch.FromSequence + batch.Records.Count - 1, batch.ChainAfter);
    }

    private void Take(CurvePart curve)
    {
        int day = MarketDay.Number(curve.Day), slots = MarketDay.Slots(day).Count;
        if (curve.Wh.Length != slots * sizeof(int) || curve.Quality.Length != slots || (curve.Method?.Length ?? slots) != slots)
        {
            Add("CMH-2367", curve.Describe(), FormattableString.Invariant($"the day has {slots} slots, the curve another number"));
            return;
        }

        if (curve is { Source: CurveSource.Gateway, AsOfUs: { } asOf })
        {
            var (wh, quality) = registers.Derive(curve.Point, curve.Direction, day, asOf);
            int at = FirstDifference(wh, quality, curve);
            if (at >= 0) Add("CMH-2363", FormattableString.Invariant($"{curve.Describe()}, slot {at + 1}"), "the meter totals of the batches give another value: expected " + ValueOf(wh, at) + ", is " + ValueOf(curve.Wh, at));
        }

        var key = (curve.Point, curve.Direction, day);
        if (!curves.TryGetValue(key, out var versions)) curves.Add(key, versions = []);
        if (versions.Exists(each => each.Source == curve.Source && each.Version == curve.Version)) Add("CMH-2367", curve.Describe(), "it is there twice");
        else versions.Add(curve);
    }

    private void Take(DayPart part)
    {
        int number = MarketDay.Number(part.Day);
        var versions = curves.GetValueOrDefault((part.Point, part.Direction, number)) ?? [];
        var day = EffectiveDay.Choose(number, [.. versions.Select(each => CurveDay.Unpack(number, each.Source, each.Version, each.Wh, each.Quality, each.Method))]);
        if (day.InputHash != part.InputSha256) Add("CMH-2364", part.Describe(), $"its curves come to {day.InputHash}, expected {part.InputSha256}");
        AddRow(part, part.Point, part.Direction, number, day.PackWh(), day.PackStatus());
        foreach (var slot in day.Slots.Where(slot => slot.Curve.Wh is not null))
        {
            bool isProved = slot.Source == CurveSource.Gateway && versions.Exists(each => each.Source == CurveSource.Gateway && each.Version == slot.Version && each.AsOfUs is not null);
            if (isProved) proved++;
            else told++;
        }
    }

    private void AddRow(EvidencePart part, string point, EnergyDirection direction, int day, byte[] wh, byte[] status)
    {
        if (!series.TryGetValue((point, direction), out long id)) series.Add((point, direction), id = series.Count + 1);
        if (MarketDay.Slots(day).Count is var slots && (wh.Length != slots * sizeof(int) || status.Length != slots)) Add("CMH-2367", part.Describe(), FormattableString.Invariant($"the day has {slots} slots, the values another number"));
        else if (!seen.Add((id, day))) Add("CMH-2367", part.Describe(), "the same day is there twice");
        else if (!IsCanonical(wh)) Add("CMH-2367", part.Describe(), "a value is below zero and not the one that stands for absent");
        else rows.Add(new SeriesRow(id, day, 1, point, direction, wh, status));
    }

    private Statement? Settle(IReadOnlyList<EvidencePart> parts, StatementPart head, RunBasis basis)
    {
        if (RunName.Parse(head.Run) is not { } run || run.Month.First() != basis.From || run.Month.End() != basis.To)
        {
            Add("CMH-2367", head.Describe(), $"run {head.Run} is not about the days of the terms");
            return null;
        }

        var own = parts.OfType<OwnPart>().ToDictionary(part => part.Point, part => part.Id, StringComparer.Ordinal);
        var (result, inputHash) = EvidenceSettlement.Settle(basis, rows, [.. parts.OfType<ForecastPart>()], parts.OfType<PricesPart>().FirstOrDefault());
        if (head.IsFull && inputHash != head.InputSha256) Add("CMH-2365", "settlement", $"its inputs come to {inputHash}, expected {head.InputSha256}");
        if (head.IsFull && SettlementJson.Hash(result) is var hash && hash != head.ResultSha256) Add("CMH-2365", "settlement", $"its result is {hash}, expected {head.ResultSha256}");
        return EvidenceSettlement.ToStatement(head, basis, run, result, own);
    }

    private void Compare(Statement built, StatementPart head, byte[]? statement)
    {
        byte[] bytes = StatementText.ToJson(built);
        Compare("statement in the evidence", bytes, Encoding.UTF8.GetBytes(head.Document));
        if (statement is not null) Compare("statement file", bytes, statement);
    }

    private void Compare(string place, byte[] expected, byte[] actual)
    {
        int at = expected.AsSpan().CommonPrefixLength(actual);
        if (at < expected.Length || at < actual.Length)
            Add("CMH-2366", FormattableString.Invariant($"{place}, byte {at + 1}"), $"the evidence comes to '{Near(expected, at)}', it says '{Near(actual, at)}'");

        static string Near(byte[] text, int at) => Encoding.UTF8.GetString(text.AsSpan(Math.Max(0, Math.Min(at, text.Length) - 24)..Math.Min(text.Length, at + 24)));
    }

    /// <summary>What a changed file can make of pure code that trusts its callers is a finding, too.</summary>
    private void Guarded(EvidencePart part, Action check)
    {
        try
        {
            check();
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or JsonException or NullReferenceException)
        {
            Add("CMH-2367", part.Describe(), "it cannot be used: " + wrong.Message.Split('\n')[0]);
        }
    }

    private void Add(string code, string place, string text) => findings.Add(new EvidenceFinding(code, place, text));

    private static bool IsCanonical(byte[] wh)
    {
        for (int i = 0; i < wh.Length; i += sizeof(int))
            if (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(wh.AsSpan(i)) is < 0 and not int.MinValue) return false;
        return true;
    }

    private static int FirstDifference(byte[] wh, byte[] quality, CurvePart curve)
    {
        for (int i = 0; i < quality.Length; i++)
            if (quality[i] != curve.Quality[i] || !wh.AsSpan(i * sizeof(int), sizeof(int)).SequenceEqual(curve.Wh.AsSpan(i * sizeof(int), sizeof(int)))) return i;
        return -1;
    }

    private static string ValueOf(byte[] wh, int slot) =>
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(wh.AsSpan(slot * sizeof(int))) is var value && value == int.MinValue ? "no value" : FormattableString.Invariant($"{value} Wh");

    private static string? RegisterOf(SyncRecord record) => record switch { RegisterTotal total => total.Register.Value, RegisterSegment border => border.Register.Value, _ => null };
}
