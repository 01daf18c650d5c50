using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>How value added tax is treated.</summary>
public enum TaxTreatment
{
    None = 1,
    Standard = 2,

    /// <summary>§ 19 UStG: no tax is shown.</summary>
    SmallBusiness = 3,

    /// <summary>
    /// Of a profile: a reseller of electricity (§ 3g UStG) whose rate holds towards everybody who is none. Of an amount: both are, so the recipient owes the
    /// tax and none is shown (§ 13b (2) no. 5 b and (5) UStG).
    /// </summary>
    ReverseCharge = 4,
}

/// <summary>How somebody's supplies are taxed from a day on.</summary>
/// <param name="From">First Berlin day; absent: from ever.</param>
/// <param name="RateBasisPoints">1900 is 19 %; of no account without tax.</param>
public sealed record TaxProfile(LocalDate? From, TaxTreatment Treatment, long RateBasisPoints = 0);

/// <summary>Net and tax of one person, one side, one treatment and one rate.</summary>
/// <param name="Kind"><see cref="LineKind.Tax"/> on what the cooperative charges, <see cref="LineKind.CreditTax"/> on what it credits: two documents, never netted.</param>
/// <param name="NetCents">Above zero: owed to the cooperative.</param>
public sealed record TaxSum(LineKind Kind, string Person, TaxTreatment Treatment, long RateBasisPoints, LocalDate From, LocalDate To, long NetCents, long TaxCents)
{
    /// <summary>The line of the run; the price is the rate.</summary>
    public SettlementLine ToLine() => new(Kind, Person, From, To, 0, RateBasisPoints, TaxCents);
}

/// <summary>Tax on the net sum per rate, not per line. Amounts of a line are given to the profiles of its days by energy, to the cent.</summary>
public static class TaxRules
{
    /// <summary>The cooperative among the persons who have profiles.</summary>
    public const string Cooperative = "";

    private const long BasisPoints = 10_000;

    private static readonly IReadOnlyList<TaxProfile> Untaxed = [new TaxProfile(null, TaxTreatment.None)];

    /// <summary>
    /// The supplier's status decides the tax (§ 14 (4), § 19 UStG): the cooperative's on what it charges, the participant's on what is credited to them
    /// (§ 14 (2) UStG). Who has no profile is not taxed. Until the cooperative has one, the participant's holds for both sides.
    /// </summary>
    /// <param name="known">Profiles of the participants and of the <see cref="Cooperative"/>.</param>
    public static Func<string, LineKind, IReadOnlyList<TaxProfile>> BySupplier(IReadOnlyDictionary<string, IReadOnlyList<TaxProfile>> known)
    {
        if (!known.TryGetValue(Cooperative, out var cooperative)) return (person, _) => known.GetValueOrDefault(person, Untaxed);
        var toOthers = Between(cooperative, Untaxed);
        return (person, side) => known.TryGetValue(person, out var own)
            ? side == LineKind.CreditTax ? Between(own, cooperative) : Between(cooperative, own)
            : side == LineKind.CreditTax ? Untaxed : toOthers;
    }

    /// <summary>What holds for supplies from one to the other, from each day on which one of them changes.</summary>
    public static IReadOnlyList<TaxProfile> Between(IReadOnlyList<TaxProfile> supplier, IReadOnlyList<TaxProfile> recipient)
    {
        var days = supplier.Concat(recipient).Select(profile => profile.From).Distinct().OrderBy(from => from ?? LocalDate.MinIsoValue);
        return [.. days.Select(day => On(supplier, day) is { } holds ? Between(holds, On(recipient, day)) with { From = day } : null).OfType<TaxProfile>()];
    }

    private static TaxProfile Between(TaxProfile supplier, TaxProfile? recipient) =>
        supplier.Treatment == TaxTreatment.ReverseCharge && recipient?.Treatment != TaxTreatment.ReverseCharge ? supplier with { Treatment = TaxTreatment.Standard } : supplier;

    private static TaxProfile? On(IReadOnlyList<TaxProfile> profiles, LocalDate? day) =>
        profiles.Where(each => (each.From ?? LocalDate.MinIsoValue) <= (day ?? LocalDate.MinIsoValue)).MaxBy(each => each.From ?? LocalDate.MinIsoValue);

