using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>Settles groups for those who wait for the answer; nothing is stored.</summary>
internal sealed class Previews(GroupSettlement settlement)
{
    /// <summary>
    /// Groups up to this many points are settled for a page; a month of them takes less than a tenth of a second. Pages of larger ones show the night's run.
    /// </summary>
    public const int MostPoints = 100;

    /// <summary>A settlement takes a core for its time; more at once would only keep each other waiting.</summary>
    private static readonly SemaphoreSlim Places = new(2);

    /// <summary>Settles [<paramref name="from"/>, <paramref name="to"/>) as <see cref="GroupSettlement.SettleAsync"/> does, when its turn has come.</summary>
    public async Task<SettledPeriod?> SettleAsync(string group, LocalDate from, LocalDate to, SlotShares? shares = null)
    {
        await Places.WaitAsync();
        try
        {
            return await settlement.SettleAsync(group, from, to, SettlementChoice.Preview, shares);
        }
        finally
        {
            Places.Release();
        }
    }
}
