using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>What one quarter hour brought a point; both in Wh.</summary>
/// <param name="Allocated">Consumption covered by the community.</param>
/// <param name="Credited">Generation that the community used.</param>
internal readonly record struct SlotShare(long Allocated, long Credited);

/// <summary>
/// Collects what each settled quarter hour brings each point, packed by point and day. A packed day is consumption, then generation, each a row of
/// variable-length numbers (7 bits a byte, lowest first): 0 and a count are slots that are not settled, 1 and a count are zeros, any other number
/// is the energy plus one. Nights cost two bytes, a day some eighty.
/// </summary>
internal sealed class SlotShares : ISlotObserver
{
    /// <summary>Of a number of 64 bits.</summary>
    private const int MostBytes = 10;

    private static readonly long[] NotSettled = [.. Enumerable.Repeat(-1L, 100)];

    // All points of a day lie in one array: an object for each would double the memory of a large month.
    private readonly Dictionary<int, PackedDay> days = [];
    private readonly Dictionary<string, int> placeOf = new(StringComparer.Ordinal);
    private readonly SlotColumns allocated = new();
    private readonly SlotColumns credited = new();
    private readonly Dictionary<long, int> slotAt = [];
    private IReadOnlyList<string> consumers = [];
    private IReadOnlyList<string> producers = [];
    private byte[] packing = [];
    private int slots;
    private int day = int.MinValue;
    private bool isBegun;

    /// <summary>The packed slots of a point's day; absent if nothing of the day was settled.</summary>
    public byte[]? Of(string point, int dayNumber)
    {
        Pack();
        packing = []; // who asks has seen the last day, or begins the next one anew
        allocated.Begin(0, 0);
        credited.Begin(0, 0);
        return days.TryGetValue(dayNumber, out var day) && placeOf.TryGetValue(point, out int place) ? day.Of(place) : null;
    }

    public void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers)
    {
        Pack();
        (this.consumers, this.producers, isBegun) = (consumers, producers, false);
    }

    public void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited)
    {
        if (!isBegun) Begin(MarketDay.Containing(slot.StartUnixSeconds));
        int at = slotAt[slot.StartUnixSeconds];
        this.allocated.Put(at, allocated);
        this.credited.Put(at, credited);
    }

    /// <summary>Reads a packed day; absent are slots that are not settled.</summary>
    /// <param name="count">Slots of the day.</param>
    public static SlotShare?[] Unpack(ReadOnlySpan<byte> packed, int count)
    {
        var shares = new SlotShare?[count];
        int at = 0;
        foreach (bool isGeneration in (ReadOnlySpan<bool>)[false, true])
        {
            for (int slot = 0; slot < count && at < packed.Length;)
            {
                long number = Read(packed, ref at);
                long run = number > 1 ? 1 : Read(packed, ref at);
                long wh = number > 1 ? number - 1 : 0;
                for (; run > 0 && slot < count; run--, slot++)
                    if (number > 0) shares[slot] = isGeneration ? (shares[slot] ?? default) with { Credited = wh } : (shares[slot] ?? default) with { Allocated = wh };
            }
        }

        return shares;
    }

    /// <summary>Packs one direction of a day; below zero is not settled.</summary>
    /// <param name="bytes">Has <see cref="MostBytes"/> for each slot.</param>
    /// <returns>Bytes written.</returns>
    private static int PackInto(Span<byte> bytes, ReadOnlySpan<long> wh)
    {
        int at = 0;
        for (int slot = 0; slot < wh.Length;)
        {
            long value = wh[slot];
            if (value > 0)
            {
                Write(bytes, ref at, value + 1);
                slot++;
                continue;
            }

            int run = 1;
            while (slot + run < wh.Length && Math.Sign(wh[slot + run]) == Math.Sign(value)) run++;
            Write(bytes, ref at, value < 0 ? 0 : 1);
            Write(bytes, ref at, run);
            slot += run;
        }

        return at;
    }

    private void Begin(int dayNumber)
    {
        (day, isBegun) = (dayNumber, true);
        var all = MarketDay.Slots(day);
        slots = all.Count;
        slotAt.Clear();
        for (int i = 0; i < slots; i++) slotAt.Add(all[i].StartUnixSeconds, i);
        allocated.Begin(consumers.Count, slots);
        credited.Begin(producers.Count, slots);
    }

    private void Pack()
    {
        if (!isBegun) return;
        isBegun = false;
        foreach (string point in consumers.Concat(producers)) placeOf.TryAdd(point, placeOf.Count);
        int[] consumerAt = Places(consumers), producerAt = Places(producers), ends = new int[placeOf.Count];
        int used = 0;
        for (int place = 0; place < ends.Length; place++)
        {
            if (consumerAt[place] >= 0 || producerAt[place] >= 0) used += Pack(used, consumerAt[place], producerAt[place]);
            ends[place] = used;
        }

        days[day] = new PackedDay(packing[..used], ends);
    }

    /// <summary>Where each point stands in a list; −1: nowhere.</summary>
    private int[] Places(IReadOnlyList<string> points)
    {
        int[] at = new int[placeOf.Count];
        Array.Fill(at, -1);
        for (int i = 0; i < points.Count; i++) at[placeOf[points[i]]] = i;
        return at;
    }

    /// <returns>Bytes written.</returns>
    private int Pack(int used, int consumer, int producer)
    {
        if (packing.Length < used + (2 * slots * MostBytes)) Array.Resize(ref packing, (2 * packing.Length) + (200 * MostBytes));
        var bytes = packing.AsSpan(used);
        int first = PackInto(bytes, consumer < 0 ? NotSettled.AsSpan(0, slots) : allocated.Of(consumer));
        return producer < 0 ? first : first + PackInto(bytes[first..], credited.Of(producer));
    }

    private static void Write(Span<byte> bytes, ref int at, long number)
    {
        for (; number > 0x7F; number >>= 7) bytes[at++] = (byte)(number | 0x80);
        bytes[at++] = (byte)number;
    }

    private static long Read(ReadOnlySpan<byte> bytes, ref int at)
    {
        long number = 0;
        for (int shift = 0; at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            number |= (long)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }

        return number;
    }

    /// <param name="Bytes">The points' packed slots, one after another.</param>
    /// <param name="Ends">By point: where its bytes end; a point without any was no member that day.</param>
    private readonly record struct PackedDay(byte[] Bytes, int[] Ends)
    {
        public byte[]? Of(int place)
        {
            if (place >= Ends.Length) return null;
            int start = place == 0 ? 0 : Ends[place - 1];
            return start == Ends[place] ? null : Bytes[start..Ends[place]];
        }
    }
}
