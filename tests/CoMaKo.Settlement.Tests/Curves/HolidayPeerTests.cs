using System.Diagnostics;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

/// <summary>Holidays of all states against the Python package <c>holidays</c>, which others wrote from the laws.</summary>
public sealed class HolidayPeerTests
{
    private const int FirstYear = 2019, LastYear = 2040;

    private const string Script = """
        import holidays, sys
        for state in sys.argv[3:]:
            days = holidays.DE(prov=state, years=range(int(sys.argv[1]), int(sys.argv[2]) + 1))
            print(state, *sorted(day.isoformat() for day in days))
        """;

    private static readonly Dictionary<string, GermanStates> States = new(StringComparer.Ordinal)
    {
        ["BW"] = GermanStates.BadenWuerttemberg, ["BY"] = GermanStates.Bayern, ["BE"] = GermanStates.Berlin, ["BB"] = GermanStates.Brandenburg, ["HB"] = GermanStates.Bremen, ["HH"] = GermanStates.Hamburg,
        ["HE"] = GermanStates.Hessen, ["MV"] = GermanStates.MecklenburgVorpommern, ["NI"] = GermanStates.Niedersachsen, ["NW"] = GermanStates.NordrheinWestfalen, ["RP"] = GermanStates.RheinlandPfalz,
        ["SL"] = GermanStates.Saarland, ["SN"] = GermanStates.Sachsen, ["ST"] = GermanStates.SachsenAnhalt, ["SH"] = GermanStates.SchleswigHolstein, ["TH"] = GermanStates.Thueringen,
    };

    [RequiresFact(Peer.Holidays)]
    public async Task Holidays_OfAllStates_AreThoseOfAnotherProgram()
    {
        var differences = new List<string>();
        int days = 0;
        foreach (string line in await PythonAsync())
        {
            string[] words = line.Split(' ');
            var theirs = words[1..].ToHashSet(StringComparer.Ordinal);
            var calendar = new MarketCalendar(States[words[0]]);
            for (var day = new LocalDate(FirstYear, 1, 1); day.Year <= LastYear; day = day.PlusDays(1))
            {
                days++;
                if (day.DayOfWeek == IsoDayOfWeek.Sunday || IsKnownToDiffer(words[0], day)) continue; // Easter and Whit Sunday are holidays of one state only, and Sundays anyway
                string text = NodaTime.Text.LocalDatePattern.Iso.Format(day);
                if (calendar.IsHoliday(day) != theirs.Contains(text)) differences.Add($"{words[0]} {text}: here {calendar.IsHoliday(day)}");
            }
        }

        Assert.Empty(differences);
        Assert.Equal(16 * (int)Period.DaysBetween(new LocalDate(FirstYear, 1, 1), new LocalDate(LastYear + 1, 1, 1)), days);
    }

    /// <summary>
    /// Laws younger than the package of Debian 12 (Mecklenburg-Vorpommern's Women's Day from 2023; Berlin's days of remembrance in 2025 and 2028), and
    /// Bavaria's Assumption, which holds only where most people are Catholic.
    /// </summary>
    private static bool IsKnownToDiffer(string state, LocalDate day) => (state, day.Month, day.Day, day.Year) is
        ("MV", 3, 8, >= 2023) or ("BE", 5, 8, 2025) or ("BE", 6, 17, 2028) or ("BY", 8, 15, _);

    private static async Task<string[]> PythonAsync()
    {
        var start = new ProcessStartInfo(Peers.Python, ["-c", Script, $"{FirstYear}", $"{LastYear}", .. States.Keys]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var python = Process.Start(start)!;
        string text = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
