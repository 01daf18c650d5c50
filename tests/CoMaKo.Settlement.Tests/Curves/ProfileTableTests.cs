using System.Globalization;
using System.Text;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

public sealed class ProfileTableTests
{
    private static readonly MarketCalendar Country = new(GermanStates.None);

    /// <summary>1 000 000 kWh a year, as published, within 0.01 %; without the day's factor S25 lacks a ninth. Expected: summed apart with binary floats and an unrounded factor.</summary>
    [RequiresTheory(Peer.SharedData)]
    [InlineData("h25", true, 999_900.817)]
    [InlineData("s25", true, 1_000_028.013)]
    [InlineData("s25", false, 888_081.099)]
    public void Tables_OfTheBdew_SumToTheirYear(string name, bool isDynamic, double expectedKwh)
    {
        string csv = File.ReadAllText(Path.Combine(Repository.Shared, "data", "timeseries", "profiles", $"bdew_{name}.csv"));
        var (table, findings) = ProfileTable.Read(name, isDynamic, csv);

        Assert.Empty(findings);
        Assert.InRange(table!.YearSum(2025, Country) / 1e7, expectedKwh - 1, expectedKwh + 1);
    }

    [Theory]
    [InlineData(1, 12_420)]
    [InlineData(100, 10_288)]
    [InlineData(200, 7_848)]
    [InlineData(366, 12_597)]
    public void Factor_OfTheDay_FollowsThePolynomial(int day, long expected)
    {
        decimal t = day;
        decimal exact = -0.000000000392m * t * t * t * t + 0.00000032m * t * t * t - 0.0000702m * t * t + 0.0021m * t + 1.24m;
        Assert.Equal(decimal.Round(exact * 10_000, MidpointRounding.AwayFromZero), ProfileTable.DayFactor(day));
        Assert.Equal(expected, ProfileTable.DayFactor(day));
    }

    [Fact]
    public void Weight_IsThatOfMonthDayTypeAndWallTime()
    {
        var (table, findings) = ProfileTable.Read("T", false, Table((month, type, quarter) => month * 100_000 + type * 1000 + quarter));
        Assert.Empty(findings);

        Assert.Equal(10_000L * (600_000 + 1_000 + 40), table!.Weight(SlotAt(2026, 6, 10, 10, 0), Country)); // Wednesday
        Assert.Equal(10_000L * (600_000 + 2_000 + 40), table.Weight(SlotAt(2026, 6, 13, 10, 0), Country)); // Saturday
        Assert.Equal(10_000L * (500_000 + 3_000 + 95), table.Weight(SlotAt(2026, 5, 25, 23, 45), Country)); // Whit Monday
        Assert.Equal(10_000L * (1_200_000 + 2_000 + 0), table.Weight(SlotAt(2026, 12, 24, 0, 0), Country)); // Christmas Eve
    }

    [Fact]
    public void Year_AtItsAnnualEnergy_SumsToIt()
    {
        var (table, _) = ProfileTable.Read("T", true, Table((month, type, quarter) => 20_000 + 37 * month + 11 * type + quarter));
        var from = MarketDay.Slots(MarketDay.Number(new LocalDate(2026, 1, 1)))[0];
        var to = MarketDay.Slots(MarketDay.Number(new LocalDate(2027, 1, 1)))[0];

        var filled = SubstituteRules.Fill(new SubstituteInput(from, to, EnergyDirection.Consumption, Country) { Profile = table, AnnualWh = 3_500_123 });

        Assert.Equal(35_040, filled.Wh.Count);
        Assert.Equal(3_500_123, filled.Wh.Sum());
        Assert.Equal(SubstituteMethod.Profile, filled.Method);
    }

    [Fact]
    public void Commas_AndSemicolons_AreRead()
    {
        string csv = Table((_, _, _) => 12_345);
        var (table, findings) = ProfileTable.Read("T", false, csv.Replace(',', ';').Replace('.', ','));

        Assert.Empty(findings);
        Assert.Equal(123_450_000, table!.Weight(SlotAt(2026, 6, 10, 10, 0), Country));
    }

    [Fact]
    public void Faults_AreFoundWithTheirPlace()
    {
        string csv = Table((_, _, _) => 1);
        Assert.Equal("CMH-3131", Assert.Single(ProfileTable.Read("T", false, "x").Findings).Code);
        Assert.Contains(ProfileTable.Read("T", false, csv.Replace("März", "Marz", StringComparison.Ordinal)).Findings, finding => finding.Code == "CMH-3131");

        string[] rows = csv.Split('\n');
        rows[5] = rows[5].Replace(",0.001", ",-1", StringComparison.Ordinal);
        var wrong = ProfileTable.Read("T", false, string.Join('\n', rows)).Findings;
        Assert.Equal(36, wrong.Count);
        Assert.All(wrong, finding => Assert.Equal(("CMH-3132", 6), (finding.Code, finding.Line)));
    }

    private static QuarterHour SlotAt(int year, int month, int day, int hour, int minute) =>
        QuarterHour.Containing(new LocalDateTime(year, month, day, hour, minute).InZoneStrictly(MarketDay.Zone).ToInstant());

    private static string Table(Func<int, int, int, long> thousandths)
    {
        string[] months = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
        (string Name, int Type)[] types = [("SA", 2), ("FT", 3), ("WT", 1)];
        var csv = new StringBuilder();
        csv.Append(string.Concat(months.SelectMany(month => types.Select(_ => "," + month)))).Append('\n');
        csv.Append("[kWh]").Append(string.Concat(months.SelectMany(_ => types.Select(type => "," + type.Name)))).Append('\n');
        for (int quarter = 0; quarter < 96; quarter++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{quarter / 4:00}:{quarter % 4 * 15:00}-x");
            for (int month = 1; month <= 12; month++)
                foreach (var (_, type) in types) csv.Append(CultureInfo.InvariantCulture, $",{thousandths(month, type, quarter) / 1000m:0.000}");
            csv.Append('\n');
        }

        return csv.ToString();
    }
}
