using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>Health of the process: <c>live</c> while its loops progress, <c>ready</c> when it can store as well. Silent meters and an absent hub are no ill health of the gateway.</summary>
internal sealed record HealthDocument(string Status, IReadOnlyDictionary<string, string> Components)
{
    private const string Ok = "ok";

    public static IResult Live(View view) => Result(Loops(view));

    public static IResult Ready(View view) => Result([.. Loops(view), new("store", view.Gateway.Store.Fault is { } fault ? $"{fault.Code}: {fault.Text}" : Ok)]);

    private static IResult Result(IReadOnlyList<KeyValuePair<string, string>> components)
    {
        bool well = components.All(component => component.Value == Ok);
        return ApiJson.Result(
            new HealthDocument(well ? Ok : "fault", components.ToDictionary()), well ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Loops(View view) => view.Gateway.Loops
        .Select(loop => KeyValuePair.Create(loop.Name, view.Now - loop.LastProgress <= loop.Allowed ? Ok : FormattableString.Invariant($"no progress for {(view.Now - loop.LastProgress).TotalSeconds:F0} s")))
        .ToList();
}
