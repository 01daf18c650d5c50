using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement;

/// <summary>What a settlement knows of a group's members: its terms, and whose points and taxes they are.</summary>
/// <param name="PersonOf">Owner of each point; a point that is missing is its own person.</param>
/// <param name="TaxOf">Tax profiles of each person, and of the cooperative under <see cref="TaxRules.Cooperative"/>; who is missing is not taxed.</param>
internal sealed record MemberTerms(
    GroupTerms Group, IReadOnlyDictionary<string, string> PersonOf, IReadOnlyDictionary<string, IReadOnlyList<TaxProfile>> TaxOf)
{
    /// <summary>Terms without persons and taxes.</summary>
    public static MemberTerms Of(GroupTerms group) => new(group, new Dictionary<string, string>(), new Dictionary<string, IReadOnlyList<TaxProfile>>());
}

/// <summary>The newest version of the effective day of a series.</summary>
/// <param name="Day">Number of the Berlin day.</param>
/// <param name="Wh">Int32 big-endian per slot; below zero is absent.</param>
/// <param name="Status">One <see cref="ValueStatus"/> per slot.</param>
internal readonly record struct SeriesRow(long SeriesId, int Day, int Version, string Point, EnergyDirection Direction, ReadOnlyMemory<byte> Wh, ReadOnlyMemory<byte> Status);

/// <summary>What settlement reads of the contexts that own master data and curves.</summary>
internal interface ISettlementInputs
{
    /// <summary>Ids of all groups, in order.</summary>
    Task<IReadOnlyList<string>> GroupsAsync();

    /// <summary>A group's terms for [<paramref name="from"/>, <paramref name="to"/>); absent if there is no such group.</summary>
    Task<MemberTerms?> TermsAsync(string group, LocalDate from, LocalDate to);

    /// <summary>The first month in which a series of the group has a value; absent while none has.</summary>
    Task<YearMonth?> FirstMonthAsync(string group);

    /// <summary>A month before which no group has a value, found without looking at any group; absent while none has.</summary>
    Task<YearMonth?> FirstMonthOfAllAsync();

    /// <summary>Brings the effective days of the period up to date with what they come from: a report is never older than its inputs.</summary>
    Task PrepareAsync(string group, LocalDate from, LocalDate to);

    /// <summary>A text that differs whenever an effective day of the group's series inside the period has another newest version.</summary>
    Task<string> RevisionAsync(string group, LocalDate from, LocalDate to);

    /// <summary>The effective days of the group's series inside the period, in order of the days, one row per series and day.</summary>
    IAsyncEnumerable<SeriesRow> RowsAsync(string group, LocalDate from, LocalDate to);
}
