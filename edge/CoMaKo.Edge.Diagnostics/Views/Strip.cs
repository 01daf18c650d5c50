using System.Text;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>Geometry of a slot strip: 10 units a slot, 24 high; shape says state.</summary>
internal sealed record Strip(int Width, string Measured, string Interpolated, string Missing, string Waiting, string Open, string Now)
{
    public const int SlotWidth = 10;
    private const double Bar = SlotWidth - 2; // the gap is 0.7 px where a slot is 3.4 px wide

    public static Strip Of(IReadOnlyList<QuarterHour> slots, IReadOnlyList<SlotState> states, Instant now)
    {
        var paths = new Dictionary<SlotState, StringBuilder>();
        for (int i = 0; i < states.Count; i++)
        {
            if (!paths.TryGetValue(states[i], out var path)) paths[states[i]] = path = new StringBuilder();
            int run = states[i] == SlotState.Waiting ? Run(states, i) : 1;
            path.Append(Mark(states[i], i * SlotWidth, run));
            i += run - 1;
        }

        string Path(SlotState state) => paths.TryGetValue(state, out var path) ? path.ToString() : "";
        return new Strip(
            states.Count * SlotWidth, Path(SlotState.Measured), Path(SlotState.Interpolated), Path(SlotState.Missing), Path(SlotState.Waiting), Path(SlotState.Open),
            Place(slots, now) is { } x ? Svg.Path($"M{x} -2V26") : "");
    }

    /// <summary>Where an instant lies on the strip; absent outside of the day.</summary>
    public static double? Place(IReadOnlyList<QuarterHour> slots, Instant at) =>
        slots.Count > 0 && at >= slots[0].Start && at < slots[^1].End ? (at - slots[0].Start).TotalSeconds / QuarterHour.Seconds * SlotWidth : null;

    /// <summary>Number of slots in each quarter of the local day: 24 each, and 20 or 28 where the clock changes.</summary>
    public static IReadOnlyList<int> Quarters(LocalDate day, DateTimeZone zone)
    {
        int[] hours = [0, 6, 12, 18];
        return hours.Select(hour => (int)((At(day, hour + 6) - At(day, hour)).TotalMinutes / 15)).ToList();

        Instant At(LocalDate date, int hour) => zone.AtLeniently(hour == 24 ? date.PlusDays(1).AtMidnight() : date.At(new LocalTime(hour, 0))).ToInstant();
    }

    private static int Run(IReadOnlyList<SlotState> states, int from)
    {
        int to = from;
        while (to < states.Count && states[to] == states[from]) to++;
        return to - from;
    }

    private static string Mark(SlotState state, double x, int run) => state switch
    {
        SlotState.Measured => Svg.Path($"M{x} 0h{Bar}v24h{-Bar}z"),
        SlotState.Interpolated => Svg.Path($"M{x} 6h{Bar}v18h{-Bar}z"),
        SlotState.Missing => Svg.Path($"M{x} 21h{Bar}v3h{-Bar}z"),
        SlotState.Waiting => Svg.Path($"M{x + 1} 1h{run * SlotWidth - 3}v22h{-(run * SlotWidth - 3)}z"),
        _ => Svg.Path($"M{x} 22.5h{Bar - 2}v1.5h{-(Bar - 2)}z"),
    };
}
