using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.StoreWorkload;

/// <summary>Records that carry a number, so that a lost or doubled one is seen.</summary>
public static class NumberedRecords
{
    public static readonly RegisterId Register = new("0a01495341000000002a~1-0.1.8.0");

    private const long StartUnixSeconds = 1_780_308_000; // 2026-06-01T10:00:00Z

    /// <summary>The total of slot <paramref name="number"/> in a segment.</summary>
    public static RegisterTotal Total(long number, long segment) =>
        new(Register, segment, StartUnixSeconds + (number * QuarterHour.Seconds), new Energy(number * 25), Quality.Measured, 40);

    public static RegisterSegment Border(long segment, bool isEnd) => new(
        Register, segment, isEnd, Instant.FromUnixTimeSeconds(StartUnixSeconds) + Duration.FromSeconds(segment), Energy.Zero, SegmentReason.Resumed,
        "0a01495341000000002a", ObisCode.ActiveEnergyImport, 1_000_000, 100, SettlementRole.Settlement);

    /// <summary>An event of about <paramref name="length"/> bytes.</summary>
    public static GatewayEvent Event(long number, int length) => new(
        Instant.FromUnixTimeSeconds(StartUnixSeconds + number), "CME-1042", "grid", new string((char)('a' + (number % 26)), length), new Dictionary<string, string>());

    /// <summary>Bytes of a record; the number of a total comes first, as eight bytes.</summary>
    public static byte[] Encode(SyncRecord record)
    {
        long number = record is RegisterTotal total ? (total.SlotEnd - StartUnixSeconds) / QuarterHour.Seconds : 0;
        return [.. BitConverter.GetBytes(number), .. System.Text.Encoding.UTF8.GetBytes(record.ToString())];
    }

    /// <summary>The number in a total's bytes.</summary>
    public static long NumberOf(ReadOnlySpan<byte> bytes) => BitConverter.ToInt64(bytes);
}
