using System.Text;
using CoMaKo.Edge.Diagnostics.Texts;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>The sentence of a reason, from a template per case and language with named values: <c>Charges {power} *because* …</c>.</summary>
internal static class ReasonText
{
    /// <summary>Runs of text; what stands between stars is bold.</summary>
    /// <returns>Empty if there is no template for the case, or a value for it is missing.</returns>
    public static IReadOnlyList<(string Text, bool IsBold)> Of(Wording say, Reason? reason)
    {
        if (reason is null || say.Find("reason." + reason.Code) is not { } template || Fill(say, template, reason) is not { } sentence) return [];
        return [.. sentence.Split('*').Select((text, i) => (text, i % 2 == 1)).Where(run => run.text.Length > 0)];
    }

    /// <summary>The same in plain text; absent like the runs.</summary>
    public static string? Plain(Wording say, Reason? reason)
    {
        var runs = Of(say, reason);
        return runs.Count == 0 ? null : string.Concat(runs.Select(run => run.Text));
    }

    private static string? Fill(Wording say, string template, Reason reason)
    {
        var sentence = new StringBuilder();
        for (int at = 0; at < template.Length;)
        {
            int open = template.IndexOf('{', at);
            if (open < 0) return sentence.Append(template, at, template.Length - at).ToString();
            int close = template.IndexOf('}', open);
            string name = template[(open + 1)..close];
            if (reason.Values.FirstOrDefault(value => value.Name == name) is not { Name: not null } found) return null;
            sentence.Append(template, at, open - at).Append(Write(say, found));
            at = close + 1;
        }

        return sentence.ToString();
    }

    private static string Write(Wording say, ReasonValue value) => value.Unit switch
    {
        ReasonUnit.EurPerKwh => say.Cents(value.Number).ToString(),
        ReasonUnit.Watts => new Quantity(say.Number(Math.Abs(value.Number) / 1000, 1), "kW").ToString(),
        ReasonUnit.Kwh => say.Energy(value.Number * 1000).ToString(),
        ReasonUnit.Percent => say.Percent(value.Number).ToString(),
        ReasonUnit.Eur => say.Money(value.Number).ToString(),
        _ => say.Minute(Instant.FromUnixTimeSeconds((long)value.Number)),
    };
}
