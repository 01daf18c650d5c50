using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market;

/// <summary>Writes balance groups: their members, keys and prices from a day on.</summary>
internal sealed class GroupStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Creates or replaces a group.</summary>
    /// <param name="condition">Whether the caller goes on with the revision that is there; absent if there is none.</param>
    public Task<PutOutcome> PutAsync(GroupForm form, Caller caller, FormFindings findings, Func<long?, bool> condition) => database.WriteNewAsync(tx => PutAsync(tx, form, caller, findings, condition));

    /// <inheritdoc cref="PutAsync(GroupForm, Caller, FormFindings, Func{long?, bool})"/>
    public async ValueTask<PutOutcome> PutAsync(HubTransaction tx, GroupForm form, Caller caller, FormFindings findings, Func<long?, bool> condition)
    {
        findings.Clear();
        var there = await GroupReader.LockAsync(tx, form.Id);
        if (!condition(there?.Revision)) return new PutOutcome(PutResult.ConditionFailed);
        var rows = there is null ? new GroupRows([], [], []) : await GroupRows.ReadAsync(tx, there.GroupId);
        var history = GroupHistory.Of(rows.Memberships, rows.Keys, rows.Prices);
        if (await StateAsync(tx, form, findings) is not { } state) return new PutOutcome(PutResult.Refused);
        int from = form.ValidFrom ?? history.BeginOf(clock.Today()) ?? MarketDays.Ever;
        bool isSame = state.IsSame(history.On(from));
        if (!isSame && form.ValidFrom is null && there is not null && from < there.FinalToDay) return new PutOutcome(PutResult.NeedsDate);
        await FindOthersAsync(tx, form, state, there?.GroupId ?? 0, from, history.NextAfter(from), findings);
        if (findings.Any) return new PutOutcome(PutResult.Refused);
        if (there is not null && isSame && there.Title == form.Title && there.Eic == form.Eic && there.AllowsProfiles == form.AllowsProfiles) return new PutOutcome(PutResult.Unchanged, there.Revision);
        await WriteAsync(tx, form, there?.GroupId, isSame ? null : history.With(from, state));
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, there is null ? "balance_group.create" : "balance_group.change", form.Id, AuditText.Of(form with { ValidFrom = from }));
        return new PutOutcome(there is null ? PutResult.Created : PutResult.Replaced, (there?.Revision ?? 0) + 1);
    }

    /// <summary>Creates or replaces what of a group does not change by day; a new one has no members, keys and prices yet.</summary>
    public async ValueTask<PutOutcome> PutAsync(HubTransaction tx, GroupHead head, Caller caller, FormFindings findings)
    {
        findings.Clear();
        var there = await GroupReader.LockAsync(tx, head.Id);
        if (there is not null && head == new GroupHead(there.Name, there.Title, there.Eic, there.AllowsProfiles)) return new PutOutcome(PutResult.Unchanged, there.Revision);
        if (there is { AllowsProfiles: true } && !head.AllowsProfiles && await tx.Prepare("SELECT 1 FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id WHERE m.group_id = $1 AND p.is_profile = 1").Bind(there.GroupId).NumberAsync() is not null)
        {
            findings.Add("allows_profiles", "CMH-1665", "The group has points without quarter-hour meter.");
            return new PutOutcome(PutResult.Refused);
        }

        await WriteAsync(tx, new GroupForm(head.Id, head.Title, head.Eic, head.AllowsProfiles, [], AllocationMethod.Dynamic, null, new PriceTerms(0, 0, null), null), there?.GroupId, history: null);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, there is null ? "balance_group.create" : "balance_group.change", head.Id, AuditText.Of(head));
        return new PutOutcome(there is null ? PutResult.Created : PutResult.Replaced, (there?.Revision ?? 0) + 1);
    }

    /// <summary>Notes, in the transaction that publishes a final run, that days before <paramref name="toDay"/> rest on the group's terms.</summary>
    public static async ValueTask MarkFinalAsync(HubTransaction tx, long groupId, int toDay) =>
        await tx.Prepare("UPDATE mkt_group SET final_to_day = $1 WHERE group_id = $2 AND final_to_day < $1").Bind(toDay).Bind(groupId).RunAsync();

    /// <param name="groupId">Absent for a new one.</param>
    /// <param name="history">Absent if nothing of it changed.</param>
    private async ValueTask WriteAsync(HubTransaction tx, GroupForm form, long? groupId, GroupHistory? history)
    {
        var values = new { form.Id, form.Title, form.Eic, allows = form.AllowsProfiles ? 1L : 0L, now = clock.UnixMicroseconds(), groupId };
        if (groupId is null) await tx.ExecuteAsync("INSERT INTO mkt_group (name, title, eic, allows_profiles, changed_us) VALUES (@Id, @Title, @Eic, @allows, @now)", values);
        else await tx.ExecuteAsync("UPDATE mkt_group SET title = @Title, eic = @Eic, allows_profiles = @allows, revision = revision + 1, changed_us = @now WHERE group_id = @groupId", values);
        if (history is not null) await GroupRows.WriteAsync(tx, (await GroupReader.LockAsync(tx, form.Id))!.GroupId, history);
    }

    /// <returns>Absent, with findings, if points are unknown or keys do not fit them.</returns>
    private static async ValueTask<GroupState?> StateAsync(HubTransaction tx, GroupForm form, FormFindings findings)
    {
        var points = (await PointReader.AllOfAsync(tx, [.. form.Points])).ToDictionary(point => point.Name, StringComparer.Ordinal);
        for (int i = 0; i < form.Points.Count; i++)
            if (!points.ContainsKey(form.Points[i])) findings.Add(FormattableString.Invariant($"metering_points[{i}]"), "CMH-1656", $"There is no metering point '{form.Points[i]}'. PUT it first.");
        if (!form.AllowsProfiles)
            foreach (var point in points.Values.Where(point => point.IsProfile)) findings.Add("metering_points", "CMH-1665", $"'{point.Name}' has no quarter-hour meter; the group must say allows_profiles, which § 42b and § 42c EnWG do not permit.");
        if (findings.Any) return null;
        var consumers = points.Values.Where(point => point.Has(EnergyDirection.Consumption)).Select(point => point.Name).ToList();
        var weights = form.Method == AllocationMethod.Dynamic ? new Dictionary<string, long>() : form.Keys ?? EqualKeys(form.Method, consumers);
        CheckKeys(form, weights, consumers, findings);
        if (findings.Any) return null;
        return new GroupState(
            [.. points.Values.Select(point => point.PointId).Order()],
            new KeyTerms(form.Method, [.. weights.Select(each => (points[each.Key].PointId, each.Value)).OrderBy(each => each.PointId)]), form.Price);
    }

    private static IReadOnlyDictionary<string, long> EqualKeys(AllocationMethod method, List<string> consumers) =>
        consumers.Count == 0 ? new Dictionary<string, long>() : KeyVersion.Equal(null, method, consumers).Weights;

    private static void CheckKeys(GroupForm form, IReadOnlyDictionary<string, long> weights, List<string> consumers, FormFindings findings)
    {
        if (form.Method == AllocationMethod.Dynamic || consumers.Count == 0 && weights.Count == 0) return;
        var members = consumers.ToHashSet(StringComparer.Ordinal);
        foreach (string stranger in weights.Keys.Where(id => !members.Contains(id)).Order(StringComparer.Ordinal)) findings.Add($"keys.{stranger}", "CMH-1658", "The key belongs to no consuming member.");
        foreach (string member in consumers.Where(id => !weights.ContainsKey(id)).Order(StringComparer.Ordinal)) findings.Add("keys", "CMH-1658", $"The consuming member '{member}' has no key.");
        if (form.Method == AllocationMethod.Ranked)
        {
            foreach (var (id, _) in weights.Where(each => each.Value < 1)) findings.Add($"keys.{id}", "CMH-1658", "Classes count from 1.");
            return;
        }

        long sum = weights.Values.Sum();
        if (sum != KeyVersion.Whole) findings.Add("keys", "CMH-1658", FormattableString.Invariant($"The keys sum to {sum} instead of 1000000 millionths."));
    }

    /// <summary>CMH-1661: points that belong to another group in that time.</summary>
    private static async ValueTask FindOthersAsync(HubTransaction tx, GroupForm form, GroupState state, long groupId, int from, int? to, FormFindings findings)
    {
        var taken = await tx.QueryAsync<(string Point, string Group)>($"""
            SELECT DISTINCT p.name, g.name FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id JOIN mkt_group g ON g.group_id = m.group_id
            WHERE m.group_id <> @groupId AND m.from_day < @end AND coalesce(m.to_day, @end) > @from AND m.point_id {tx.Engine.AnyOf("@members")}
            """, new { groupId, from, end = to ?? int.MaxValue, members = state.Members.ToArray() });
        foreach (var (point, group) in taken.OrderBy(each => each.Point, StringComparer.Ordinal))
            findings.Add(FormattableString.Invariant($"metering_points[{form.Points.ToList().IndexOf(point)}]"), "CMH-1661", $"'{point}' belongs to balance group '{group}' in that time.");
    }
}
