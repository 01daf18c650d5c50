using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Metering.Voice;

/// <summary>One turn of a call: what speech recognition heard.</summary>
/// <param name="Turn">From 1, without gaps.</param>
/// <param name="Language"><c>de</c> or <c>en</c>.</param>
internal sealed record VoiceTurn(string CallId, long Turn, VoiceLanguage Language, string Text);

internal static class VoiceEndpoints
{
    public static void MapVoiceEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/readings/voice", PostAsync).WithName("voice").WithSummary("A turn of a call to the voicebot; repeats of a turn get the same answer")
            .TakesJson<VoiceTurn>().Produces<VoiceAnswer>().ProducesProblem(409).ForOperators(Scopes.ReadingsWrite);

    private static async Task<IResult> PostAsync(HttpContext context, VoiceDesk desk, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        string? call = form.Id("call_id", isRequired: true);
        long? turn = form.Number("turn", 0, 1, 1000, isRequired: true);
        var language = form.Word<VoiceLanguage>("language", isRequired: true);
        string? text = form.Text("text", isRequired: true, most: 500);
        form.Close();
        if (findings.Any) return findings.ToProblem();
        var answer = await desk.TakeAsync(call!, turn!.Value, language!.Value, text!, caller);
        return answer is null ? Problems.Of(409, "CMH-1741", "Turn does not fit", "The turn was another text, or it is not the next one of this call.") : Results.Ok(answer);
    }
}
