using System.Globalization;
using CoMaKo.Contracts;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using Dapper;

namespace CoMaKo.Hub.Tracing;

/// <summary>The days of some series with the curves that they were chosen from, and the batches that gateways' curves rest on.</summary>
internal sealed class TracedCurves(HubDatabase database, Pseudonyms names)
{
    private readonly List<(RunInput Input, IReadOnlyList<CurveOrigin>? Origins)> days = [];
    private readonly RegisterCurves all = new();
    private readonly RegisterCurves shown = new();
    private readonly Dictionary<long, List<AssignedPart>> assigned = [];
    private readonly List<(BatchRow Row, SyncRecord?[] Records)> batches = [];

    public async Task AddAsync(RunInput input)
    {
        await using var reader = await database.OpenReaderAsync();
        days.Add((input, await CurveOrigins.OfAsync(reader, input)));
    }

    /// <summary>Assignments, batches in order of arrival, then each day behind its curves. A day whose curves cannot be told is given by its values.</summary>
    public async Task<IReadOnlyList<EvidencePart>> PartsAsync()
    {
        await ReadAssignmentsAsync();
        await ReadBatchesAsync();
        var needed = Needed();
        var parts = new List<EvidencePart>(assigned.Values.SelectMany(list => list).OrderBy(part => part.Describe(), StringComparer.Ordinal).ThenBy(part => part.FromDay));
        foreach (var (row, records) in batches)
            if (Show(row, records, needed) is { } part) parts.Add(part);
        foreach (var (input, origins) in days)
        {
            if (origins is null)
            {
                parts.Add(EvidenceExport.Other(input, names));
                continue;
            }

            foreach (var origin in origins) parts.Add(CurveOf(input, origin));
            parts.Add(new DayPart(names[input.Row.Point], input.Row.Direction, MarketDay.Date(input.Row.Day), input.Row.Version, input.InputHash));
        }

        return parts;
    }

    private IEnumerable<(RunInput Input, CurveOrigin Origin)> FromGateways =>
        days.SelectMany(day => (day.Origins ?? []).Where(origin => origin.Curve.Source == CurveSource.Gateway).Select(origin => (day.Input, origin)));

    private CurvePart CurveOf(RunInput input, CurveOrigin origin)
    {
        string point = names[input.Row.Point];
        var (curve, direction) = (origin.Curve, input.Row.Direction);
        byte[] wh = curve.PackWh(), quality = curve.PackQuality();
        bool isProved = false;
        if (curve.Source == CurveSource.Gateway)
        {
            var derived = shown.Derive(point, direction, curve.Day, origin.CreatedUs);
            isProved = derived.Wh.AsSpan().SequenceEqual(wh) && derived.Quality.AsSpan().SequenceEqual(quality);
        }

        return new CurvePart(
            point, direction, MarketDay.Date(curve.Day), curve.Source, curve.Version, wh, quality, curve.PackMethod(), origin.CreatedUs, origin.Author, origin.Reason, origin.Delivery, isProved ? origin.CreatedUs : null);
    }

