using System.Text;

namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>How a CSV file is written: from the address's query, what is absent from the file's first line.</summary>
/// <param name="Separator">Absent: the one of <c>;</c>, tab and <c>,</c> that the header has.</param>
/// <param name="DecimalPoint">Absent: a point where the comma separates, else a comma.</param>
internal sealed record CsvForm(Encoding Charset, char? Separator, char? DecimalPoint)
{
    static CsvForm() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>A query's <c>true</c> or <c>false</c>; absent is false. CMH-1621 for another word.</summary>
    public static bool Flag(IQueryCollection query, string name, FormFindings findings)
    {
        string text = query[name].ToString();
        if (text is not ("" or "true" or "false")) findings.Add(name, "CMH-1621", $"{name} is true or false.");
        return text == "true";
    }

    /// <summary>Reads <c>charset</c> (utf-8, windows-1252), <c>separator</c> (semicolon, comma, tab) and <c>decimal</c> (comma, point). CMH-1621 for another word.</summary>
    public static CsvForm Read(IQueryCollection query, FormFindings findings)
    {
        return new CsvForm(
            Of("charset", ("utf-8", new UTF8Encoding(false, throwOnInvalidBytes: true)), ("windows-1252", Encoding.GetEncoding(1252))) ?? new UTF8Encoding(false, throwOnInvalidBytes: true),
            OfChar("separator", ("semicolon", ';'), (";", ';'), ("comma", ','), (",", ','), ("tab", '\t')), OfChar("decimal", ("comma", ','), (",", ','), ("point", '.'), (".", '.')));

        char? OfChar(string name, params (string Word, char Value)[] words) => Of(name, [.. words.Select(word => (word.Word, (object)word.Value))]) is char found ? found : null;

        T? Of<T>(string name, params (string Word, T Value)[] words)
            where T : class
        {
            if (!query.TryGetValue(name, out var text)) return null;
            foreach (var (word, value) in words)
                if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) return value;
            findings.Add(name, "CMH-1621", $"{name} is one of {string.Join(", ", words.Select(each => each.Word).Where(word => word.Length > 1))}.");
            return null;
        }
    }
}

/// <summary>
/// An uploaded CSV file with a header, read row by row. Codes: CMH-1622 header, 1623 cells of a row, 1624 characters, 1625 number, 1626 too many rows.
/// </summary>
internal sealed class CsvFile
{
    private readonly CsvReader reader;
    private readonly char decimalPoint;
    private readonly Dictionary<string, int> columns;
    private readonly FormFindings findings;

    private CsvFile(CsvReader reader, char decimalPoint, Dictionary<string, int> columns, FormFindings findings) =>
        (this.reader, this.decimalPoint, this.columns, this.findings) = (reader, decimalPoint, columns, findings);

    /// <summary>Line of the current row; the header is line 1.</summary>
    public int Line => reader.Line;

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="required">Columns that must be there.</param>
    /// <param name="optional">Columns that may be there; any other one is a mistake.</param>
    /// <returns>Absent, with findings, if the header is wrong.</returns>
    public static async Task<CsvFile?> OpenAsync(Stream body, CsvForm form, string[] required, string[] optional, FormFindings findings, CancellationToken cancellationToken)
    {
        var text = new StreamReader(body, form.Charset, detectEncodingFromByteOrderMarks: false, bufferSize: 65_536, leaveOpen: true);
        try
        {
            string header = (await text.ReadLineAsync(cancellationToken) ?? "").TrimStart('\uFEFF');
            char separator = form.Separator ?? ";\t,".FirstOrDefault(each => header.Contains(each, StringComparison.Ordinal), ';');
            string[] names = [.. header.Split(separator).Select(name => name.Trim().Trim('"').ToLowerInvariant())];
            foreach (string name in required.Where(name => !names.Contains(name))) findings.Add(1, name, "CMH-1622", "The column is missing.");
            foreach (string name in names.Where(name => !required.Contains(name) && !optional.Contains(name))) findings.Add(1, name, "CMH-1622", "There is no such column.");
            if (names.Distinct(StringComparer.Ordinal).Count() != names.Length) findings.Add(1, "", "CMH-1622", "A column comes twice.");
            return findings.Any ? null : new CsvFile(
                new CsvReader(text, separator), form.DecimalPoint ?? (separator == ',' ? '.' : ','), names.Select((name, i) => (name, i)).ToDictionary(each => each.name, each => each.i, StringComparer.Ordinal), findings);
        }
        catch (DecoderFallbackException)
        {
            findings.Add("", "CMH-1624", WrongCharacters);
            return null;
        }
    }

