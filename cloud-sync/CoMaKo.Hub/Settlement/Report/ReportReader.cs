using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>Some rows of a report.</summary>
/// <param name="Chart">Absent if there is none, or if its reader may not see the group's totals.</param>
/// <param name="Next">Last id shown, if there are more.</param>
/// <param name="HasMoney">Its rows have amounts.</param>
public sealed record ReportPart(GroupReport Report, ReportChart? Chart, string? Next, bool HasMoney);

/// <summary>Makes reports, on request from curves and terms, or from stored runs.</summary>
internal sealed class ReportReader(Previews previews, ISettlementInputs inputs, RunReader runs, TimeProvider clock)
{
    /// <summary>Computed now; absent if there is no such group.</summary>
    public async Task<GroupReport?> PreviewAsync(string group, LocalDate from, LocalDate to) => (await PreviewWithChartAsync(group, from, to))?.Report;

    /// <inheritdoc cref="PreviewAsync"/>
    public async Task<(GroupReport Report, ReportChart Chart)?> PreviewWithChartAsync(string group, LocalDate from, LocalDate to) =>
        await previews.SettleAsync(group, from, to) is { } settled ? (GroupReport.Of(settled, clock.UnixMicroseconds()), new ReportChart(settled.Slots)) : null;

    /// <summary>A stored run; of a published one the month as it stands with it. Absent if there is none of that name.</summary>
    public async Task<GroupReport?> StoredAsync(string group, RunName name)
    {
        if (await runs.FindAsync(group, name) is not { } run) return null;
        var before = run.Kind == RunKind.Delta || run.IsPublished ? await runs.PublishedLinesAsync(group, name.Month, name.Sequence) : [];
        var lines = run.IsPublished ? before : [.. before, .. await runs.LinesAsync(run.RunId)];
        return GroupReport.Of(run, await runs.PointsAsync(run.RunId), lines);
    }

    /// <summary>A stored run; absent if there is none of that name.</summary>
    public Task<RunHead?> StoredHeadAsync(string group, RunName name) => runs.FindAsync(group, name);

    /// <summary>The run that tells how a month stands; absent if there is none.</summary>
    public async Task<RunHead?> StandingAsync(string group, YearMonth month) => RunHead.StandingOf(await runs.OfMonthAsync(group, month));

    /// <summary>A page of a stored run: some of its points with the totals of all, over its month or over days of it. Days have no money of their own.</summary>
    /// <param name="after">Points behind this id.</param>
    /// <param name="search">Points whose id begins so; empty: all.</param>
    /// <param name="participant">A member, who sees its own points, and totals only of a group from three persons up; absent: an operator.</param>
    public async Task<ReportPart> PartAsync(RunHead run, LocalDate from, LocalDate to, string after, string search, string? participant, int limit)
    {
        var points = await runs.PointsAsync(run.RunId, from, to, after, search, participant, limit + 1);
        string? next = points.Count > limit ? points[limit - 1].Point : null;
        List<RunPoint> shown = [.. points.Take(limit)];
        bool isMonth = from == run.Name.Month.First() && to == run.Name.Month.End();
        List<SettlementLine> lines = [];
        if (isMonth) lines.AddRange(await runs.PublishedLinesAsync(run.Group, run.Name.Month, run.Name.Sequence, shown.Select(point => point.Point)));
        if (isMonth && !run.IsPublished) lines.AddRange(await runs.LinesAsync(run.RunId, shown.Select(point => point.Point)));
        var (total, slots) = await runs.SumsAsync(run.RunId, from, to);
        bool showsTotals = participant is null || await runs.PersonsAsync(run.RunId) >= GroupTotals.LeastPersons;
        var report = GroupReport.Of(run, shown, lines) with { From = from, To = to, OfAll = total, ShowsTotals = showsTotals };
        if (!isMonth && slots is not null) report = report with { ExpectedSlots = slots.Days.Sum(day => day.Count), OpenSlots = slots.Days.Sum(day => day.Count(slot => slot.IsOpen)) };
        return new ReportPart(report, slots is null || !showsTotals ? null : new ReportChart(slots), next, isMonth);
    }

    /// <summary>What a member may see of it: its own points, and totals only of a group from three persons up.</summary>
    public async Task<GroupReport> ForMemberAsync(GroupReport report, string participant)
    {
        if (await inputs.TermsAsync(report.Group, report.From, report.To) is not { } terms) return report with { ShowsTotals = false, Shown = [] };
        int persons = report.Points.Select(point => terms.PersonOf.GetValueOrDefault(point.Point, point.Point)).Distinct(StringComparer.Ordinal).Count();
        return report with { ShowsTotals = persons >= GroupTotals.LeastPersons, Shown = [.. report.Points.Where(point => terms.PersonOf.GetValueOrDefault(point.Point) == participant)] };
    }
}