    private async Task ReadAssignmentsAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        foreach (var series in FromGateways.Select(each => each.Input.Row).DistinctBy(row => row.SeriesId))
        {
            long? limit = PointChecks.LimitOf(await PointReader.FindAsync(reader, series.Point));
            var parts = await reader.QueryAsync<(string Register, string Gateway, long Factor, long From, long? To)>("""
                SELECT r.name, g.name, a.factor, a.from_day, a.to_day FROM met_assignment a JOIN met_register r ON r.register_id = a.register_id JOIN ing_gateway g ON g.gateway_id = r.gateway_id
                WHERE a.series_id = @SeriesId ORDER BY r.name, a.from_day
                """, new { series.SeriesId });
            assigned[series.SeriesId] = [.. parts.Select(part => new AssignedPart(names[series.Point], series.Direction, part.Register, part.Gateway, (int)part.Factor, (int)part.From, (int?)part.To, limit))];
            foreach (var part in assigned[series.SeriesId])
            {
                all.Add(part);
                shown.Add(part);
            }
        }
    }

    private async Task ReadBatchesAsync()
    {
        string[] gateways = [.. assigned.Values.SelectMany(list => list).Select(part => part.Gateway).Distinct(StringComparer.Ordinal)];
        if (gateways.Length == 0) return;
        var registers = assigned.Values.SelectMany(list => list).Select(part => (part.Gateway, part.Register)).ToHashSet();
        long until = FromGateways.Max(each => each.Origin.CreatedUs);
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<BatchRow>($"""
            SELECT g.name AS Gateway, b.epoch AS Epoch, b.from_sequence AS FromSequence, b.chain_before AS ChainBefore, b.chain_after AS ChainAfter, b.received_us AS ReceivedUs, b.records AS Records
            FROM ing_batch b JOIN ing_gateway g ON g.gateway_id = b.gateway_id WHERE g.name {database.Engine.AnyOf("@gateways")} AND b.received_us <= @until ORDER BY b.batch_id
            """, new { gateways, until });
        foreach (var row in rows)
        {
            var records = VerifiedBatch.Decompress(row.Records).Select(entry => entry.HasDamagedSha256 ? null : RecordCodec.Decode(entry.Record.Span).Value).ToArray();
            foreach (var record in records)
                if (RegisterOf(record) is { } register && registers.Contains((row.Gateway, register))) all.LedgerOf(row.Gateway, register).Add(row.ReceivedUs, record!);
            batches.Add((row, records));
        }
    }

    private HashSet<(string Gateway, SyncRecord Record)> Needed()
    {
        var needed = new HashSet<(string, SyncRecord)>();
        foreach (var (input, origin) in FromGateways)
        {
            var slots = MarketDay.Slots(input.Row.Day);
            foreach (var (part, ledger) in all.Of(names[input.Row.Point], input.Row.Direction, input.Row.Day))
                foreach (var record in ledger.NeededFor(slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds, origin.CreatedUs)) needed.Add((part.Gateway, record));
        }

        return needed;
    }

    /// <returns>Absent if nothing of the batch is needed.</returns>
    private BatchPart? Show(BatchRow row, SyncRecord?[] records, HashSet<(string, SyncRecord)> needed)
    {
        if (!records.Any(record => record is not null && needed.Contains((row.Gateway, record)))) return null;
        var entries = VerifiedBatch.Decompress(row.Records);
        string[] texts = new string[entries.Count];
        byte[] hash = new byte[RecordChain.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (records[i] is { } record && needed.Contains((row.Gateway, record)))
            {
                texts[i] = Convert.ToBase64String(entries[i].Record.Span);
                shown.LedgerOf(row.Gateway, RegisterOf(record)!).Add(row.ReceivedUs, record);
                continue;
            }

            VerifiedBatch.Hash(entries[i], hash);
            texts[i] = BatchPart.Hidden + Convert.ToHexStringLower(hash);
        }

        return new BatchPart(
            row.Gateway, ((ulong)row.Epoch).ToString("x16", CultureInfo.InvariantCulture), row.FromSequence, Convert.ToHexStringLower(row.ChainBefore), Convert.ToHexStringLower(row.ChainAfter), row.ReceivedUs, texts);
    }

    private static string? RegisterOf(SyncRecord? record) => record switch { RegisterTotal total => total.Register.Value, RegisterSegment border => border.Register.Value, _ => null };

    private sealed class BatchRow
    {
        public string Gateway { get; init; } = "";

        public long Epoch { get; init; }

        public long FromSequence { get; init; }

        public byte[] ChainBefore { get; init; } = [];

        public byte[] ChainAfter { get; init; } = [];

        public long ReceivedUs { get; init; }

        public byte[] Records { get; init; } = [];
    }
}
