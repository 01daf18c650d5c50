using System.Collections.Immutable;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class ControlJsonTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 21, 12, 0);

    [Fact]
    public void GuardMemory_WrittenAndRead_IsTheSame()
    {
        var memory = new GuardMemory(ImmutableDictionary<string, Verified>.Empty.Add("battery", new("anna", Noon)), ["battery", "wallbox"]);
        var read = ControlJson.Read<GuardMemory>(ControlJson.Write(memory));

        Assert.Equal(memory.Verified, read!.Verified);
        Assert.Equal(memory.Written, read.Written);
    }

    [Fact]
    public void LimitMemory_WrittenAndRead_IsTheSame()
    {
        var memory = LimitMemory.Empty with
        {
            FeedInStage = 0.3m, PvOutput = Power.FromWatts(1234.567m),
            SoC = ImmutableDictionary<string, BlockedDirections>.Empty.Add("battery", new(true, false)),
            Since = ImmutableDictionary<string, LimitSince>.Empty.Add("dim-14a", new("Active Relay", Noon)),
        };
        var read = ControlJson.Read<LimitMemory>(ControlJson.Write(memory));

        Assert.Equal((memory.FeedInStage, memory.PvOutput), (read!.FeedInStage, read.PvOutput));
        Assert.Equal(memory.SoC, read.SoC);
        Assert.Equal(memory.Since, read.Since);
    }

    [Fact]
    public void JournalEntries_WithAbsentValues_AreReadAgain()
    {
        var record = new DecisionRecord(
            Noon, DecisionTrigger.Minute, ControlMode.Balancing, null, new DecisionInputs(null, Power.Zero, null, [new("battery", null, null)]), null, null,
            [new DecisionLimit("dim-14a", LimitKind.Idle, LimitSource.DimRelay, null, null, default)], [], default, null, [new DecisionWrite("battery", null, null, null, null)], [], 0);
        var read = ControlJson.Read<DecisionRecord>(ControlJson.Write(record))!;
        Assert.Equal((record.At, record.Mode, record.Cause, record.Wish, record.PvOutput), (read.At, read.Mode, read.Cause, read.Wish, read.PvOutput));
        Assert.Equal(record.Writes[0], read.Writes[0]);

        GridEventEntry minute = new GridEventMinute("dim-20260601T100000.123Z", Noon, [new DevicePower("wallbox", null)], false);
        Assert.Equal("wallbox", Assert.IsType<GridEventMinute>(ControlJson.Read<GridEventEntry>(ControlJson.Write(minute))).Powers[0].Device);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"verified":{"battery":{"by":"anna","at":"yesterday"}}}""")]
    public void Read_SomethingElse_IsAbsent(string json) => Assert.Null(ControlJson.Read<GuardMemory>(json));
}
