using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// Where a battery's energy came from: two balances, own (allocated) and grid. Charge of a slot counts before its discharge; discharge takes from
/// both in proportion, to the Wh by largest remainder. Losses stay in the balances, since what is lost was charged and never comes out.
/// </summary>
internal sealed class BatteryLedger(BatteryAccount account)
{
    private long own = account.OwnWh;
    private long grid = account.GridWh;
    private long ownOut;
    private long gridOut;
    private long unknownOut;

    /// <summary>Books a settled slot.</summary>
    /// <param name="allocated">Charge covered by the community, Wh.</param>
    /// <param name="charged">All charge, Wh.</param>
    /// <param name="discharged">Discharge, Wh.</param>
    public void Book(long allocated, long charged, long discharged)
    {
        own += allocated;
        grid += charged - allocated;
        long known = Math.Min(discharged, own + grid);
        Span<long> parts = stackalloc long[2];
        LargestRemainder.Distribute(known, [own, grid], parts);
        own -= parts[0];
        grid -= parts[1];
        ownOut += parts[0];
        gridOut += parts[1];
        unknownOut += discharged - known;
    }

    public BatteryResult ToResult() => new(account.Point, own, grid, ownOut, gridOut, unknownOut);
}
