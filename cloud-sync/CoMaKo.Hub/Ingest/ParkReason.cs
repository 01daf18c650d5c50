using CoMaKo.Contracts;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Hub.Ingest;

/// <summary>Why a record is kept aside instead of applied. Codes CMH-1101 and CMH-1102 come from <see cref="RecordCodec"/>.</summary>
internal readonly record struct ParkReason(string Code, string Text)
{
    public const string Damaged = "CMH-1201";
    public const string Ahead = "CMH-1202";
    public const string TooOld = "CMH-1203";
    public const string ForeignRegister = "CMH-1204";

    private const long ToleranceSeconds = 120;

    /// <summary>No slot before this instant is accepted.</summary>
    private static readonly long EarliestUnixSeconds = Instant.FromUtc(2015, 1, 1, 0, 0).ToUnixTimeSeconds();

    public static ParkReason OfDamaged { get; } = new(Damaged, "The gateway's store lost the bytes of this record; only its identity arrived.");

    public static ParkReason OfForeignRegister(RegisterId register) =>
        new(ForeignRegister, $"Register {register} belongs to another gateway. Check which of the two reads this meter.");

    /// <summary>Judges when a record says that it happened.</summary>
    /// <returns>The reason; absent if the time is plausible.</returns>
    public static ParkReason? OfTime(SyncRecord record, long nowUnixSeconds)
    {
        long at = record switch
        {
            RegisterTotal total => total.SlotEnd,
            RegisterSegment segment => segment.At.ToUnixTimeSeconds(),
            _ => nowUnixSeconds, // events are evidence of wrong clocks too
        };
        if (at > nowUnixSeconds + ToleranceSeconds)
            return new ParkReason(Ahead, FormattableString.Invariant($"{Instant.FromUnixTimeSeconds(at)} lies more than {ToleranceSeconds / 60} min ahead of the hub's clock. Check the clock of the gateway."));
        if (at < EarliestUnixSeconds)
            return new ParkReason(TooOld, $"{Instant.FromUnixTimeSeconds(at)} lies before 2015. Check the clock of the gateway.");
        return null;
    }
}
