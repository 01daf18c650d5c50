using System.Security.Cryptography;
using System.Text;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>How a group's period is settled beside its terms.</summary>
/// <param name="IsConfirmed">An operator took the open slots as they are: what is missing counts as 0, what is preliminary as it is (substitute rule 6).</param>
/// <param name="Share">How the members share balancing cost; absent: it is shown and not charged.</param>
internal sealed record SettlementChoice(bool IsConfirmed, CostShare? Share)
{
    public static readonly SettlementChoice Preview = new(false, null);
}

/// <summary>Settles a group over Berlin days from what the other contexts and the stored forecasts and prices say.</summary>
internal sealed class GroupSettlement(ISettlementInputs inputs, ForecastStore forecasts, PriceStore prices)
{
    /// <summary>Settles [<paramref name="from"/>, <paramref name="to"/>).</summary>
    /// <param name="shares">Collects what each quarter hour brought each point; absent: nobody asks.</param>
    /// <returns>Absent if there is no such group.</returns>
    public async Task<SettledPeriod?> SettleAsync(string group, LocalDate from, LocalDate to, SettlementChoice choice, SlotShares? shares = null)
    {
        await inputs.PrepareAsync(group, from, to);
        if (await inputs.TermsAsync(group, from, to) is not { } terms) return null;
        var expected = await forecasts.ReadAsync(terms.Group.Points.Select(point => point.Id), from, to);
        var deviations = expected.Count == 0 ? null : new DeviationBook(terms.Group, expected);
        var reading = new DayReading(terms.Group, inputs.RowsAsync(group, from, to), choice.IsConfirmed, deviations);
        var slots = new GroupSlots(from, to);
        var result = await Task.Run(() => SettlementRun.Settle(terms.Group, from, to, reading.Days(from, to), shares is null ? [slots] : [slots, shares]));
        var balancing = deviations?.Finish(await prices.ReadAsync(from, to), from, to, choice.Share);
        var whole = WithShares(terms, result, balancing);
        return new SettledPeriod(whole, HashOf(whole, balancing), SettlementJson.Hash(whole), reading.Inputs(), RunBasis.Of(terms, from, to, choice), PriceOf(terms.Group, from, to), balancing, slots) { Shares = shares };
    }

    /// <summary>The settlement with its lines of balancing cost and tax.</summary>
    public static SettlementResult WithShares(MemberTerms terms, SettlementResult result, BalancingFigures? balancing)
    {
        var untaxed = result with { Lines = [.. result.Lines, .. balancing?.Lines ?? []] };
        var taxes = TaxRules.Of(untaxed, PersonOf, TaxRules.BySupplier(terms.TaxOf)).Select(tax => tax.ToLine()).Where(line => line.Cents != 0);
        return result with { Lines = InOrder([.. untaxed.Lines, .. taxes]) };

        string PersonOf(string point) => terms.PersonOf.GetValueOrDefault(point, point);
    }

    private static IReadOnlyList<SettlementLine> InOrder(IEnumerable<SettlementLine> lines) =>
        [.. lines.OrderBy(line => line.Kind).ThenBy(line => line.Point, StringComparer.Ordinal).ThenBy(line => line.From)];

    /// <summary>Deviation and tax lines stand for the forecasts, prices and profiles behind them: what changes no line changes no amount.</summary>
    public static string HashOf(SettlementResult result, BalancingFigures? balancing)
    {
        var text = new StringBuilder("comako.hub.input.1\n").Append(result.InputHash).Append('\n').Append(balancing?.InputHash).Append('\n');
        foreach (var line in result.Lines.Where(line => line.Kind > LineKind.Surplus))
            text.Append(FormattableString.Invariant($"{(int)line.Kind} {line.Point} {line.From:uuuu-MM-dd} {line.Wh} {line.Price} {line.Cents}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static long? PriceOf(GroupTerms terms, LocalDate from, LocalDate to)
    {
        var versions = terms.Prices.OrderBy(price => price.From ?? LocalDate.MinIsoValue).ToList();
        int first = Math.Max(0, versions.FindLastIndex(price => price.From is not { } since || since <= from));
        var held = versions.Skip(first).Where(price => price.From is not { } since || since < to).Select(price => price.Internal).Distinct().ToList();
        return held is [var only] ? only : null;
    }
}
