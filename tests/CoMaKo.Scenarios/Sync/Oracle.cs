using CoMaKo.Contracts;
using CoMaKo.Quantities;

namespace CoMaKo.Scenarios.Sync;

/// <summary>What must be true when the faults are over, whatever they were.</summary>
internal static class Oracle
{
    /// <exception cref="InvariantBrokenException">With all that is wrong.</exception>
    public static void Check(Simulation world)
    {
        var broken = new List<string>();
        var hub = HubContent.Read(world.Hub);
        CheckArrivals(world.Ledger, hub, broken);
        CheckTotals(hub, broken);
        CheckSegments(hub, broken);
        CheckEventsAndParked(hub, broken);
        foreach (var epoch in hub.Epochs.Values) CheckMark(epoch, broken);
        foreach (var gateway in world.Gateways) CheckConverged(gateway, hub, broken);
        if (world.NewEpochs > 0 && !world.Faults.TouchesDisks && !world.Faults.Retention) broken.Add("The epoch changed though no store was touched.");
        if (broken.Count > 0) throw new InvariantBrokenException(broken);
    }

    /// <summary>Nothing is lost that is not lost by design, nothing is invented.</summary>
    private static void CheckArrivals(Ledger ledger, HubContent hub, List<string> broken)
    {
        var arrived = hub.Arrivals.Select(arrival => arrival.Identity).ToHashSet();
        broken.AddRange(ledger.Kept.Where(identity => !arrived.Contains(identity)).Select(identity => $"Lost: {ledger.Ever[identity]}"));
        broken.AddRange(arrived.Where(identity => !ledger.Ever.ContainsKey(identity)).Select(identity => $"Invented: {identity}"));
    }

    /// <summary>The tables hold exactly what arrived: each slot once, the first total current, every other one a conflict.</summary>
    private static void CheckTotals(HubContent hub, List<string> broken)
    {
        var expected = Applied(hub).Select(arrival => arrival.Record).OfType<RegisterTotal>()
            .GroupBy(total => (total.Register.Value, total.Segment, total.SlotEnd))
            .ToDictionary(group => group.Key, group => group.Select(total => total.Total.WattHours).ToList());
        foreach (var row in hub.Totals)
        {
            if (!expected.Remove((row.Register, row.Segment, row.SlotEnd), out var totals)) broken.Add($"Not sent: {row}");
            else if (totals[0] != row.WattHours) broken.Add($"Not the first total: {row}, sent {string.Join(", ", totals)}");
            else CheckConflicts(hub, row, totals, broken);
        }

        broken.AddRange(expected.Keys.Select(key => $"Not applied: {key}"));
        CheckTotalsAfterTheEnd(hub, broken);
    }

    private static void CheckConflicts(HubContent hub, TotalRow row, List<long> totals, List<string> broken)
    {
        var flagged = hub.Conflicts.Where(c => c.Kind == "total" && c.Register == row.Register && c.Segment == row.Segment && c.AtUnixUs == row.SlotEnd * 1_000_000).Select(c => c.WattHours);
        if (!flagged.ToHashSet().SetEquals(totals.Where(total => total != row.WattHours))) broken.Add($"Wrong conflicts: {row}, sent {string.Join(", ", totals)}");
    }

    /// <summary>A slot booked far ahead may arrive so late that it is due, in a segment that has ended meanwhile. No other conflict is real.</summary>
    private static void CheckTotalsAfterTheEnd(HubContent hub, List<string> broken)
    {
        var ends = hub.Segments.Where(segment => segment.Closed is not null).ToDictionary(segment => (segment.Register, segment.Segment), segment => segment.Closed!.Value);
        var expected = hub.Totals.Where(total => ends.TryGetValue((total.Register, total.Segment), out long closed) && total.SlotEnd * 1_000_000 > closed)
            .Select(total => new ConflictRow(total.Register, "after_end", total.Segment, total.SlotEnd * 1_000_000, total.WattHours)).ToHashSet();
        var found = hub.Conflicts.Where(conflict => conflict.Kind != "total").ToHashSet();
        if (!expected.SetEquals(found)) broken.Add($"Totals after an end differ: {string.Join("; ", expected.Except(found))} against {string.Join("; ", found.Except(expected))}");
    }

    private static void CheckSegments(HubContent hub, List<string> broken)
    {
        var sent = Applied(hub).Select(arrival => arrival.Record).OfType<RegisterSegment>().Distinct().ToList();
        var expected = sent.GroupBy(segment => (segment.Register.Value, segment.Segment)).Select(group =>
        {
            var begin = group.SingleOrDefault(segment => !segment.IsEnd);
            var end = group.SingleOrDefault(segment => segment.IsEnd);
            return new SegmentRow(group.Key.Value, group.Key.Segment, Microseconds(begin), begin?.Total.WattHours, Microseconds(end), end?.Total.WattHours);
        }).ToHashSet();
        if (!expected.SetEquals(hub.Segments)) broken.Add($"Segments differ: {string.Join("; ", expected.Except(hub.Segments))} against {string.Join("; ", hub.Segments.Except(expected))}");
    }

