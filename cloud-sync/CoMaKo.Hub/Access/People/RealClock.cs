namespace CoMaKo.Hub.Access.People;

/// <summary>The clock that sign-in goes by: a demonstration's model clock may run a day in a minute, and nobody should be signed out by that.</summary>
internal sealed class RealClock(TimeProvider hub)
{
    private readonly TimeProvider clock = hub is Quantities.ModelTimeProvider ? TimeProvider.System : hub;

    public long UnixMicroseconds => clock.UnixMicroseconds();

    /// <summary>Since a fixed point; never steps.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(0);
}
