using CoMaKo.Edge.Diagnostics.Texts;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>An event of the grid operator in words.</summary>
internal static class EventWords
{
    public static string Of(Wording say, GridEvent call, Instant now) =>
        call.Ended is { } end
            ? say["event.past", say.Of(call.Kind), say.When(call.Received, now), say.Span(end - call.Received), say.Power(call.Limit)]
            : say["event.now", say.Of(call.Kind), say.When(call.Received, now), say.Power(call.Limit)];

    /// <summary>How fast it was obeyed; a dash where nothing had to be written.</summary>
    public static string Reaction(Wording say, GridEvent call) =>
        call.AllWritten is { } all ? say.Span(all - call.Received) : "–";
}
