using System.Globalization;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering;

/// <summary>One slot in the REST interface; no <paramref name="Wh"/> means no value, for the reason in <paramref name="Quality"/>.</summary>
/// <param name="Version">Version of the source's curve of that day; absent where no version says anything.</param>
internal sealed record SlotDocument(string Start, int? Wh, SlotQuality Quality, int? Version, CurveSource? Source)
{
    public static SlotDocument Of(EffectiveSlot slot) => new(
        slot.Curve.Slot.Start.ToString(), slot.Curve.Wh, slot.Curve.Quality, slot.Version > 0 ? slot.Version : null, slot.Version > 0 ? slot.Source : null);
}

/// <summary>Slots without values of their own, and their energy together if the totals on both sides are known.</summary>
internal sealed record GapDocument(string From, string To, long? Wh, SlotQuality Reason);

/// <summary>A register's load curve.</summary>
internal sealed record LoadCurveDocument(string Register, string Unit, IReadOnlyList<SlotDocument> Items, IReadOnlyList<GapDocument> Gaps);

internal static class LoadCurveEndpoints
{
    private const int MostDays = 400;
    private const string Csv = "text/csv";

    public static void MapLoadCurveEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/load_curves/{register}", GetAsync).WithName("load_curve")
            .WithSummary("Load curve of a register, today unless from and to say otherwise; JSON, or CSV by Accept or by .csv after the register")
            .Produces<LoadCurveDocument>().Produces<string>(200, Csv).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422)
            .ForOwners(Scopes.CurvesRead, Owned.Register, "register");

    /// <summary>A Berlin day, or an instant on a quarter hour.</summary>
    /// <returns>Unix seconds; absent if the text is neither.</returns>
    public static long? ParseBorder(string text)
    {
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day) return day.Value.Year is >= 2000 and < 2200 ? MarketDay.Slots(MarketDay.Number(day.Value))[0].StartUnixSeconds : null;
        if (OffsetDateTimePattern.Rfc3339.Parse(text.Replace(' ', '+')) is not { Success: true } instant || instant.Value.Year is < 2000 or >= 2200) return null;
        long seconds = instant.Value.ToInstant().ToUnixTimeTicks() / NodaConstants.TicksPerSecond;
        return instant.Value.ToInstant() == Instant.FromUnixTimeSeconds(seconds) && seconds % QuarterHour.Seconds == 0 ? seconds : null;
    }

    private static async Task<IResult> GetAsync(HttpContext context, LoadCurves curves, TimeProvider clock, string register, string? from, string? to)
    {
        bool isCsv = register.EndsWith(".csv", StringComparison.Ordinal) || PrefersCsv(context.Request);
        if (register.EndsWith(".csv", StringComparison.Ordinal)) register = register[..^4];
        int today = MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000);
        if ((from is null ? MarketDay.Slots(today)[0].StartUnixSeconds : ParseBorder(from)) is not { } start) return Problems.WrongTime("from");
        if ((to is null ? MarketDay.Slots(MarketDay.Containing(start))[^1].EndUnixSeconds : ParseBorder(to)) is not { } end) return Problems.WrongTime("to");
        if (end <= start || end - start > MostDays * 86_400L) return Problems.WrongRange();
        if (await curves.FindAsync(register) is not { } found) return Problems.UnknownRegister(register);
        var curve = await curves.ReadAsync(found, start, end);
        context.Response.Headers.Vary = "Accept";
        return isCsv ? Results.Text(ToCsv(curve), Csv, Encoding.UTF8) : Results.Ok(ToDocument(curve));
    }

    private static bool PrefersCsv(HttpRequest request) =>
        request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase) == true;

    private static LoadCurveDocument ToDocument(RegisterCurve curve) => new(
        curve.Register.Name, "Wh", [.. curve.Slots.Select(SlotDocument.Of)],
        [.. curve.Gaps.Select(gap => new GapDocument(Instant.FromUnixTimeSeconds(gap.From).ToString(), Instant.FromUnixTimeSeconds(gap.To).ToString(), gap.Wh, gap.Reason))]);

    private static string ToCsv(RegisterCurve curve)
    {
        var text = new StringBuilder("slot_start,wh,quality,version,source\n");
        foreach (var slot in curve.Slots.Select(SlotDocument.Of))
            text.Append(CultureInfo.InvariantCulture, $"{slot.Start},{slot.Wh},{Word(slot.Quality)},{slot.Version},{(slot.Source is { } source ? Word(source) : "")}\n");
        return text.ToString();
    }

    private static string Word<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
