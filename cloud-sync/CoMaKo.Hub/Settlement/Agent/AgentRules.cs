using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>When months are closed and how far back corrections reach: the section <c>settlement</c> of the hub's settings.</summary>
/// <param name="Calendar">Whose working days count.</param>
/// <param name="CloseWorkingDay">A month is closed on this working day of the next.</param>
/// <param name="Hour">Hour of the day (Berlin) at which months are closed and the nightly work begins.</param>
/// <param name="MonthsBack">Published months that are older are not corrected.</param>
/// <param name="ClosesByItself">A month whose quarter hours are all settled is closed without a person; else each month waits for a confirmation.</param>
internal sealed record AgentRules(MarketCalendar Calendar, int CloseWorkingDay = 8, int Hour = 3, int MonthsBack = 36, bool ClosesByItself = true)
{
    public static readonly AgentRules Default = new(new MarketCalendar(GermanStates.None));

    /// <summary>Reads the section; what is absent keeps its default.</summary>
    public static AgentRules Read(JsonForm form)
    {
        var states = GermanStates.None;
        foreach (var state in form.Words<GermanStates>("holidays")) states |= state;
        var rules = new AgentRules(
            new MarketCalendar(states), (int)(form.Number("close_working_day", 0, 1, 15) ?? Default.CloseWorkingDay), (int)(form.Number("close_hour", 0, 0, 23) ?? Default.Hour),
            (int)(form.Number("correction_months", 0, 1, 120) ?? Default.MonthsBack), form.Flag("closes_by_itself") ?? Default.ClosesByItself);
        form.Close();
        return rules;
    }

    public Instant CloseOf(YearMonth month) => Calendar.CloseOf(month, CloseWorkingDay, Hour);

    /// <summary>The first month close after an instant.</summary>
    public Instant NextClose(Instant now)
    {
        var month = RunMonth.Of(now.InZone(MarketDay.Zone).Date).PlusMonths(-2);
        while (CloseOf(month) <= now) month = month.PlusMonths(1);
        return CloseOf(month);
    }
}
