using System.Security.Cryptography;
using System.Text;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>A group's deviation from its forecast over a period and what it costs (domain reference §8).</summary>
/// <param name="AbsoluteWh">Σ |deviation| over the slots that have one.</param>
/// <param name="Cost">Above zero the group pays.</param>
/// <param name="Consumption">How far the members' consumption was off; absent without a slot that has both values.</param>
/// <param name="Generation">The same for generation.</param>
/// <param name="Lines">What the members pay of it; empty if the group does not share it.</param>
internal sealed record BalancingFigures(
    long DeviationWh, long AbsoluteWh, BalancingCost Cost, ForecastErrors? Consumption, ForecastErrors? Generation, IReadOnlyList<SettlementLine> Lines, string InputHash);

/// <summary>Compares each day of a group with what was expected of its members before the day began.</summary>
/// <param name="expected">Forecasts of a day by point and direction; only the one that counts.</param>
internal sealed class DeviationBook(GroupTerms terms, IReadOnlyDictionary<(LocalDate Day, string Point, EnergyDirection Direction), StoredForecast> expected)
{
    private readonly List<BalanceSlot> slots = [];
    private readonly SlotTotals consumption = new();
    private readonly SlotTotals generation = new();
    private readonly Dictionary<string, (long Absolute, long Energy)> shares = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PointDirections> directions = terms.Points.ToDictionary(point => point.Id, point => point.Directions, StringComparer.Ordinal);

    /// <summary>Books a day's curves. A slot has a schedule only if each member's series had a forecast.</summary>
    public void Book(LocalDate day, IReadOnlyList<SeriesDay> curves)
    {
        var bySeries = curves.ToDictionary(curve => (curve.Point, curve.Direction));
        var times = MarketDay.Slots(MarketDay.Number(day));
        var members = terms.Memberships.Where(each => each.From <= day && (each.To is not { } end || day < end)).Select(each => each.Point).Distinct(StringComparer.Ordinal).ToList();
        if (members.Count == 0) return;
        long?[] schedule = new long?[times.Count];
        Array.Fill(schedule, 0);
        var taking = new List<SeriesDay?>();
        consumption.Begin(times.Count);
        generation.Begin(times.Count);
        foreach (string point in members)
        {
            foreach (var direction in Enum.GetValues<EnergyDirection>().Where(each => ((int)directions[point] & (int)each) != 0))
            {
                var actual = bySeries.GetValueOrDefault((point, direction));
                var forecast = expected.GetValueOrDefault((day, point, direction));
                taking.Add(actual);
                Add(schedule, direction, forecast);
                (direction == EnergyDirection.Consumption ? consumption : generation).Add(actual, forecast);
                Share(point, actual, forecast);
            }
        }

        var positions = BalanceGroup.Positions(times.Count, taking);
        for (int i = 0; i < times.Count; i++) slots.Add(new BalanceSlot(times[i], positions[i], schedule[i]));
    }

    /// <summary>Cost of all booked days.</summary>
    public BalancingFigures Finish(ReBap prices, LocalDate from, LocalDate to, CostShare? share)
    {
        var cost = BalanceGroup.Cost(slots, prices);
        var lines = share is { } by ? BalanceGroup.Distribute(cost, from, to, by, shares.Select(each => new DeviationShare(each.Key, each.Value.Absolute, each.Value.Energy))) : [];
        return new BalancingFigures(
            slots.Sum(slot => slot.Deviation ?? 0), slots.Sum(slot => Math.Abs(slot.Deviation ?? 0)), cost, consumption.Errors(), generation.Errors(), lines, HashOf(cost));
    }

    private static void Add(long?[] schedule, EnergyDirection direction, StoredForecast? forecast)
    {
        int sign = direction == EnergyDirection.Generation ? 1 : -1;
        for (int i = 0; i < schedule.Length; i++) schedule[i] += sign * forecast?.Wh[i];
    }

    private void Share(string point, SeriesDay? actual, StoredForecast? forecast)
    {
        if (actual is null) return;
        var (absolute, energy) = shares.GetValueOrDefault(point);
        for (int i = 0; i < actual.Wh.Length; i++)
        {
            if (actual.Status.Span[i] is ValueStatus.Absent or ValueStatus.Faulty) continue;
            long wh = actual.Wh.Span[i];
            energy += wh;
            if (forecast is not null) absolute += Math.Abs(wh - forecast.Wh[i]);
        }

        shares[point] = (absolute, energy);
    }

    private string HashOf(BalancingCost cost)
    {
        var text = new StringBuilder();
        foreach (var slot in slots) text.Append(FormattableString.Invariant($"{slot.Slot.StartUnixSeconds} {slot.Deviation}\n"));
        foreach (var slot in cost.Slots) text.Append(FormattableString.Invariant($"{slot.Price} {(slot.IsProvisional ? 1 : 0)}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Sums of a direction over the members, slot by slot; absent where one has no value.</summary>
    private sealed class SlotTotals
    {
        private readonly List<long?> actual = [];
        private readonly List<long?> forecast = [];
        private int first;

        public void Begin(int count)
        {
            first = actual.Count;
            actual.AddRange(Enumerable.Repeat<long?>(0, count));
            forecast.AddRange(Enumerable.Repeat<long?>(0, count));
        }

        public void Add(SeriesDay? was, StoredForecast? expected)
        {
            for (int i = first; i < actual.Count; i++)
            {
                bool isPresent = was is not null && was.Status.Span[i - first] is not (ValueStatus.Absent or ValueStatus.Faulty);
                actual[i] = isPresent ? actual[i] + was!.Wh.Span[i - first] : null;
                forecast[i] += expected?.Wh[i - first];
            }
        }

        public ForecastErrors? Errors() => ForecastErrors.Of(actual, forecast);
    }
}
