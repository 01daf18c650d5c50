using System.Globalization;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>
/// Names for metering points that tell nothing but their order: among equal fractions the smaller id gets the unit, so the order must be that of the ids.
/// </summary>
internal sealed class Pseudonyms
{
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);

    private Pseudonyms(IEnumerable<string> ids, bool isFull)
    {
        var ordered = ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        int digits = Math.Max(4, ordered.Count.ToString(CultureInfo.InvariantCulture).Length);
        for (int i = 0; i < ordered.Count; i++) names.Add(ordered[i], isFull ? ordered[i] : "p" + (i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0'));
    }

    /// <param name="isFull">Everybody keeps the own name.</param>
    public static Pseudonyms Of(RunBasis basis, bool isFull) => new(
        basis.Points.Select(each => each.Id).Concat(basis.Memberships.Select(each => each.Point)).Concat(basis.Keys.SelectMany(each => each.Weights.Keys)).Concat(basis.Batteries.Select(each => each.Point)), isFull);

    public string this[string id] => names[id];

    /// <summary>The terms with these names; of other participants no person and no tax profile is told.</summary>
    public RunBasis Rename(RunBasis basis, string participant, bool isFull)
    {
        ArgumentNullException.ThrowIfNull(basis);
        return basis with
        {
            Points = [.. basis.Points.Select(each => each with { Id = this[each.Id] })],
            Memberships = [.. basis.Memberships.Select(each => each with { Point = this[each.Point] })],
            Keys = [.. basis.Keys.Select(each => each with { Weights = new SortedDictionary<string, long>(each.Weights.ToDictionary(weight => this[weight.Key], weight => weight.Value), StringComparer.Ordinal) })],
            Batteries = [.. basis.Batteries.Select(each => each with { Point = this[each.Point] })],
            Persons = [.. basis.Persons.Where(each => (isFull || each.Person == participant) && names.ContainsKey(each.Point)).Select(each => each with { Point = this[each.Point] })],
            Taxes = [.. basis.Taxes.Where(each => isFull || each.Person == participant || each.Person == TaxRules.Cooperative)],
        };
    }
}
