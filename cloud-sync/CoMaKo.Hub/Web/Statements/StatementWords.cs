using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Web.Statements;

/// <summary>Amounts and sentences of statements in the reader's language.</summary>
internal static class StatementWords
{
    /// <summary>10.71 EUR with a space that does not break.</summary>
    public static string Eur(Wording say, long cents) => $"{say.Number(Money.Eur(cents), 2)}\u00A0EUR";

    public static string Kwh(Wording say, long wh) => $"{say.Kilowatthours(wh)}\u00A0kWh";

    /// <summary>10 ct, 9.8765 ct.</summary>
    public static string Ct(Wording say, long price) => $"{Price(say, price)}\u00A0ct";

    /// <summary>The same without the unit: as many of four decimals as it needs.</summary>
    public static string Price(Wording say, long price)
    {
        int decimals = 4;
        for (long rest = price; decimals > 0 && rest % 10 == 0; rest /= 10) decimals--;
        return say.Number(price / 10_000m, decimals);
    }

    /// <summary>Owed, earned or nothing.</summary>
    public static string Outcome(Wording say, long cents) => cents == 0 ? say["statements.nothing"] : say[cents > 0 ? "statements.youowe" : "statements.youget", Eur(say, Math.Abs(cents))];

    /// <summary>The three plain lines that come first: from neighbours, to neighbours or from the grid, and what it comes to.</summary>
    public static IReadOnlyList<string> Lines(Wording say, Statement statement)
    {
        var lines = new List<string>();
        if (statement.Head.IsCorrection) lines.Add(say["statements.corrects", statement.Head.Run.Month.Text(), Outcome(say, statement.BeforeCents), Outcome(say, statement.BeforeCents + statement.Head.Cents)]);
        else
        {
            if (Sentence(say, statement, LineKind.SharedEnergy, "statements.from") is { } from) lines.Add(from);
            if (Sentence(say, statement, LineKind.SharedGeneration, "statements.to") is { } to) lines.Add(to);
            if (statement.Total.Grid > 0) lines.Add(say["statements.grid", Kwh(say, statement.Total.Grid)]);
            if (lines.Count == 0) lines.Add(say["statements.noenergy"]);
        }

        lines.Add(Outcome(say, statement.Head.Cents));
        return lines;
    }

    /// <summary>What a line is, with its rate where it is a tax.</summary>
    public static string Kind(Wording say, SettlementLine line) => line.Kind >= LineKind.Tax ? $"{say.Of(line.Kind)} {say.Number(line.Price * 0.01m, line.Price % 100 == 0 ? 0 : 2)}\u00A0%" : say.Of(line.Kind);

    private static string? Sentence(Wording say, Statement statement, LineKind kind, string key)
    {
        var lines = statement.Lines.Where(line => line.Kind == kind).ToList();
        if (lines.Count == 0) return null;
        string energy = Kwh(say, lines.Sum(line => line.Wh)), amount = Eur(say, Math.Abs(lines.Sum(line => line.Cents)));
        return lines.Select(line => line.Price).Distinct().Count() == 1 ? say[key, energy, Ct(say, lines[0].Price), amount] : say[key + ".prices", energy, amount];
    }
}
