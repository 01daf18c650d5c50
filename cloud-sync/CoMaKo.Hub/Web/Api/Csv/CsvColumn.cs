namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>What the cells of a column are.</summary>
internal enum CsvKind
{
    /// <summary>Words and days too; spreadsheets must not take it for a formula.</summary>
    Text,

    /// <summary>Written with the file's decimal sign.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,
}

/// <summary>A column of a file, named as the member of the REST interface.</summary>
/// <param name="IsRequired">A file without it is refused.</param>
internal sealed record CsvColumn(string Name, CsvKind Kind = CsvKind.Text, bool IsRequired = false);
