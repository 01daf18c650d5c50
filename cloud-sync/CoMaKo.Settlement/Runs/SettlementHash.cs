using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// SHA-256 over all that counts, in one order and form: numbers as 64 bits big-endian, texts as UTF-8 with their length before them. What cannot
/// change the result (versions outside the period, members of other days, order of the input, values that are absent) does not change the hash.
/// </summary>
internal sealed class SettlementHash : IDisposable
{
    private const string Format = "comako.settlement.input.1";
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[1 << 16];
    private int used;

    /// <summary>Begins with the terms.</summary>
    public SettlementHash(PeriodTerms terms)
    {
        Add(Format);
        Add(terms.Group);
        Add(terms.From);
        Add(terms.To);
        Add(terms.Source.AllowsProfiles ? 1 : 0);
        AddPoints(terms);
        AddKeys(terms);
        Add(terms.Prices.Count);
        foreach (var segment in terms.Prices)
        {
            Add(segment.From);
            Add(segment.Prices.Internal);
            Add(segment.Prices.Fee);
            Add(segment.Prices.Surplus ?? -1);
        }

        var batteries = terms.Source.Batteries.Where(each => terms.IndexOf.ContainsKey(each.Point)).OrderBy(each => each.Point, StringComparer.Ordinal).ToList();
        Add(batteries.Count);
        foreach (var battery in batteries)
        {
            Add(battery.Point);
            Add(battery.OwnWh);
            Add(battery.GridWh);
        }
    }

    /// <summary>A series whose values are all measured.</summary>
    public void AddMeasured(ReadOnlySpan<long> wh)
    {
        var place = Reserve((wh.Length + 1) * sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(place, -1 - wh.Length); // no slot begins like this
        var target = MemoryMarshal.Cast<byte, long>(place[sizeof(long)..]);
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(wh, target);
        else wh.CopyTo(target);
    }

    /// <summary>One slot of a series that is not all measured.</summary>
    public void AddSlot(ValueStatus status, long wh) => Add(((long)status << 56) | wh);

    /// <summary>The hash of everything added, lower-case hex.</summary>
    public string Finish()
    {
        hash.AppendData(buffer.AsSpan(0, used));
        used = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void AddPoints(PeriodTerms terms)
    {
        Add(terms.Points.Count);
        for (int i = 0; i < terms.Points.Count; i++)
        {
            Add(terms.Points[i].Id);
            Add((long)terms.Points[i].Directions);
            Add(terms.Points[i].IsProfile ? 1 : 0);
        }

        for (int day = 0; day < terms.Days.Length; day++)
        {
            bool isAsBefore = day > 0 && terms.Membership[day].AsSpan().SequenceEqual(terms.Membership[day - 1]);
            Add(isAsBefore ? 1 : 0);
            if (isAsBefore) continue;
            foreach (bool isMember in terms.Membership[day]) Add(isMember ? 1 : 0);
        }
    }

    /// <summary>Each version that holds on a day of the period, from the day on which it does.</summary>
    private void AddKeys(PeriodTerms terms)
    {
        KeyVersion? before = null;
        for (int day = 0; day < terms.Days.Length; day++)
        {
            var key = terms.KeyOn(terms.From.PlusDays(day));
            if (key is null || ReferenceEquals(key, before)) continue;
            before = key;
            Add(day);
            Add((long)key.Method);
            if (key.Method == AllocationMethod.Dynamic) continue;
            Add(key.Weights.Count);
            foreach (var (id, weight) in key.Weights.OrderBy(each => each.Key, StringComparer.Ordinal))
            {
                Add(id);
                Add(weight);
            }
        }

        Add(-1);
    }

    private void Add(long number) => BinaryPrimitives.WriteInt64BigEndian(Reserve(sizeof(long)), number);

    private void Add(LocalDate day) => Add(day.ToDateOnly().DayNumber);

    private void Add(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Add(length);
        Encoding.UTF8.GetBytes(text, Reserve(length));
    }

    private Span<byte> Reserve(int length)
    {
        if (length > buffer.Length) throw new ArgumentException("A text is longer than 64 KiB.", nameof(length));
        if (used + length > buffer.Length)
        {
            hash.AppendData(buffer.AsSpan(0, used));
            used = 0;
        }

        used += length;
        return buffer.AsSpan(used - length, length);
    }
}
