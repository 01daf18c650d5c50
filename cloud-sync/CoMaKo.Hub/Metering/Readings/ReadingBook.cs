using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>
/// The readings of one series, and what a new one does to them: pure. Codes: CMH-1721 it lies inside a period that is fixed, 1722 another value at the same
/// instant that does not name the old reading, 1723 it names a reading that is not there, 1724 its period is empty or too long, 1725 too much for its time.
/// The first two are conflicts with what is stored (409).
/// </summary>
internal sealed class ReadingBook(IEnumerable<ReadingRow> stored)
{
    private const long LongestPeriod = 400 * 86_400L;
    private static readonly long MostPerSlot = int.MaxValue;

    private readonly List<ReadingRow> rows = [.. stored.Where(row => row.State != ReadingState.Replaced).OrderBy(row => row.At).ThenBy(row => row.Kind == ReadingKind.Opening)];

    /// <summary>Readings to be inserted; their number is 0, what they replace is in <see cref="ReadingRow.Replaces"/>.</summary>
    public List<(ReadingRow Reading, NewReading Input)> Added { get; } = [];

    /// <summary>Instants between which periods changed; absent if none did.</summary>
    public (long From, long To)? Changed { get; private set; }

    /// <summary>Adds a reading.</summary>
    /// <returns>The id of one that says the same; absent if it is new or has findings.</returns>
    public long? Add(NewReading reading, long seriesId, ReadingOrigin origin, string author, long nowUs, FormFindings findings)
    {
        var same = rows.Find(row => row.At == reading.At && row.Kind == reading.Kind);
        if (same is not null && same.Wh == reading.Wh && (reading.PeriodStart is null || reading.PeriodStart == same.PeriodStart)) return same.ReadingId;
        if (same is not null && reading.Replaces is null)
        {
            findings.Add(reading.Row, "timestamp", "CMH-1722", FormattableString.Invariant($"Reading {same.ReadingId} has another value at this instant. To correct it, say \"replaces\":\"{same.ReadingId}\"."));
            return null;
        }

        if (reading.Replaces is { } named && named != same?.ReadingId)
        {
            findings.Add(reading.Row, "replaces", "CMH-1723", FormattableString.Invariant($"Reading {named} is no current reading of this point, direction and instant."));
            return null;
        }

        long? start = reading.Kind == ReadingKind.Period ? same?.PeriodStart ?? reading.PeriodStart ?? StartBefore(reading.At) : null;
        var row = new ReadingRow(0, seriesId, reading.At, reading.Kind, reading.Wh, start, ReadingState.Used, origin, author, nowUs, same?.ReadingId);
        if (same is not null) rows.Remove(same);
        if (start is { } begin && IsWrongPeriod(reading, begin, findings)) return null;
        if (row.Kind == ReadingKind.Register && RunsBackwards(row) is not null) row = row with { State = ReadingState.NotUsed };
        Insert(row, reading);
        return null;
    }

    /// <summary>The neighbour that the register would fall below, or above which it would stand: the limit of P11; absent if it does not.</summary>
    public long? RunsBackwards(ReadingRow row)
    {
        var states = rows.Where(each => each.Kind != ReadingKind.Period && each.State == ReadingState.Used && each != row).ToList();
        var before = states.LastOrDefault(each => each.At < row.At || (each.At == row.At && each.Kind == ReadingKind.Opening));
        if (before is not null && row.Wh < before.Wh) return before.Wh;
        var after = states.Find(each => each.At > row.At);
        return after is { Kind: ReadingKind.Register } && row.Wh > after.Wh ? after.Wh : null;
    }

    /// <summary>All energies between readings, in order.</summary>
    public IReadOnlyList<PeriodEnergy> Periods()
    {
        var states = rows.Where(row => row.Kind != ReadingKind.Period && row.State == ReadingState.Used).Select(row => new RegisterState(Instant.FromUnixTimeSeconds(row.At), row.Wh, row.Kind == ReadingKind.Opening)).ToList();
        var fixedOnes = rows.Where(row => row.Kind == ReadingKind.Period).Select(row => new PeriodEnergy(Instant.FromUnixTimeSeconds(row.PeriodStart!.Value), Instant.FromUnixTimeSeconds(row.At), row.Wh));
        return [.. ReadingSplit.Sums(states).Periods.Concat(fixedOnes).OrderBy(period => period.From)];
    }

    private void Insert(ReadingRow row, NewReading input)
    {
        rows.Add(row);
        rows.Sort((one, other) => one.At != other.At ? one.At.CompareTo(other.At) : (one.Kind == ReadingKind.Opening).CompareTo(other.Kind == ReadingKind.Opening));
        Added.Add((row, input));
        if (row.State == ReadingState.NotUsed) return;
        long from = row.PeriodStart ?? rows.LastOrDefault(each => each.Kind != ReadingKind.Period && each.At < row.At)?.At ?? row.At;
        long to = row.Kind == ReadingKind.Period ? row.At : rows.Find(each => each.Kind != ReadingKind.Period && each.At > row.At)?.At ?? row.At;
        Changed = Changed is { } changed ? (Math.Min(changed.From, from), Math.Max(changed.To, to)) : (from, to);
    }

    /// <summary>The reading before, else the begin of the Berlin day, at midnight of the day before.</summary>
    private long StartBefore(long at)
    {
        var before = rows.LastOrDefault(row => row.At < at && row.State == ReadingState.Used);
        return before?.At ?? MarketDay.Slots(MarketDay.Containing(at - 1))[0].StartUnixSeconds;
    }

    private bool IsWrongPeriod(NewReading reading, long start, FormFindings findings)
    {
        if (start >= reading.At || reading.At - start > LongestPeriod)
        {
            findings.Add(reading.Row, "period_start", "CMH-1724", "The period begins before the timestamp, at most 400 days.");
            return true;
        }

        if (reading.Wh > MostPerSlot)
        {
            findings.Add(reading.Row, "consumption_kwh", "CMH-1725", "More than 2147483.647 kWh at once.");
            return true;
        }

        var period = (From: start, To: reading.At);
        var other = Periods().FirstOrDefault(each => each.From.ToUnixTimeSeconds() < period.To && period.From < each.To.ToUnixTimeSeconds());
        if (other.To == default) return false;
        findings.Add(reading.Row, "timestamp", "CMH-1721", $"The energy from {other.From} to {other.To} is given by readings already.");
        return true;
    }
}
