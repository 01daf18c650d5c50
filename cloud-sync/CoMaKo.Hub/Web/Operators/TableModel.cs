using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>A column of a list: named in files as in the REST interface, headed on the page by a text.</summary>
/// <param name="Word">Key of its heading.</param>
internal sealed record TableColumn(string Name, string Word, CsvKind Kind = CsvKind.Text, bool IsMono = false);

/// <summary>A cell.</summary>
/// <param name="Plain">As in the REST interface, numbers with a decimal point; absent if there is none.</param>
/// <param name="Shown">As people read it; absent: as in the interface.</param>
internal sealed record TableCell(string? Plain, string? Shown = null, string? Href = null, string? Class = null);

/// <summary>A row with the key behind which the next page begins.</summary>
internal sealed record TableRow(string Key, IReadOnlyList<TableCell> Cells);

/// <summary>A filter of a list; its value is in the address.</summary>
/// <param name="Choices">Values and their texts' keys; empty: a text is typed.</param>
internal sealed record TableFilter(string Name, string Word, IReadOnlyList<(string Value, string Word)> Choices);

/// <summary>A list of the operator's: one page of it on the screen, all of it as a file, both with the same filters and columns.</summary>
internal abstract class TableSource
{
    /// <summary>Its page; the file has <c>.csv</c> behind it.</summary>
    public abstract string Address { get; }

    /// <summary>Key of its title.</summary>
    public abstract string Title { get; }

    /// <summary>Key of the sentence below the title.</summary>
    public abstract string Sentence { get; }

    /// <summary>Key of the number of rows, with <c>.one</c> and <c>.other</c>.</summary>
    public abstract string Count { get; }

    public abstract IReadOnlyList<TableColumn> Columns { get; }

    public virtual IReadOnlyList<TableFilter> Filters => [];

    /// <summary>Where a new row is made, and the key of the link's text; absent: not here.</summary>
    public virtual (string Address, string Word)? New => null;

    /// <summary>Rows behind a key, in the list's order.</summary>
    /// <param name="filter">Values of the filters; empty ones do not narrow.</param>
    public abstract Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say);
}
