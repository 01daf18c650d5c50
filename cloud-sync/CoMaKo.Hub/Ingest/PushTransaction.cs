using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using NodaTime;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// One batch inside a writing transaction: compare with the mark, apply what lies above it, move the mark. On a server the usual batch is two round
/// trips and the commit: everything is sent as early as nothing depends on its answer.
/// </summary>
internal sealed class PushTransaction(HubTransaction tx, GatewayId gateway, VerifiedBatch batch, SortedRecords records, long nowUs, EventOutbox? events = null)
{
    /// <summary>A mark of an older epoch that still moves so long after a newer Hello means two gateways with one disk.</summary>
    private const long CloneMicroseconds = 3_600_000_000;

    private EpochRow epoch = null!;
    private ParkedRows parked = null!;

    /// <summary>Records of this batch that were parked by this call.</summary>
    public int Parked => parked?.Count ?? 0;

    /// <summary>Records of this batch above the mark.</summary>
    public int Applied { get; private set; }

    /// <summary>Runs the whole rule.</summary>
    /// <returns>The mark as it is now; absent if the epoch is unknown.</returns>
    public async ValueTask<Mark?> RunAsync()
    {
        var epochs = new List<EpochRow>();
        var registers = new RegisterClaims(tx);
        GatewayRows.Lock(tx, gateway, batch.Epoch, nowUs, epochs);
        registers.Read(records.Registers);
        await tx.SendAsync();
        if (epochs is not [var found]) return null;
        epoch = found;
        long mark = epoch.AckedSequence;
        bool fits = batch.IsIntact && batch.From <= mark + 1 && batch.To >= mark && batch.ChainAt(mark).SequenceEqual(epoch.AckedChain);
        if (!fits || batch.To == mark) return MarkMessage.Of(mark, epoch.AckedChain);
        await ApplyAsync(mark + 1, registers);
        return MarkMessage.Of(batch.To, batch.ChainAt(batch.To));
    }

    private async ValueTask ApplyAsync(long from, RegisterClaims registers)
    {
        Applied = (int)(batch.To - from + 1);
        var moved = new List<long>();
        GatewayRows.MoveMark(tx, epoch, batch.To, batch.ChainAt(batch.To), moved);
        BatchLog.Append(tx, epoch, batch, from, records.SlotEnds(from), nowUs);
        NoteClone();
        parked = new ParkedRows(tx, epoch, batch, nowUs);
        await parked.ReadAsync(from);
        await ParkAsync(from);
        foreach (var (sequence, happened) in records.Events)
            if (sequence >= from && !parked.Holds(sequence)) Add(sequence, happened);

        var segments = records.Segments.FindAll(entry => entry.Sequence >= from && !parked.Holds(entry.Sequence));
        var totals = records.Totals.Select(register => (Id: register.Key, List: register.Value.FindAll(entry => entry.Sequence >= from && !parked.Holds(entry.Sequence))))
            .Where(register => register.List.Count > 0).ToList();
        await registers.ClaimAsync(epoch.GatewayId, segments.Select(entry => entry.Segment.Register).Concat(totals.Select(register => register.Id)));
        await AddAsync(registers, segments, totals);
        Tell(from, totals);
        await tx.SendAsync();
        if (moved.Count != 1) throw new InvalidOperationException($"CMH-1303. The mark of gateway {gateway} moved under its lock.");
    }

    /// <summary>Damaged records and those with wrong content, in sequence with the whole ones that free them.</summary>
    private async ValueTask ParkAsync(long from)
    {
        foreach (long sequence in records.Damaged)
            if (sequence >= from && !await BatchLog.HoldsAsync(tx, epoch.GatewayId, sequence, batch.ChainAt(sequence).ToArray(), before: epoch.NextBatchId)) parked.Add(sequence, ParkReason.OfDamaged);
        foreach (var (sequence, reason) in records.Wrong)
            if (sequence >= from && !parked.Holds(sequence)) parked.Add(sequence, reason);
    }

    private async ValueTask AddAsync(RegisterClaims registers, List<(long Sequence, RegisterSegment Segment)> segments, List<(RegisterId Id, List<(long Sequence, RegisterTotal Total)> List)> totals)
    {
        var intake = new MeteringIntake(tx, epoch.GatewayId, epoch.NextBatchId, nowUs);
        var ownSegments = new List<(RegisterRow, RegisterSegment)>();
        foreach (var (sequence, segment) in segments)
        {
            if (registers.Of(epoch.GatewayId, segment.Register) is { } register) ownSegments.Add((register, segment));
            else parked.Add(sequence, ParkReason.OfForeignRegister(segment.Register));
        }

        var ownTotals = new List<(RegisterRow, IReadOnlyList<RegisterTotal>)>();
        foreach (var (id, list) in totals)
        {
            if (registers.Of(epoch.GatewayId, id) is { } register) ownTotals.Add((register, list.ConvertAll(entry => entry.Total)));
            else foreach (var (sequence, _) in list) parked.Add(sequence, ParkReason.OfForeignRegister(id));
        }

        await intake.AddAsync(ownSegments);
        await intake.AddAsync(ownTotals);
    }

    private void Add(long sequence, GatewayEvent happened) =>
        tx.Prepare("INSERT INTO ing_event (gateway_id, record_sha256, batch_id, at_us, code, source, text, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
            .Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Bind(epoch.NextBatchId).Bind(happened.At.ToUnixTimeTicks() / 10)
            .Bind(happened.Code).Bind(happened.Source).Bind(happened.Text).Bind(JsonSerializer.Serialize(happened.Data)).Later();

    private void Tell(long from, List<(RegisterId Id, List<(long Sequence, RegisterTotal Total)> List)> totals)
    {
        if (totals.Count == 0 || records.SlotEnds(from) is not { } ends) return;
        events?.Append(tx, EventTypes.IntervalsReceived, gateway.Value, nowUs, new
        {
            From = Instant.FromUnixTimeSeconds(ends.Least).ToString(),
            To = Instant.FromUnixTimeSeconds(ends.Greatest).ToString(),
            Totals = totals.Sum(register => register.List.Count),
            Registers = totals.Select(register => register.Id.Value).Order(StringComparer.Ordinal),
        });
    }

    private void NoteClone()
    {
        if (epoch.CurrentEpoch == epoch.Epoch || nowUs - epoch.CurrentEpochCreatedMicroseconds < CloneMicroseconds) return;
        string subject = batch.Epoch.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        GatewayRows.Note(tx, epoch.GatewayId, "CMH-1302", subject, $"Epoch {subject} goes on although a newer one exists: two gateways run on copies of one disk. Stop one of them and give it a new identity.", nowUs);
    }
}

/// <summary>Makes the wire's mark.</summary>
internal static class MarkMessage
{
    public static Mark Of(long sequence, ReadOnlySpan<byte> chain) => new() { AckedSequence = sequence, AckedChain = Google.Protobuf.ByteString.CopyFrom(chain) };
}
