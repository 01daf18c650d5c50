using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>
/// The nightly work: after the hour of the settings each group's months are settled once a day. All replicas look; a group is done by the one that takes its
/// lease, and a night that was missed or cut off is caught up as soon as a process runs.
/// </summary>
internal sealed class AgentJob(BalanceGroupAgent agent, ISettlementInputs inputs, GroupLeases leases, AgentNotes notes, AgentRules rules, TimeProvider clock, ILogger<AgentJob> log)
    : RecurringJob(TimeSpan.FromMinutes(1), clock, log)
{
    protected override string Failure => "CMH-2304. The balance groups could not be read; they are tried again in a minute";

    /// <summary>Number of the day whose night has come.</summary>
    private int Night => MarketDay.Containing(Clock.UnixMicroseconds() / 1_000_000 - rules.Hour * NodaConstants.SecondsPerHour);

    /// <summary>Does what is due, once.</summary>
    /// <returns>How many groups were settled.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken)
    {
        int done = 0, night = Night;
        foreach (string group in await inputs.GroupsAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (await notes.NightAsync(group) >= night) continue;
                if (await leases.HoldAsync(group, (lease, renew) => SettleAsync(lease, renew, group, night, cancellationToken))) done++;
            }
            catch (GroupBusyException)
            {
                // Its owner does the night's work, or this process does it in a minute.
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Log.LogError(failure, "CMH-2304. Balance group {Group} could not be settled; it is tried again in a minute, other groups go on", group);
            }
        }

        return done;
    }

    protected override Task RoundAsync(CancellationToken stop) => RunDueAsync(stop);

    private async Task<bool> SettleAsync(Lease lease, Func<Task<bool>> renew, string group, int night, CancellationToken cancellationToken)
    {
        if (await notes.NightAsync(group) >= night) return false; // another was faster
        await agent.SettleAllAsync(lease, group, renew, cancellationToken);
        await notes.SetNightAsync(lease, group, night);
        return true;
    }
}
