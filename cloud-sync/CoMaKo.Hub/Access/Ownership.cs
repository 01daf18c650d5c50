namespace CoMaKo.Hub.Access;

/// <summary>What is whose: answered by the context that knows the thing.</summary>
internal interface IOwnership
{
    Owned Subject { get; }

    /// <summary>Whether a thing is a participant's own; false too if it does not exist.</summary>
    ValueTask<bool> OwnsAsync(string participant, string id);
}

/// <summary>Asks the contexts. What no context answers for is nobody's.</summary>
internal sealed class Ownership(IEnumerable<IOwnership> contexts)
{
    private readonly Dictionary<Owned, IOwnership> bySubject = contexts.GroupBy(context => context.Subject).ToDictionary(same => same.Key, same => same.Last());

    /// <summary>Whether the address of a request leads a member to its own.</summary>
    public async ValueTask<bool> ReachesOwnAsync(AccessPolicy policy, Caller caller, RouteValueDictionary values) =>
        policy.RouteValue is not { } name
        || (caller.Participant is { } participant && values[name] is string id && bySubject.TryGetValue(policy.Subject, out var context) && await context.OwnsAsync(participant, id));
}
