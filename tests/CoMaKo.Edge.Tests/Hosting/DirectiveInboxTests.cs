using CoMaKo.Contracts.V1;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class DirectiveInboxTests : IDisposable
{
    private readonly SqliteControlStore store = SqliteControlStore.Volatile();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task ApplyAsync_Limit_OutlivesARestart()
    {
        Assert.Equal(DirectiveOutcome.Accepted, (await New().ApplyAsync(Limit("d-1", 4200), default)).Outcome);

        var limit = Assert.IsType<LimitDirective>(Assert.Single(New().Current));
        Assert.Equal(("d-1", Power.FromWatts(4200)), (limit.Id, limit.Limit));
    }

    [Fact]
    public async Task ApplyAsync_SameIdAgain_ReplacesItOnlyIfItDiffers()
    {
        var inbox = New();
        foreach (int watts in (int[])[4200, 4200, 8000]) Assert.Equal(DirectiveOutcome.Accepted, (await inbox.ApplyAsync(Limit("d-1", watts), default)).Outcome);

        Assert.Equal(Power.FromWatts(8000), Assert.IsType<LimitDirective>(Assert.Single(inbox.Current)).Limit);
        Assert.Equal(2, inbox.Revision);
    }

    [Fact]
    public async Task ApplyAsync_UnknownKind_IsRejectedAndNotKept()
    {
        var inbox = New();
        var plan = Limit("d-1", 1);
        plan.Kind = "plan";

        Assert.Equal(new DirectiveAnswer(DirectiveOutcome.Rejected, "CME-2081 Directives of kind 'plan' are not executed by this version."), await inbox.ApplyAsync(plan, default));
        Assert.Empty(inbox.Current);
    }

    [Fact]
    public async Task ApplyAsync_PricesInAnotherUnit_AreRejectedAndNotKept()
    {
        var inbox = New();
        Assert.Equal(DirectiveOutcome.Rejected, (await inbox.ApplyAsync(Prices("83.2"), default)).Outcome);
        Assert.Empty(inbox.Current);

        Assert.Equal(DirectiveOutcome.Accepted, (await inbox.ApplyAsync(Prices("0.0832"), default)).Outcome);
        Assert.IsType<PriceDirective>(Assert.Single(inbox.Current));
    }

    [Fact]
    public async Task ApplyAsync_TwoHundredHeld_EndedOnesMakeRoom()
    {
        var inbox = New();
        for (int i = 0; i < 200; i++) await inbox.ApplyAsync(Limit($"d-{i}", i), default);
        Assert.Equal(DirectiveOutcome.Rejected, (await inbox.ApplyAsync(Limit("late", 1), default)).Outcome);

        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(DirectiveOutcome.Accepted, (await inbox.ApplyAsync(Limit("late", 1), default)).Outcome);
        Assert.Single(inbox.Current);
    }

    public void Dispose() => store.Dispose();

    private DirectiveInbox New() => new(store, clock, NullLogger<DirectiveInbox>.Instance);

    private Directive Prices(string price)
    {
        var directive = Limit("p-1", 1);
        (directive.Kind, directive.Content) = ("prices", $$"""{ "eurPerKwh": { "start": "2026-11-21T12:00:00Z", "values": [0.1, 0.0, {{price}}] } }""");
        return directive;
    }

    private Directive Limit(string id, int watts) => new()
    {
        Id = id, Kind = "limit", IssuedBy = "grid operator", Content = $$"""{"limit":"dim-14a","watts":{{watts}}}""",
        ValidFromUnixUs = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000, ValidUntilUnixUs = clock.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds() * 1000,
    };
}
