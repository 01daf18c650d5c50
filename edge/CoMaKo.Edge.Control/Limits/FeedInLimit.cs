using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>§9 EEG: feed-in at the connection, by the grid operator's contacts, by directive and by the rule that always holds (local-control §6.2). The strictest counts.</summary>
internal sealed class FeedInLimit(LimitSettings settings) : ILimit, IRemembers
{
    private static readonly (RelayMeaning Meaning, decimal Share)[] Stages = [(RelayMeaning.FeedIn0, 0), (RelayMeaning.FeedIn30, 0.3m), (RelayMeaning.FeedIn60, 0.6m)];
    private decimal? lastStage;

    public string Name => "eeg-9";

    public LimitRank Rank => LimitRank.GridOperator;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        if (settings.Plants.IsEmpty) return new(allowed, LimitState.Idle(LimitSource.FeedInRule));
        var (share, state) = Contacts(now);
        var (limit, installed) = (Power.Zero, Power.Zero);
        foreach (var plant in settings.Plants)
        {
            limit += plant.Installed.Scale(Math.Min(share, plant.StaticShare));
            installed += plant.Installed;
        }

        if (state.Kind == LimitKind.Idle && limit < installed) state = new(LimitKind.Active, LimitSource.FeedInRule);
        if (now.Orders.InForce(DirectedLimit.FeedIn, now).MinBy(d => d.Limit) is { } directive && directive.Limit < limit)
            (limit, state) = (directive.Limit, new(LimitKind.Active, LimitSource.FeedInDirective, directive.Id, null, directive.From));

        return state.Kind == LimitKind.Idle ? new(allowed, state) : new(ConnectionBounds.Export(allowed, now, limit, Name), state with { Value = limit });
    }

    public LimitMemory Remember(LimitMemory memory) => memory with { FeedInStage = lastStage };

    public void Recall(LimitMemory memory) => lastStage = memory.FeedInStage;

    private (decimal Share, LimitState State) Contacts(ControlImage now)
    {
        decimal share = 1;
        var state = LimitState.Idle(settings.FeedIn.Relays.IsEmpty ? LimitSource.FeedInRule : LimitSource.FeedInRelay);
        bool anyClosed = false, anyUnknown = false;
        foreach (var (meaning, stage) in Stages)
        {
            if (!settings.FeedIn.Relays.Contains(meaning)) continue;
            var contact = now.Relays.Find(meaning);
            if (contact?.IsActive == false) continue;
            bool isKnown = contact?.IsActive is not null;
            (anyClosed, anyUnknown) = (anyClosed || isKnown, anyUnknown || !isKnown);
            decimal asked = isKnown ? stage : settings.FeedIn.FailsafeShare ?? stage;
            if (asked >= share) continue;
            (share, state) = (asked, new(isKnown ? LimitKind.Active : LimitKind.Failsafe, LimitSource.FeedInRelay, contact?.Source ?? meaning.ToString(), null, contact?.Since));
        }

        if (anyClosed && state.Kind == LimitKind.Active) lastStage = share;
        if (anyClosed || settings.FeedIn.Relays.IsEmpty) return (share, state);
        return WithoutContact(now, share, state, anyUnknown);
    }

    /// <summary>No contact is known to be closed: by contract either nothing is asked for, or what was asked last goes on.</summary>
    private (decimal Share, LimitState State) WithoutContact(ControlImage now, decimal share, LimitState state, bool anyUnknown)
    {
        if (!anyUnknown && now.Relays.Find(RelayMeaning.FeedIn100)?.IsActive == true) lastStage = null;
        if (settings.FeedIn.WhenNoneActive == FeedInDefault.Full)
        {
            if (!anyUnknown) lastStage = null;
            return (share, state);
        }

        return lastStage is { } last && last < share ? (last, new(LimitKind.Active, LimitSource.FeedInRelay, null)) : (share, state);
    }
}
