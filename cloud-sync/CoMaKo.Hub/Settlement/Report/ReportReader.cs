using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>Makes reports, on request from curves and terms, or from stored runs.</summary>
internal sealed class ReportReader(GroupSettlement settlement, ISettlementInputs inputs, RunReader runs, TimeProvider clock)
{
    private const int LeastMembers = 3;

    /// <summary>A settlement takes a core for its time; more at once would only keep each other waiting.</summary>
    private static readonly SemaphoreSlim Places = new(2);

    /// <summary>Computed now; absent if there is no such group.</summary>
    public async Task<GroupReport?> PreviewAsync(string group, LocalDate from, LocalDate to, ISlotObserver? observer = null)
    {
        await Places.WaitAsync();
        try
        {
            return await settlement.SettleAsync(group, from, to, SettlementChoice.Preview, observer) is { } settled ? GroupReport.Of(settled, clock.UnixMicroseconds()) : null;
        }
        finally
        {
            Places.Release();
        }
    }

    /// <summary>A stored run; of a published one the month as it stands with it. Absent if there is none of that name.</summary>
    public async Task<GroupReport?> StoredAsync(string group, RunName name)
    {
        if (await runs.FindAsync(group, name) is not { } run) return null;
        var before = run.Kind == RunKind.Delta || run.IsPublished ? await runs.PublishedLinesAsync(group, name.Month, name.Sequence) : [];
        var lines = run.IsPublished ? before : [.. before, .. await runs.LinesAsync(run.RunId)];
        return GroupReport.Of(run, await runs.PointsAsync(run.RunId), lines);
    }

    /// <summary>What a member may see of it: its own points, and totals only of a group from three persons up.</summary>
    public async Task<GroupReport> ForMemberAsync(GroupReport report, string participant)
    {
        if (await inputs.TermsAsync(report.Group, report.From, report.To) is not { } terms) return report with { ShowsTotals = false, Shown = [] };
        int persons = report.Points.Select(point => terms.PersonOf.GetValueOrDefault(point.Point, point.Point)).Distinct(StringComparer.Ordinal).Count();
        return report with { ShowsTotals = persons >= LeastMembers, Shown = [.. report.Points.Where(point => terms.PersonOf.GetValueOrDefault(point.Point) == participant)] };
    }
}
