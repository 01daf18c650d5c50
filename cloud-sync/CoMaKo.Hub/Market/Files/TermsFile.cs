using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Market.Files;

/// <summary>A table of what a balance group has from a day on.</summary>
internal abstract class TermsFile<T>(HubDatabase database, TimeProvider clock) : MasterFile<T>(database, clock)
{
    /// <summary>Day of a column; absent is "from ever".</summary>
    protected static int DayOf(JsonForm form, string name) => form.Day(name) ?? MarketDays.Ever;

    /// <summary>The group of a row; absent, with a finding, if there is none.</summary>
    protected static GroupRow? Find(IReadOnlyDictionary<string, GroupRow> groups, string name, int row, ImportWork work)
    {
        if (groups.TryGetValue(name, out var group)) return group;
        work.Findings.Add(row, "balance_group", "CMH-1652", $"There is no balance group '{name}'. Take it in first.");
        return null;
    }

    /// <summary>The point of a row; absent, with a finding, if there is none.</summary>
    protected static PointRow? Find(IReadOnlyDictionary<string, PointRow> points, string name, int row, ImportWork work)
    {
        if (points.TryGetValue(name, out var point)) return point;
        work.Findings.Add(row, "metering_point", "CMH-1651", $"There is no metering point '{name}'. Take it in first.");
        return null;
    }

    /// <summary>A row "from ever" that changes what a published settlement rests on is told: it has to name its day.</summary>
    protected static void RequireDay(GroupRow group, int from, int row, ImportWork work)
    {
        if (from == MarketDays.Ever && group.FinalToDay > 0)
            work.Findings.Add(row, "from", "CMH-1660", $"A published final settlement of '{group.Name}' rests on what holds from ever. Name the Berlin day from which on this holds.");
    }

    /// <summary>Notes that groups have changed: who read them before does not overwrite it.</summary>
    protected static async ValueTask TouchAsync(HubTransaction tx, IEnumerable<long> groups, ImportWork work)
    {
        foreach (long group in groups.Distinct().Order())
            await tx.Prepare("UPDATE mkt_group SET revision = revision + 1, changed_us = $1 WHERE group_id = $2").Bind(work.NowUs).Bind(group).RunAsync();
    }
}