    /// <summary>Tax of all lines of a run. Balancing cost is a side cost of the supply and shares its tax.</summary>
    /// <param name="personOf">Who owns a point.</param>
    /// <param name="profilesOf">Profile versions that hold for a person on a side.</param>
    /// <exception cref="ArgumentException">No profile holds on a day that has energy.</exception>
    public static IReadOnlyList<TaxSum> Of(SettlementResult result, Func<string, string> personOf, Func<string, LineKind, IReadOnlyList<TaxProfile>> profilesOf)
    {
        ArgumentNullException.ThrowIfNull(result);
        var points = result.Points.ToDictionary(point => point.Point, StringComparer.Ordinal);
        var parts = new List<(string Person, LineKind Side, TaxProfile Profile, SettlementLine Line, long Cents)>();
        foreach (var line in result.Lines.Where(line => line.Kind <= LineKind.Deviation))
        {
            string person = personOf(line.Point);
            var side = line.Kind is LineKind.SharedEnergy or LineKind.Fee or LineKind.Deviation ? LineKind.Tax : LineKind.CreditTax;
            foreach (var (profile, cents) in ByProfile(result, points.GetValueOrDefault(line.Point), line, profilesOf(person, side))) parts.Add((person, side, profile, line, cents));
        }

        return [.. parts.GroupBy(part => (part.Side, part.Person, part.Profile.Treatment, Rate: part.Profile.Treatment == TaxTreatment.Standard ? part.Profile.RateBasisPoints : 0))
            .Select(sum => Sum(result, sum.Key.Side, sum.Key.Person, sum.Key.Treatment, sum.Key.Rate, sum.Sum(part => part.Cents), sum.Min(part => part.Profile.From ?? LocalDate.MinIsoValue)))
            .OrderBy(sum => sum.Kind).ThenBy(sum => sum.Person, StringComparer.Ordinal).ThenBy(sum => sum.From).ThenBy(sum => sum.Treatment)];
    }

    private static TaxSum Sum(SettlementResult result, LineKind side, string person, TaxTreatment treatment, long rate, long net, LocalDate since)
    {
        Int128 exact = (Int128)Math.Abs(net) * rate;
        long tax = (long)((exact + BasisPoints / 2) / BasisPoints) * Math.Sign(net);
        return new TaxSum(side, person, treatment, rate, LocalDate.Max(result.From, since), result.To, net, tax);
    }

    private static IEnumerable<(TaxProfile Profile, long Cents)> ByProfile(SettlementResult result, PointResult? point, SettlementLine line, IReadOnlyList<TaxProfile> profiles)
    {
        var ordered = profiles.OrderBy(each => each.From ?? LocalDate.MinIsoValue).ToList();
        long[] weights = new long[ordered.Count];
        for (var day = line.From; day < line.To; day = day.PlusDays(1))
        {
            long wh = point is null ? 0 : EnergyOf(line.Kind, point.Days.Span[Period.DaysBetween(result.From, day)]);
            if (line.Kind == LineKind.Deviation && wh == 0 && day == line.To.PlusDays(-1) && weights.All(weight => weight == 0)) wh = 1; // forecast and not delivered: the last day's
            int holds = ordered.FindLastIndex(each => each.From is not { } from || from <= day);
            if (wh == 0) continue;
            if (holds < 0) throw new ArgumentException($"No tax profile holds for {line.Point} on {day:uuuu-MM-dd}.", nameof(profiles));
            weights[holds] += wh;
        }

        long[] cents = LargestRemainder.Distribute(Math.Abs(line.Cents), weights);
        for (int i = 0; i < cents.Length; i++)
            if (weights[i] > 0) yield return (ordered[i], cents[i] * Math.Sign(line.Cents));
    }

    private static long EnergyOf(LineKind kind, EnergyFigures day) => kind switch
    {
        LineKind.SharedEnergy => day.Allocated,
        LineKind.SharedGeneration or LineKind.Fee => day.Credited,
        LineKind.Deviation => day.Used + day.Generated,
        _ => day.Surplus,
    };
}
