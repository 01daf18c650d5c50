namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>Cuts a rendered page at its live parts. The marks are our own (<c>Live.razor</c>), never nested, and texts are encoded, so that searching suffices.</summary>
internal static class PageParts
{
    private const string Open = "<cm-live id=\"";
    private const string Close = "</cm-live>";

    /// <summary>Each part's id with its inner HTML.</summary>
    public static IEnumerable<(string Id, string Html)> Of(string page)
    {
        int at = 0;
        while ((at = page.IndexOf(Open, at, StringComparison.Ordinal)) >= 0)
        {
            int id = at + Open.Length;
            int quote = page.IndexOf('"', id);
            int content = page.IndexOf('>', quote) + 1;
            int end = page.IndexOf(Close, content, StringComparison.Ordinal);
            yield return (page[id..quote], page[content..end]);
            at = end;
        }
    }
}
