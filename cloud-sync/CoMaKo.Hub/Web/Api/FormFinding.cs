namespace CoMaKo.Hub.Web.Api;

/// <summary>What is wrong in a body, an array or a file.</summary>
/// <param name="Row">Element of an array from 1, or line of a file with its header as line 1; absent for a single object.</param>
/// <param name="Field">Member or column; a dotted path inside of it.</param>
/// <param name="Code">Stable code, <c>CMH-…</c>.</param>
/// <param name="Text">What is wrong and what to do.</param>
public sealed record FormFinding(int? Row, string Field, string Code, string Text);

/// <summary>All findings of one body; a file of half a million wrong rows does not become an answer of half a million findings.</summary>
internal sealed class FormFindings
{
    /// <summary>So many are told one by one.</summary>
    public const int MostTold = 1000;

    private readonly List<FormFinding> told = [];

    public IReadOnlyList<FormFinding> Told => told;

    /// <summary>All, also those beyond the ones that are told.</summary>
    public int Count { get; private set; }

    public bool Any => Count > 0;

    public void Add(int? row, string field, string code, string text)
    {
        Count++;
        if (told.Count < MostTold) told.Add(new FormFinding(row, field, code, text));
    }

    public void Add(string field, string code, string text) => Add(null, field, code, text);

    /// <summary>Forgets all: a piece of writing may run again from its start.</summary>
    public void Clear()
    {
        told.Clear();
        Count = 0;
    }

    /// <summary>The answer: 422 with every finding.</summary>
    public IResult ToProblem() => Problems.Content(this);
}
