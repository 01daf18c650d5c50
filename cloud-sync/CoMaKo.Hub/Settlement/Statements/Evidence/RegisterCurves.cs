using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>Metering points' curves from registers, from evidence alone.</summary>
internal sealed class RegisterCurves
{
    private readonly Dictionary<(string Gateway, string Register), RegisterLedger> ledgers = [];
    private readonly List<AssignedPart> assigned = [];

    public void Add(AssignedPart part) => assigned.Add(part);

    public RegisterLedger LedgerOf(string gateway, string register)
    {
        if (!ledgers.TryGetValue((gateway, register), out var ledger)) ledgers.Add((gateway, register), ledger = new RegisterLedger());
        return ledger;
    }

    /// <summary>Ledgers of the registers that form a point's curve on a day.</summary>
    public IEnumerable<(AssignedPart Part, RegisterLedger Ledger)> Of(string point, EnergyDirection direction, int day) => assigned
        .Where(part => part.Point == point && part.Direction == direction && part.FromDay <= day && !(part.ToDay <= day)).Select(part => (part, LedgerOf(part.Gateway, part.Register)));

    /// <summary>The day's values and their qualities, as the hub derives them from what was received up to an instant.</summary>
    public (byte[] Wh, byte[] Quality) Derive(string point, EnergyDirection direction, int day, long asOfUs)
    {
        var parts = Of(point, direction, day).ToList();
        var slots = MarketDay.Slots(day);
        if (parts.Count == 0) return Pack(new CurveDay(day, CurveSource.Gateway, 1, new int?[slots.Count], new SlotQuality[slots.Count]));
        long? limit = parts[0].Part.LimitWh;
        var combined = PointCurve.Combine([.. parts.Select(each => each.Ledger.PartOf(day, each.Part.Factor, asOfUs))]);
        return Pack(new CurveDay(
            day, CurveSource.Gateway, 1, [.. combined.Slots.Select(slot => slot.Wh > limit ? null : slot.Wh)], [.. combined.Slots.Select(slot => slot.Wh > limit ? SlotQuality.Fault : slot.Quality)]));
    }

    private static (byte[] Wh, byte[] Quality) Pack(CurveDay curve) => (curve.PackWh(), curve.PackQuality());
}
