using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>Findings day by day; the same finding on consecutive days becomes one.</summary>
internal sealed class BlockedDays
{
    private readonly List<TermsFinding> findings = [];

    /// <summary>How many were added, prolonged ones not counted.</summary>
    public int Count => findings.Count;

    public void Add(LocalDate day, string code, string? point, string text) => findings.Add(new TermsFinding(code, day, day.PlusDays(1), point, text));

    /// <summary>Nothing changed from the day before: what held then holds on.</summary>
    public void Prolong(LocalDate day)
    {
        for (int i = 0; i < findings.Count; i++)
            if (findings[i].To == day) findings[i] = findings[i] with { To = day.PlusDays(1) };
    }

    /// <summary>In order of day, code and point.</summary>
    public IReadOnlyList<TermsFinding> ToList()
    {
        var joined = new List<TermsFinding>();
        foreach (var next in findings.OrderBy(each => each.Code, StringComparer.Ordinal).ThenBy(each => each.Point, StringComparer.Ordinal).ThenBy(each => each.Text, StringComparer.Ordinal).ThenBy(each => each.From))
        {
            if (joined is [.., var last] && last.To == next.From && last with { From = next.From, To = next.To } == next) joined[^1] = last with { To = next.To };
            else joined.Add(next);
        }

        return [.. joined.OrderBy(each => each.From).ThenBy(each => each.Code, StringComparer.Ordinal).ThenBy(each => each.Point, StringComparer.Ordinal)];
    }
}
