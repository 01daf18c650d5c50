using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.Hub.Ingest;

/// <summary>One batch inside the writer's transaction: compare with the mark, apply what lies above it, move the mark.</summary>
internal sealed class PushTransaction(HubTransaction tx, GatewayId gateway, VerifiedBatch batch, long nowUs)
{
    /// <summary>A mark of an older epoch that still moves so long after a newer Hello means two gateways with one disk.</summary>
    private const long CloneMicroseconds = 3_600_000_000;

    private readonly Dictionary<RegisterId, List<(long Sequence, RegisterTotal Total)>> totals = [];
    private readonly List<(long Sequence, RegisterSegment Segment)> segments = [];
    private EpochRow epoch = null!;
    private long batchId;
    private bool hasParked;

    /// <summary>Records of this batch that were parked by this call.</summary>
    public int Parked { get; private set; }

    /// <summary>Records of this batch above the mark.</summary>
    public int Applied { get; private set; }

    /// <summary>Runs the whole rule.</summary>
    /// <returns>The mark as it is now; absent if the epoch is unknown.</returns>
    public Mark? Run()
    {
        if (GatewayRows.Find(tx, gateway, batch.Epoch) is not { } found) return null;
        epoch = found;
        long mark = epoch.AckedSequence;
        bool fits = batch.IsIntact && batch.From <= mark + 1 && batch.To >= mark && batch.ChainAt(mark).SequenceEqual(epoch.AckedChain);
        if (!fits || batch.To == mark) return MarkMessage.Of(mark, epoch.AckedChain);
        Apply(mark + 1);
        GatewayRows.MoveMark(tx, epoch, batch.To, batch.ChainAt(batch.To), nowUs);
        NoteClone();
        return MarkMessage.Of(batch.To, batch.ChainAt(batch.To));
    }

    private void Apply(long from)
    {
        batchId = BatchLog.Append(tx, epoch, batch, from, SlotEnds(from), nowUs);
        Applied = (int)(batch.To - from + 1);
        hasParked = HasParked();
        for (long sequence = from; sequence <= batch.To; sequence++) Sort(sequence);
        foreach (var (sequence, segment) in segments)
        {
            if (Claim(segment.Register) is { } register) MeteringIntake.Add(tx, register, segment, batchId, nowUs);
            else Park(sequence, ParkReason.OfForeignRegister(segment.Register));
        }

        foreach (var (id, list) in totals)
        {
            if (Claim(id) is { } register) MeteringIntake.Add(tx, register, list.ConvertAll(entry => entry.Total), batchId, nowUs);
            else foreach (var (sequence, _) in list) Park(sequence, ParkReason.OfForeignRegister(id));
        }
    }

    private void Sort(long sequence)
    {
        if (batch.IsDamaged(sequence))
        {
            if (!BatchLog.Holds(tx, epoch.GatewayId, sequence, batch.ChainAt(sequence), before: batchId)) Park(sequence, ParkReason.OfDamaged);
            return;
        }

        if (hasParked && IsParkedAlready(sequence)) return;
        var read = batch.RecordAt(sequence);
        if (!read.Success)
        {
            Park(sequence, new ParkReason(read.Error.Code, read.Error.Text));
            return;
        }

        // Totals of an unsynchronised clock are evidence: the log keeps them, no slot is bordered by them.
        if (read.Value is RegisterTotal { Quality: Quantities.Quality.ClockUncertain }) return;
        if (ParkReason.OfTime(read.Value!, nowUs / 1_000_000) is { } reason) Park(sequence, reason);
        else if (read.Value is RegisterTotal total) ListOf(total.Register).Add((sequence, total));
        else if (read.Value is RegisterSegment segment) segments.Add((sequence, segment));
        else if (read.Value is GatewayEvent happened) Add(sequence, happened);
    }

    private List<(long Sequence, RegisterTotal Total)> ListOf(RegisterId register)
    {
        if (!totals.TryGetValue(register, out var list)) totals.Add(register, list = []);
        return list;
    }

    private RegisterRow? Claim(RegisterId register) => MeteringIntake.Claim(tx, epoch.GatewayId, register);

    private void Add(long sequence, GatewayEvent happened) =>
        tx.Prepare("INSERT INTO ing_event (gateway_id, record_sha256, batch_id, at_us, code, source, text, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Bind(batchId).Bind(happened.At.ToUnixTimeTicks() / 10)
            .Bind(happened.Code).Bind(happened.Source).Bind(happened.Text).Bind(JsonSerializer.Serialize(happened.Data)).Run();

    private void Park(long sequence, ParkReason reason)
    {
        var insert = tx.Prepare("INSERT INTO ing_parked (gateway_id, record_sha256, epoch, sequence, reason, detail, parked_us, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Bind(epoch.Epoch).Bind(sequence).Bind(reason.Code).Bind(reason.Text).Bind(nowUs);
        if (batch.IsDamaged(sequence)) insert.BindNull().Run();
        else insert.Bind(batch.BytesAt(sequence)).Run();
        Parked += tx.Changes;
        hasParked = true; // its bytes may come later in the same batch
        if (reason.Code == ParkReason.ForeignRegister) GatewayRows.Note(tx, epoch.GatewayId, reason.Code, "", reason.Text, nowUs);
    }

    private bool HasParked()
    {
        var any = tx.Prepare("SELECT EXISTS (SELECT 1 FROM ing_parked WHERE gateway_id = ?)").Bind(epoch.GatewayId);
        any.Step();
        bool has = any.Int64(0) != 0;
        any.Reset();
        return has;
    }

    /// <summary>The same bytes again are a no-op, parked ones too; bytes that come after their damaged copy free it.</summary>
    private bool IsParkedAlready(long sequence)
    {
        tx.Prepare("DELETE FROM ing_parked WHERE gateway_id = ? AND record_sha256 = ? AND record IS NULL").Bind(epoch.GatewayId).Bind(batch.HashAt(sequence)).Run();
        var find = tx.Prepare("SELECT 1 FROM ing_parked WHERE gateway_id = ? AND record_sha256 = ?").Bind(epoch.GatewayId).Bind(batch.HashAt(sequence));
        bool parked = find.Step();
        find.Reset();
        return parked;
    }

    private void NoteClone()
    {
        if (epoch.CurrentEpoch == epoch.Epoch || nowUs - epoch.CurrentEpochCreatedMicroseconds < CloneMicroseconds) return;
        string subject = batch.Epoch.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        GatewayRows.Note(tx, epoch.GatewayId, "CMH-1302", subject, $"Epoch {subject} goes on although a newer one exists: two gateways run on copies of one disk. Stop one of them and give it a new identity.", nowUs);
    }

    private (long Least, long Greatest)? SlotEnds(long from)
    {
        (long Least, long Greatest)? ends = null;
        for (long sequence = from; sequence <= batch.To; sequence++)
        {
            if (batch.IsDamaged(sequence) || batch.RecordAt(sequence).Value is not RegisterTotal { SlotEnd: var end }) continue;
            ends = ends is { } known ? (Math.Min(known.Least, end), Math.Max(known.Greatest, end)) : (end, end);
        }

        return ends;
    }
}

/// <summary>Makes the wire's mark.</summary>
internal static class MarkMessage
{
    public static Mark Of(long sequence, ReadOnlySpan<byte> chain) => new() { AckedSequence = sequence, AckedChain = Google.Protobuf.ByteString.CopyFrom(chain) };
}
