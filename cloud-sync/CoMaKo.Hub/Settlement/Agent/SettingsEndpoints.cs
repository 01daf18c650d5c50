using CoMaKo.Hub.Access;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>The settlement's rules as they are in force.</summary>
/// <param name="Holidays">States whose holidays are no working days, besides those of the whole country.</param>
/// <param name="NextClose">When the next month is closed or would be, if all its quarter hours are settled.</param>
internal sealed record SettlementSettingsDocument(int CloseWorkingDay, int CloseHour, IReadOnlyList<GermanStates> Holidays, int CorrectionMonths, bool ClosesByItself, string NextClose)
{
    public static SettlementSettingsDocument Of(AgentRules rules, Instant now) => new(
        rules.CloseWorkingDay, rules.Hour, [.. Enum.GetValues<GermanStates>().Where(state => System.Numerics.BitOperations.PopCount((uint)state) == 1 && rules.Calendar.States.HasFlag(state))],
        rules.MonthsBack, rules.ClosesByItself, rules.NextClose(now).ToString());
}

/// <summary>What the hub's settings file says.</summary>
internal sealed record SettingsDocument(SettlementSettingsDocument Settlement);

internal static class SettingsEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/settings", (AgentRules rules, TimeProvider clock) => Results.Ok(new SettingsDocument(SettlementSettingsDocument.Of(rules, Instant.FromDateTimeOffset(clock.GetUtcNow())))))
            .WithName("settings").WithSummary("What the hub's settings file says: when months are closed, whose holidays count, how far back corrections reach").Produces<SettingsDocument>().ForOperators(Scopes.ReportsRead);
}
