using CoMaKo.Hub.Host;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Host;

/// <summary>The cooperative's settings file.</summary>
public sealed class HubSettingsTests
{
    [Fact]
    public void File_ThatIsAbsentOrEmpty_LeavesTheDefaults()
    {
        using var folder = new Folder();
        Assert.Equal((HubSettings.Default, 0), (HubSettings.Load(null, folder.Path) is var absent ? (absent.Settings, absent.Findings.Count) : default));
        var (settings, findings) = HubSettings.Read("{ \"settlement\": {} }", "s");
        Assert.Empty(findings);
        Assert.Equal((8, 3, 36, true, GermanStates.None), (settings.Settlement.CloseWorkingDay, settings.Settlement.Hour, settings.Settlement.MonthsBack, settings.Settlement.ClosesByItself, settings.Settlement.Calendar.States));
    }

    /// <summary>January 2026 has Epiphany: in Bavaria the tenth working day is a day later, the 16th; at five o'clock in Berlin it is four in Greenwich.</summary>
    [Fact]
    public void File_OfTheDataFolder_SaysWhenMonthsClose()
    {
        using var folder = new Folder();
        File.WriteAllText(Path.Combine(folder.Path, "settings.json"), """
            {
              // comments are allowed
              "settlement": { "close_working_day": 10, "close_hour": 5, "holidays": ["bayern", "saarland"], "correction_months": 12, "closes_by_itself": false },
            }
            """);
        var (settings, findings) = HubSettings.Load(null, folder.Path);
        Assert.Empty(findings);
        Assert.Equal(Instant.FromUtc(2026, 1, 16, 4, 0), settings.Settlement.CloseOf(new YearMonth(2025, 12)));
        Assert.Equal(Instant.FromUtc(2026, 1, 15, 2, 0), (AgentRules.Default with { CloseWorkingDay = 10 }).CloseOf(new YearMonth(2025, 12)));
        Assert.Equal((12, false), (settings.Settlement.MonthsBack, settings.Settlement.ClosesByItself));
    }

    [Theory]
    [InlineData("""{"settlement":{"close_working_day":16,"close_hour":24,"holidays":["bavaria"],"correction_months":0,"closes_by_itself":1,"colour":2},"more":1}""",
        "s: settlement.holidays CMH-1606, s: settlement.close_working_day CMH-1608, s: settlement.close_hour CMH-1608, s: settlement.correction_months CMH-1608, s: settlement.closes_by_itself CMH-1605, s: settlement.colour CMH-1602, s: more CMH-1602")]
    [InlineData("{", "s CMH-1011")]
    [InlineData("[]", "s:  CMH-1605")]
    [InlineData("""{"settlement":3}""", "s: settlement CMH-1605")]
    public void File_WithMistakes_IsToldOfAllOfThem(string text, string findings) =>
        Assert.Equal(findings, string.Join(", ", HubSettings.Read(text, "s").Findings.Select(finding => $"{finding.Path} {finding.Code}")));

    [Fact]
    public void File_ThatIsNamedAndNotThere_IsTold() => Assert.Equal("CMH-1011", Assert.Single(HubSettings.Load("/nonexistent/settings.json", "/nonexistent").Findings).Code);

    [Theory, OnSqlite]
    public async Task Settings_OverRest_AreThoseInForce(Engine engine)
    {
        var rules = HubSettings.Read("""{"settlement":{"close_working_day":9,"holidays":["sachsen"]}}""", "s").Settings.Settlement;
        await using var hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton(rules));
        Assert.Equal("""{"settlement":{"close_working_day":9,"close_hour":3,"holidays":["sachsen"],"correction_months":36,"closes_by_itself":true,"next_close":"2026-06-11T01:00:00Z"}}""", (await hub.GetAsync("/settings")).Text);
    }

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-settings-");

        public string Path => folder.FullName;

        public void Dispose() => folder.Delete(recursive: true);
    }
}
