using System.Text.Json;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Writes;

public sealed class WearBudgetTests
{
    private static readonly DeviceId Battery = new("battery");

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task Spend_WildDemandsOverDaysAndRestarts_NeverMoreThan20InAny24Hours()
    {
        var random = new Random(9);
        var granted = new Dictionary<ushort, List<DateTimeOffset>> { [1] = [], [2] = [] };
        var kept = WearSnapshot.Empty;
        var budget = Restart();
        for (int step = 0; step < 20_000; step++)
        {
            clock.Advance(TimeSpan.FromSeconds(random.Next(0, 60)));
            if (random.Next(50) == 0) budget = Restart();
            ushort[] registers = random.Next(3) switch { 0 => [1], 1 => [2], _ => [1, 2] };
            try
            {
                await budget.SpendAsync(Battery, registers, isProtective: random.Next(10) == 0, default);
                foreach (ushort register in registers) granted[register].Add(clock.GetUtcNow());
            }
            catch (WriteRefusedException e)
            {
                Assert.Equal("CME-2401", e.Code);
            }
        }

        foreach (var (register, times) in granted)
        {
            Assert.True(times.Count >= 5 * 16, $"{times.Count}: the budget comes back");
            Assert.All(times, t => Assert.InRange(times.Count(o => o > t - TimeSpan.FromDays(1) && o <= t), 1, 20));
            Assert.Equal(times.Count, kept.Registers.Single(r => r.Register == register).Total);
        }

        // Each start reads what the last grant left behind, as a file would.
        WearBudget Restart() => new(clock, JsonSerializer.Deserialize<WearSnapshot>(JsonSerializer.Serialize(kept)), (snapshot, _) =>
        {
            kept = snapshot;
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task Spend_OrdinaryBudgetGone_TheReserveIsForProtection()
    {
        var budget = new WearBudget(clock);
        for (int i = 0; i < WearBudget.PerDay - WearBudget.Reserve; i++) await budget.SpendAsync(Battery, [7], false, default);
        await Assert.ThrowsAsync<WriteRefusedException>(async () => await budget.SpendAsync(Battery, [7], false, default));
        for (int i = 0; i < WearBudget.Reserve; i++) await budget.SpendAsync(Battery, [7], true, default);
        await Assert.ThrowsAsync<WriteRefusedException>(async () => await budget.SpendAsync(Battery, [7], true, default));
        Assert.Equal(20, budget.Used(Battery, 7));
        await budget.SpendAsync(new("other"), [7], false, default);
    }

    [Fact]
    public async Task Spend_OneOfTwoIsSpent_NeitherIsCounted()
    {
        var budget = new WearBudget(clock);
        for (int i = 0; i < 16; i++) await budget.SpendAsync(Battery, [1], false, default);
        await Assert.ThrowsAsync<WriteRefusedException>(async () => await budget.SpendAsync(Battery, [2, 1], false, default));
        Assert.Equal(0, budget.Used(Battery, 2));
    }

    [Fact]
    public async Task Spend_ClockSetBackAYear_CountsFromNowOn()
    {
        var budget = new WearBudget(clock);
        for (int i = 0; i < 16; i++) await budget.SpendAsync(Battery, [1], false, default);
        clock.StepWallClock(-TimeSpan.FromDays(365));
        await Assert.ThrowsAsync<WriteRefusedException>(async () => await budget.SpendAsync(Battery, [1], false, default));
        clock.Advance(TimeSpan.FromHours(24));
        await budget.SpendAsync(Battery, [1], false, default);
        Assert.Equal(1, budget.Used(Battery, 1));
    }
}