    private static void CheckEventsAndParked(HubContent hub, List<string> broken)
    {
        var events = Applied(hub).Where(arrival => arrival.Record is GatewayEvent).Select(arrival => arrival.Identity).ToHashSet();
        if (hub.Events.Count != events.Count || !events.SetEquals(hub.Events)) broken.Add($"{hub.Events.Count} events, sent {events.Count}.");
        var withBytes = hub.Arrivals.Where(arrival => arrival.Bytes is not null).Select(arrival => arrival.Identity).ToHashSet();
        var damaged = hub.Arrivals.Select(arrival => arrival.Identity).Where(identity => !withBytes.Contains(identity));
        var ahead = Decoded(hub).Where(arrival => IsAhead(arrival.Record, arrival.ReceivedUnixUs)).Select(arrival => arrival.Identity);
        var expected = damaged.Select(identity => (identity, false)).Concat(ahead.Select(identity => (identity, true))).ToHashSet();
        // The same bytes at two places of a store, the later copy damaged: parked though applied. A needless notice, but nothing wrong.
        var needless = hub.Arrivals.Where(arrival => arrival.Bytes is null && withBytes.Contains(arrival.Identity)).Select(arrival => (arrival.Identity, false)).ToHashSet();
        needless.ExceptWith(Freed(hub).Select(identity => (identity, false)));
        if (!hub.Parked.ToHashSet().IsSupersetOf(expected) || hub.Parked.Except(expected).Except(needless).Any())
            broken.Add($"Parked differ: {string.Join("; ", expected.Except(hub.Parked))} against {string.Join("; ", hub.Parked.Except(expected))}");
    }

    /// <summary>Damaged records whose bytes came last.</summary>
    private static IEnumerable<string> Freed(HubContent hub) =>
        hub.Arrivals.GroupBy(arrival => arrival.Identity).Where(group => group.Last().Bytes is not null).Select(group => group.Key);

    /// <summary>An epoch's log leads without a gap from its base to its mark.</summary>
    private static void CheckMark(EpochContent epoch, List<string> broken)
    {
        long next = epoch.Base + 1;
        byte[] chain = epoch.BaseChain;
        foreach (var batch in epoch.Batches)
        {
            if (batch.From != next || !batch.Before.AsSpan().SequenceEqual(chain)) broken.Add($"{epoch.Gateway} epoch {epoch.Epoch:x}: batch {batch.From} follows {next - 1}.");
            chain = batch.Identities.Aggregate(batch.Before, (before, identity) => RecordChain.Next(before, Convert.FromHexString(identity)));
            if (!chain.AsSpan().SequenceEqual(batch.After)) broken.Add($"{epoch.Gateway} epoch {epoch.Epoch:x}: batch {batch.From} does not re-hash.");
            next = batch.To + 1;
        }

        if (epoch.Acked != next - 1 || !epoch.AckedChain.AsSpan().SequenceEqual(chain)) broken.Add($"{epoch.Gateway} epoch {epoch.Epoch:x}: the mark {epoch.Acked} is not the end of the log, {next - 1}.");
    }

    /// <summary>Both sides agree on everything that the store holds.</summary>
    private static void CheckConverged(SimulatedGateway gateway, HubContent hub, List<string> broken)
    {
        if (gateway.Process is null)
        {
            broken.Add($"{gateway.Name} does not run.");
            return;
        }

        var store = gateway.Process.Outbox;
        var state = store.StateAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var chain = store.ChainAtAsync(state.NextSequence - 1, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bool known = hub.Epochs.TryGetValue((gateway.Gateway.Value, (long)state.Epoch.Value), out var epoch);
        if (!known || epoch!.Acked != state.NextSequence - 1 || !epoch.AckedChain.AsSpan().SequenceEqual(chain!.Value.Span))
            broken.Add(FormattableString.Invariant($"{gateway.Name}: the hub's mark is {epoch?.Acked}, the store's last record {state.NextSequence - 1}."));
        if (state.AcknowledgedSequence != state.NextSequence - 1)
            broken.Add(FormattableString.Invariant($"{gateway.Name}: acknowledged {state.AcknowledgedSequence} of {state.NextSequence - 1}."));
    }

    /// <summary>Records whose bytes arrived, at their first arrival.</summary>
    private static IEnumerable<(string Identity, SyncRecord Record, long ReceivedUnixUs)> Decoded(HubContent hub) => hub.Arrivals
        .Where(arrival => arrival.Bytes is not null)
        .DistinctBy(arrival => arrival.Identity)
        .Select(arrival => (arrival.Identity, RecordCodec.Decode(arrival.Bytes).GetValueOrThrow(), arrival.ReceivedUnixUs));

    private static IEnumerable<(string Identity, SyncRecord Record, long ReceivedUnixUs)> Applied(HubContent hub) =>
        Decoded(hub).Where(arrival => !IsAhead(arrival.Record, arrival.ReceivedUnixUs));

    private static bool IsAhead(SyncRecord record, long receivedUnixUs) => record is RegisterTotal total && total.SlotEnd > (receivedUnixUs / 1_000_000) + 120;

    private static long? Microseconds(RegisterSegment? segment) => segment?.At.ToUnixTimeTicks() / 10;
}

/// <summary>The simulation's oracle found something.</summary>
internal sealed class InvariantBrokenException(IReadOnlyList<string> broken)
    : Exception(string.Join(Environment.NewLine, broken.Take(10)) + (broken.Count > 10 ? FormattableString.Invariant($"{Environment.NewLine}… and {broken.Count - 10} more") : ""));
