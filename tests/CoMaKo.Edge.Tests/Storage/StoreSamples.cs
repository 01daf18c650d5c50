using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>Records as acquisition makes them, for tests of the store.</summary>
internal static class StoreSamples
{
    public static readonly RegisterId Import = new("0a01495341000000002a~1-0.1.8.0");

    public static readonly RegisterId Export = new("0a01495341000000002a~1-0.2.8.0");

    /// <summary>Opening of the first segment.</summary>
    public static readonly Instant Opening = Instant.FromUtc(2026, 6, 1, 10, 0);

    public static readonly long FirstSegment = Opening.ToUnixTimeTicks() / 10;

    public static RegisterSegment Begin(RegisterId register, long segment, SegmentReason reason = SegmentReason.Commissioned) => Border(register, segment, false, reason);

    public static RegisterSegment End(RegisterId register, long segment, SegmentReason reason = SegmentReason.MeterSwapped) => Border(register, segment, true, reason);

    /// <summary>The total of the slot that ends <paramref name="slot"/> quarter hours after the opening.</summary>
    public static RegisterTotal Total(RegisterId register, int slot, long? segment = null, long? wattHours = null) => new(
        register, segment ?? FirstSegment, Opening.ToUnixTimeSeconds() + (slot * 900L), new Energy(wattHours ?? 5_430_000 + (slot * 25)), Quality.Measured, 40);

    public static GatewayEvent Event(string text) => new(
        Opening, "CME-1042", "grid", text, new Dictionary<string, string> { ["age_s"] = "12" });

    /// <summary>A deterministic serialization; the store does not care which.</summary>
    public static byte[] Encode(SyncRecord record) => System.Text.Encoding.UTF8.GetBytes(record.ToString());

    private static RegisterSegment Border(RegisterId register, long segment, bool isEnd, SegmentReason reason) => new(
        register, segment, isEnd, Instant.FromUnixTimeTicks(segment * 10), new Energy(5_430_000), reason,
        "0a01495341000000002a", ObisCode.ActiveEnergyImport, 1_000_000, 100, SettlementRole.Settlement);
}
