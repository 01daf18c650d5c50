using System.Buffers.Binary;
using System.Security.Cryptography;
using CoMaKo.Hub.Settlement;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>Terms and effective days without the contexts that own them, insert-only like theirs.</summary>
internal sealed class MemoryInputs : ISettlementInputs
{
    private readonly SortedDictionary<(int Day, long Series), List<(byte[] Wh, byte[] Status)>> days = [];
    private readonly Dictionary<(string Point, EnergyDirection Direction), long> series = [];

    public MemberTerms? Terms { get; set; }

    public GroupTerms Group
    {
        get => Terms!.Group;
        set => Terms = MemberTerms.Of(value);
    }

    public void Put(string point, EnergyDirection direction, LocalDate day, IReadOnlyList<long> wh, IReadOnlyList<ValueStatus>? status = null)
    {
        if (!series.TryGetValue((point, direction), out long id)) series.Add((point, direction), id = series.Count + 1);
        byte[] packed = new byte[wh.Count * sizeof(int)];
        byte[] states = [.. status?.Select(each => (byte)each) ?? wh.Select(_ => (byte)ValueStatus.Measured)];
        for (int i = 0; i < wh.Count; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), states[i] is (byte)ValueStatus.Absent ? int.MinValue : (int)wh[i]);
        var key = (MarketDay.Number(day), id);
        if (!days.TryGetValue(key, out var versions)) days.Add(key, versions = []);
        versions.Add((packed, states));
    }

    /// <summary>Whole days of one value per slot.</summary>
    public void Fill(string point, EnergyDirection direction, LocalDate from, LocalDate to, long wh)
    {
        for (var day = from; day < to; day = day.PlusDays(1)) Put(point, direction, day, [.. MarketDay.Slots(MarketDay.Number(day)).Select(_ => wh)]);
    }

    public Task<IReadOnlyList<string>> GroupsAsync() => Task.FromResult<IReadOnlyList<string>>([Group.Group]);

    public Task<MemberTerms?> TermsAsync(string group, LocalDate from, LocalDate to) => Task.FromResult(group == Group.Group ? Terms : null);

    public Task<YearMonth?> FirstMonthAsync(string group) => Task.FromResult<YearMonth?>(days.Count == 0 ? null : MarketDay.Date(days.Keys.Min(key => key.Day)).ToYearMonth());

    public Task<YearMonth?> FirstMonthOfAllAsync() => FirstMonthAsync(Group.Group);

    public Task PrepareAsync(string group, LocalDate from, LocalDate to) => Task.CompletedTask;

    public Task<string> RevisionAsync(string group, LocalDate from, LocalDate to)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var each in In(from, to)) hash.AppendData(BitConverter.GetBytes(each.Value.Count));
        return Task.FromResult(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public async IAsyncEnumerable<SeriesRow> RowsAsync(string group, LocalDate from, LocalDate to)
    {
        await Task.CompletedTask;
        var names = series.ToDictionary(each => each.Value, each => each.Key);
        foreach (var ((day, id), versions) in In(from, to)) yield return new SeriesRow(id, day, versions.Count, names[id].Point, names[id].Direction, versions[^1].Wh, versions[^1].Status);
    }

    private IEnumerable<KeyValuePair<(int Day, long Series), List<(byte[] Wh, byte[] Status)>>> In(LocalDate from, LocalDate to) =>
        days.Where(each => each.Key.Day >= MarketDay.Number(from) && each.Key.Day < MarketDay.Number(to));
}
