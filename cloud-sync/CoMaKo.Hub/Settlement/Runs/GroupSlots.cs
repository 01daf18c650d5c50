using System.Buffers.Binary;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A group's energy in one slot, or in several; all in Wh.</summary>
/// <param name="Neighbours">Consumption covered by the community.</param>
/// <param name="Grid">Consumption beyond it.</param>
/// <param name="Away">Generation that left the group.</param>
/// <param name="IsOpen">Nothing of it is settled.</param>
public readonly record struct GroupEnergy(long Neighbours, long Grid, long Away, bool IsOpen)
{
    public long Height => Neighbours + Grid + Away;

    public static GroupEnergy operator +(GroupEnergy one, GroupEnergy other) =>
        new(one.Neighbours + other.Neighbours, one.Grid + other.Grid, one.Away + other.Away, one.IsOpen && other.IsOpen);
}

/// <summary>What a group used, shared and gave away in each slot of some Berlin days: collected while they are settled, or read from a run.</summary>
public sealed class GroupSlots : ISlotObserver
{
    private const int Bytes = 3 * sizeof(long);
    private static readonly GroupEnergy Open = new(0, 0, 0, true);

    private readonly int first;
    private readonly GroupEnergy[][] days;
    private (long From, long To, int Index) current;

    /// <param name="to">Exclusive.</param>
    public GroupSlots(LocalDate from, LocalDate to)
    {
        first = MarketDay.Number(from);
        days = new GroupEnergy[MarketDay.Number(to) - first][];
        for (int i = 0; i < days.Length; i++)
        {
            days[i] = new GroupEnergy[MarketDay.Slots(first + i).Count];
            Array.Fill(days[i], Open);
        }
    }

    /// <summary>By day, then by slot.</summary>
    public IReadOnlyList<IReadOnlyList<GroupEnergy>> Days => days;

    public void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers)
    {
    }

    public void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited)
    {
        long neighbours = 0, grid = 0, away = 0;
        for (int i = 0; i < allocated.Length; i++)
        {
            neighbours += allocated[i];
            grid += consumption[i] - allocated[i];
        }

        for (int i = 0; i < generation.Length; i++) away += generation[i] - credited[i];
        long start = slot.StartUnixSeconds;
        if (start < current.From || start >= current.To) GoToDayOf(start);
        days[current.Index][(start - current.From) / QuarterHour.Seconds] = new GroupEnergy(neighbours, grid, away, false);
    }

    /// <summary>A day as stored in <c>mkt_run_sum.slots</c>.</summary>
    public byte[] Pack(int day)
    {
        var slots = days[day - first];
        byte[] packed = new byte[slots.Length * Bytes];
        for (int i = 0; i < slots.Length; i++)
        {
            var at = packed.AsSpan(i * Bytes, Bytes);
            var (neighbours, grid, away, isOpen) = slots[i];
            BinaryPrimitives.WriteInt64BigEndian(at, isOpen ? -1 : neighbours);
            BinaryPrimitives.WriteInt64BigEndian(at[sizeof(long)..], isOpen ? -1 : grid);
            BinaryPrimitives.WriteInt64BigEndian(at[(2 * sizeof(long))..], isOpen ? -1 : away);
        }

        return packed;
    }

    /// <summary>Takes a stored day.</summary>
    public void Unpack(int day, ReadOnlySpan<byte> packed)
    {
        var slots = days[day - first];
        for (int i = 0; i < slots.Length && (i + 1) * Bytes <= packed.Length; i++)
        {
            var at = packed.Slice(i * Bytes, Bytes);
            long neighbours = BinaryPrimitives.ReadInt64BigEndian(at);
            slots[i] = neighbours < 0 ? Open : new GroupEnergy(neighbours, BinaryPrimitives.ReadInt64BigEndian(at[sizeof(long)..]), BinaryPrimitives.ReadInt64BigEndian(at[(2 * sizeof(long))..]), false);
        }
    }

    /// <summary>Slots come in the order of time: no calendar is asked again within a day.</summary>
    private void GoToDayOf(long start)
    {
        int day = MarketDay.Containing(start);
        var slots = MarketDay.Slots(day);
        current = (slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds, day - first);
    }
}
