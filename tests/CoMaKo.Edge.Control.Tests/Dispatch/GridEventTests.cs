using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>What the grid operator may ask for later.</summary>
public sealed class GridEventTests
{
    private static readonly LimitSettings Settings = Limits.Site.Settings() with
    {
        Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)],
        Plants = [new(Id("roof"), W(10_000))],
        Dim = new() { HasRelay = true },
        FeedIn = new() { Relays = [RelayMeaning.FeedIn60, RelayMeaning.FeedIn30] },
    };

    [Fact]
    public void Dim_ForTenMinutes_IsRecordedFromReceiptToAfter()
    {
        var house = Quiet();
        house.LoadWatts[0] = 11_000;
        house.Wish.Force(-5000);
        house.Run(60);
        var received = house.Status.At;
        house.Set(RelayMeaning.Dim, true);
        house.Run(600);
        house.Set(RelayMeaning.Dim, false);
        house.Run(420);

        var began = Assert.Single(house.GridEvents.OfType<GridEventBegan>());
        Assert.Equal((GridEventKind.Dim, GridEventOrigin.Relay, "line Dim", W(7560), false), (began.Kind, began.Origin, began.Source, began.Limit, began.IsResumed));
        Assert.InRange((began.At - received).TotalSeconds, 0, 1);
        Assert.Equal((W(11_000), W(-5000)), (Of(began.Before, "wallbox"), Of(began.Before, "battery")));
        var written = house.GridEvents.OfType<GridEventWritten>().ToList();
        Assert.Equal([false, true], written.Select(w => w.IsAll));
        Assert.All(written, w => Assert.InRange((w.At - began.At).TotalSeconds, 0, 5));
        var minutes = house.GridEvents.OfType<GridEventMinute>().ToList();
        Assert.Equal((10, 5), (minutes.Count(m => !m.IsAfter), minutes.Count(m => m.IsAfter)));
        Assert.All(minutes.Zip(minutes.Skip(1)), pair => Assert.Equal(S(60), pair.Second.At - pair.First.At));
        Assert.All(minutes.Skip(1).Take(8), m => Assert.InRange(Of(m.Powers, "wallbox")!.Value.Watts - Of(m.Powers, "battery")!.Value.Watts, 7500, 7570));
        var ended = Assert.Single(house.GridEvents.OfType<GridEventEnded>());
        Assert.InRange((ended.At - began.At).TotalSeconds, 599, 601);
        Assert.True(ended.IsObserved);
        Assert.Single(house.GridEvents.Select(e => e.Event).Distinct());
    }

    [Fact]
    public void FeedIn_AnotherStage_IsAnotherEvent()
    {
        var house = Quiet();
        house.Set(RelayMeaning.FeedIn60, true);
        house.Run(30);
        house.Set(RelayMeaning.FeedIn30, true);
        house.Run(30);

        var began = house.GridEvents.OfType<GridEventBegan>().ToList();
        Assert.Equal([W(6000), W(3000)], began.Select(b => b.Limit));
        Assert.Equal(began[0].Event, Assert.Single(house.GridEvents.OfType<GridEventEnded>()).Event);
    }

    [Fact]
    public void Input_Lost_IsAFailsafeEvent()
    {
        var house = Quiet();
        house.Set(RelayMeaning.Dim, null);
        house.Run(3);

        Assert.Equal(GridEventOrigin.Failsafe, Assert.Single(house.GridEvents.OfType<GridEventBegan>()).Origin);
    }

    [Fact]
    public void Directive_OfTheHub_IsAnEventWithItsId()
    {
        var house = Quiet();
        var now = house.Status.At;
        house.Orders = new(null, [new("d-17", now, now + S(120), "grid operator", DirectedLimit.Dim14a, W(9000))]);
        house.Run(130);

        var began = Assert.Single(house.GridEvents.OfType<GridEventBegan>());
        Assert.Equal((GridEventOrigin.Directive, "d-17", W(9000)), (began.Origin, began.Source, began.Limit));
        Assert.Single(house.GridEvents.OfType<GridEventEnded>());
    }

    [Fact]
    public void Restart_DuringAnEvent_GoesOnUnderItsId()
    {
        var house = Quiet();
        house.Set(RelayMeaning.Dim, true);
        house.Run(90);
        var next = house.Restart(house.Remember());
        next.Run(90);

        var resumed = Assert.Single(next.GridEvents.OfType<GridEventBegan>());
        Assert.True(resumed.IsResumed);
        Assert.Single(house.GridEvents.Concat(next.GridEvents).Select(e => e.Event).Distinct());
    }

    [Fact]
    public void Restart_AfterTheEventEnded_SaysThatTheEndWasNotSeen()
    {
        var house = Quiet();
        house.Set(RelayMeaning.Dim, true);
        house.Run(10);
        var next = house.Restart(house.Remember());
        next.Set(RelayMeaning.Dim, false);
        next.Run(2);

        Assert.False(Assert.Single(next.GridEvents.OfType<GridEventEnded>()).IsObserved);
    }

    [Fact]
    public void StaticRule_IsNoEvent()
    {
        var house = new House(Settings with { Plants = [new(Id("roof"), W(10_000)) { StaticShare = 0.6m }] }) { PvWatts = 9000 };
        house.Set(RelayMeaning.Dim, false);
        house.Set(RelayMeaning.FeedIn60, false);
        house.Set(RelayMeaning.FeedIn30, false);
        house.Run(60);

        Assert.Empty(house.GridEvents);
    }

    [Fact]
    public void Write_AnEvent_IsCsvForTheGridOperator()
    {
        var at = Start;
        var lines = GridEventCsv.Write(
        [
            new GridEventBegan("dim-1", at, GridEventKind.Dim, GridEventOrigin.Relay, "gpiochip0, line 17", W(7560), [new("wallbox", W(11_000)), new("battery", null)], false),
            new GridEventWritten("dim-1", at + S(0.4), "wallbox", IsAll: false),
            new GridEventWritten("dim-1", at + S(1.2), "battery", IsAll: true),
            new GridEventMinute("dim-1", at, [new("wallbox", W(3780.5m))], IsAfter: false),
            new GridEventEnded("dim-1", at + S(60), [new("wallbox", W(-1))], IsObserved: true),
        ]).Split("\r\n");

        Assert.Equal(GridEventCsv.Header, lines[0]);
        const string Head = "dim-1,§14a EnWG,Relay,\"gpiochip0, line 17\",7560,2026-06-01T10:00:00Z,2026-06-01T10:00:00.4Z,2026-06-01T10:00:01.2Z,2026-06-01T10:01:00Z,";
        Assert.Equal(
            [
                Head + "before,2026-06-01T10:00:00Z,wallbox,11000", Head + "before,2026-06-01T10:00:00Z,battery,", Head + "during,2026-06-01T10:00:00Z,wallbox,3780.5",
                Head + "end,2026-06-01T10:01:00Z,wallbox,-1", "",
            ],
            lines[1..]);
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("a \"b\", c", "\"a \"\"b\"\", c\"")]
    [InlineData("line 17", "line 17")]
    public void Write_TextsOfOthers_AreNoFormulas(string source, string cell)
    {
        string csv = GridEventCsv.Write([new GridEventBegan("dim-1", Start, GridEventKind.Dim, GridEventOrigin.Directive, source, W(1), [new("site.grid", null)], false)]);

        Assert.Contains($",Directive,{cell},1,", csv, StringComparison.Ordinal);
    }

    private static House Quiet()
    {
        var house = new House(Settings);
        foreach (var meaning in new[] { RelayMeaning.Dim, RelayMeaning.FeedIn60, RelayMeaning.FeedIn30 }) house.Set(meaning, false);
        house.Run(5);
        return house;
    }

    private static CoMaKo.Quantities.Power? Of(IEnumerable<DevicePower> powers, string device) => powers.Single(p => p.Device == device).Power;
}
