using System.Globalization;
using System.Text;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Web.Views;

/// <summary>What a slot strip shows of a slot, worst first.</summary>
public enum SlotState
{
    Missing,
    Conflict,
    Waiting,
    Substitute,
    Interpolated,
    Measured,

    /// <summary>In the future, or before the register existed.</summary>
    Open,
}

/// <summary>Geometry of a slot strip: 10 units a slot, 24 high; shape says state.</summary>
public sealed record Strip(int Width, IReadOnlyList<(SlotState State, string Path)> Marks)
{
    public const int SlotWidth = 10;
    private const int Bar = SlotWidth - 2;

    public static Strip Of(IReadOnlyList<SlotState> states)
    {
        var paths = new SortedDictionary<SlotState, StringBuilder>();
        for (int i = 0; i < states.Count; i++)
        {
            int run = 1;
            while (states[i] == SlotState.Waiting && i + run < states.Count && states[i + run] == SlotState.Waiting) run++;
            if (!paths.TryGetValue(states[i], out var path)) paths[states[i]] = path = new StringBuilder();
            path.Append(Mark(states[i], i * SlotWidth, run));
            i += run - 1;
        }

        return new Strip(states.Count * SlotWidth, [.. paths.Select(path => (path.Key, path.Value.ToString()))]);
    }

    /// <summary>CSS class of a state's mark.</summary>
    public static string Class(SlotState state) => state switch
    {
        SlotState.Measured => "s-measured",
        SlotState.Interpolated => "s-interpolated",
        SlotState.Substitute => "s-substitute",
        SlotState.Waiting => "s-waiting",
        SlotState.Missing or SlotState.Conflict => "s-missing",
        _ => "s-future",
    };

    /// <summary>Slots in each quarter of a Berlin day: 24, and 20 or 28 where the clock changes.</summary>
    public static IReadOnlyList<int> Quarters(LocalDate day)
    {
        int[] hours = [0, 6, 12, 18];
        return [.. hours.Select(hour => (int)((At(hour + 6) - At(hour)).TotalMinutes / 15))];

        Instant At(int hour) => MarketDay.Zone.AtLeniently(hour == 24 ? day.PlusDays(1).AtMidnight() : day.At(new LocalTime(hour, 0))).ToInstant();
    }

    /// <summary>The mark of one state, or of a run of waiting slots.</summary>
    public static string Mark(SlotState state, int x, int run) => state switch
    {
        SlotState.Measured => Path(x, 0, Bar, 24),
        SlotState.Interpolated => Path(x, 6, Bar, 18),
        SlotState.Substitute => Path(x, 12, Bar, 12),
        SlotState.Conflict => Path(x, 18, Bar, 6),
        SlotState.Missing => Path(x, 21, Bar, 3),
        SlotState.Waiting => Path(x + 1, 1, run * SlotWidth - 3, 22),
        _ => string.Create(CultureInfo.InvariantCulture, $"M{x} 22.5h{Bar - 2}v1.5h{2 - Bar}z"),
    };

    private static string Path(int x, int y, int width, int height) => string.Create(CultureInfo.InvariantCulture, $"M{x} {y}h{width}v{height}h{-width}z");
}
