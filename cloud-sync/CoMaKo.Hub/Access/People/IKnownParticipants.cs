namespace CoMaKo.Hub.Access.People;

/// <summary>Which participants there are: answered by the context that keeps them, so that nobody is invited to things of nobody.</summary>
internal interface IKnownParticipants
{
    ValueTask<bool> ExistsAsync(string participant);
}