    /// <summary>Goes to the next row with as many cells as the header; others become findings.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (reader.Count == columns.Count) return true;
                Add("", "CMH-1623", FormattableString.Invariant($"The row has {reader.Count} cells, the header {columns.Count}."));
            }

            if (reader.Fault is { } fault) Add("", "CMH-1623", fault);
        }
        catch (DecoderFallbackException)
        {
            findings.Add("", "CMH-1624", WrongCharacters); // blocks are decoded ahead: the line is not known
        }

        return false;
    }

    /// <summary>Adds a finding to the current row.</summary>
    public void Add(string column, string code, string what) => findings.Add(Line + 1, column, code, what);

    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>A cell without blanks at its ends; empty if the column is not there.</summary>
    public ReadOnlySpan<char> Cell(string column) => columns.TryGetValue(column, out int at) ? reader[at].Trim() : [];

    /// <summary>A number as a whole multiple of its smallest unit.</summary>
    /// <param name="decimals">Decimals that it may have: 3 for kWh, which gives Wh.</param>
    public long? Number(string column, int decimals, long least, long most)
    {
        var cell = Cell(column);
        long value = 0;
        var outcome = cell.ContainsAny('e', 'E') ? NumberOutcome.NoNumber : FixedPoint.Parse(cell, decimals, decimalPoint, out value);
        if (outcome == NumberOutcome.Good && value >= least && value <= most) return value;
        if (outcome == NumberOutcome.Good) outcome = NumberOutcome.TooLarge;
        if (outcome == NumberOutcome.NoNumber) AddNoNumber(column, cell);
        else if (outcome == NumberOutcome.TooFine) Add(column, "CMH-1607", FormattableString.Invariant($"The number has at most {decimals} decimals."));
        else Add(column, "CMH-1608", $"The number lies from {FixedPoint.Format(least, decimals)} to {FixedPoint.Format(most, decimals)}.");
        return null;
    }

    /// <summary>A number as JSON writes it: all of its digits, with a point. Its range is the form's matter.</summary>
    public string? Plain(string column)
    {
        var cell = Cell(column);
        bool isNegative = cell.StartsWith("-");
        int at = cell.IndexOf(decimalPoint);
        var whole = (at < 0 ? cell : cell[..at])[(isNegative ? 1 : 0)..];
        var fraction = at < 0 ? [] : cell[(at + 1)..];
        if (!whole.IsEmpty && (at < 0 || !fraction.IsEmpty) && !whole.ContainsAnyExceptInRange('0', '9') && !fraction.ContainsAnyExceptInRange('0', '9'))
            return $"{(isNegative ? "-" : "")}{(whole.TrimStart('0') is { IsEmpty: false } digits ? digits : "0")}{(at < 0 ? "" : ".")}{fraction}";
        AddNoNumber(column, cell);
        return null;
    }

    private void AddNoNumber(string column, ReadOnlySpan<char> cell) => Add(
        column, "CMH-1625", $"'{cell}' is no number with '{decimalPoint}' before its decimals and nothing between thousands; decimal=point or decimal=comma says which sign the file has.");

    private const string WrongCharacters = "The file has bytes that are no UTF-8. Say charset=windows-1252, or save it as UTF-8.";
}
