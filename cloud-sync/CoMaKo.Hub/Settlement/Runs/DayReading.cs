using System.Buffers.Binary;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>Turns rows in order of their days into the curves of one day after another, and notes which versions were read.</summary>
internal sealed class DayReading(GroupTerms terms, IAsyncEnumerable<SeriesRow> rows, bool isConfirmed, DeviationBook? deviations)
{
    private readonly DayBuffer buffer = new();
    private readonly Dictionary<long, InputRange> open = [];
    private readonly List<InputRange> closed = [];
    private readonly HashSet<(string Point, EnergyDirection Direction)> seen = [];

    /// <summary>Each day of the period; its curves are valid until the next is asked for.</summary>
    public IEnumerable<DayCurves> Days(LocalDate from, LocalDate to)
    {
        using var reader = rows.ToBlockingEnumerable().GetEnumerator();
        bool hasRow = reader.MoveNext();
        for (var day = from; day < to; day = day.PlusDays(1))
        {
            int number = MarketDay.Number(day);
            buffer.Begin(day);
            seen.Clear();
            for (; hasRow && reader.Current.Day == number; hasRow = reader.MoveNext()) Take(reader.Current);
            if (isConfirmed) AddZeros(number);
            deviations?.Book(day, buffer.Curves.Series);
            yield return buffer.Curves;
        }

        if (hasRow) throw new InvalidOperationException($"A curve of day {reader.Current.Day} came out of order.");
    }

    /// <summary>What was read, by series and day.</summary>
    public IReadOnlyList<InputRange> Inputs() => [.. closed.Concat(open.Values).OrderBy(range => range.SeriesId).ThenBy(range => range.From)];

    private void Take(in SeriesRow row)
    {
        Note(row);
        if (isConfirmed)
        {
            seen.Add((row.Point, row.Direction));
            var (wh, status) = Confirmed(row.Wh.Span, row.Status.Span);
            buffer.Add(row.Point, row.Direction, wh, status);
        }
        else
        {
            buffer.Add(row.Point, row.Direction, row.Wh.Span, row.Status.Span);
        }
    }

    private void Note(in SeriesRow row)
    {
        if (open.TryGetValue(row.SeriesId, out var range))
        {
            if (range.To == row.Day && range.Version == row.Version)
            {
                open[row.SeriesId] = range with { To = row.Day + 1 };
                return;
            }

            closed.Add(range);
        }

        open[row.SeriesId] = new InputRange(row.SeriesId, row.Day, row.Day + 1, row.Version);
    }

    private static (byte[] Wh, byte[] Status) Confirmed(ReadOnlySpan<byte> wh, ReadOnlySpan<byte> status)
    {
        byte[] values = wh.ToArray(), states = status.ToArray();
        for (int i = 0; i < states.Length; i++)
        {
            var value = values.AsSpan(i * sizeof(int), sizeof(int));
            bool isMissing = BinaryPrimitives.ReadInt32BigEndian(value) < 0 || (ValueStatus)states[i] is ValueStatus.Absent or ValueStatus.Faulty;
            if (isMissing) value.Clear();
            if (isMissing || (ValueStatus)states[i] == ValueStatus.Preliminary) states[i] = (byte)ValueStatus.Substituted;
        }

        return (values, states);
    }

    /// <summary>Series that have nothing at all on a confirmed day. Those of points that are no members that day are not looked at.</summary>
    private void AddZeros(int day)
    {
        int slots = MarketDay.Slots(day).Count;
        byte[] zeros = new byte[slots * sizeof(int)], substituted = new byte[slots];
        Array.Fill(substituted, (byte)ValueStatus.Substituted);
        foreach (var point in terms.Points)
        {
            if (point.Directions.HasFlag(PointDirections.Consumption) && !seen.Contains((point.Id, EnergyDirection.Consumption))) buffer.Add(point.Id, EnergyDirection.Consumption, zeros, substituted);
            if (point.Directions.HasFlag(PointDirections.Generation) && !seen.Contains((point.Id, EnergyDirection.Generation))) buffer.Add(point.Id, EnergyDirection.Generation, zeros, substituted);
        }
    }
}
