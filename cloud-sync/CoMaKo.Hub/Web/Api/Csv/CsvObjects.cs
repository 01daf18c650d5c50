using System.Buffers;
using System.Text.Json;

namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>
/// Rows of a file as JSON objects, so that the forms of the REST interface read them: an empty cell is an absent member. Codes: those of
/// <see cref="CsvFile"/>, and CMH-1626 too many rows.
/// </summary>
internal static class CsvObjects
{
    /// <summary>Rows of one file.</summary>
    public const int MostRows = 200_000;

    /// <summary>Reads all rows.</summary>
    /// <param name="read">Reads one object; its findings get their row here. A column whose number could not be read is told once.</param>
    /// <returns>What was read, with the line; of no use if there are findings.</returns>
    public static async Task<List<(int Row, T Item)>> ReadAsync<T>(
        Stream body, CsvForm form, IReadOnlyList<CsvColumn> columns, Func<JsonForm, FormFindings, T> read, FormFindings findings, CancellationToken cancellationToken)
    {
        var items = new List<(int, T)>();
        string[] required = [.. columns.Where(column => column.IsRequired).Select(column => column.Name)], optional = [.. columns.Where(column => !column.IsRequired).Select(column => column.Name)];
        if (await CsvFile.OpenAsync(body, form, required, optional, findings, cancellationToken) is not { } file) return items;
        var buffer = new ArrayBufferWriter<byte>();
        while (await file.ReadAsync(cancellationToken))
        {
            if (items.Count == MostRows)
            {
                file.Add("", "CMH-1626", FormattableString.Invariant($"More than {MostRows} rows. Send them in parts."));
                break;
            }

            var faulty = Write(file, columns, buffer);
            var own = new FormFindings();
            using var document = JsonDocument.Parse(buffer.WrittenMemory);
            items.Add((file.Line + 1, read(JsonForm.Open(document.RootElement, own)!, own)));
            foreach (var finding in own.Told.Where(finding => !faulty.Contains(finding.Field)).DistinctBy(finding => finding.Field)) file.Add(finding.Field, finding.Code, finding.Text);
        }

        return items;
    }

    /// <returns>Columns whose cell is no number, which was told.</returns>
    private static HashSet<string> Write(CsvFile file, IReadOnlyList<CsvColumn> columns, ArrayBufferWriter<byte> buffer)
    {
        var faulty = new HashSet<string>(StringComparer.Ordinal);
        buffer.ResetWrittenCount();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var column in columns)
        {
            var cell = CsvText.Plain(file.Cell(column.Name));
            if (cell.IsEmpty) continue;
            if (column.Kind == CsvKind.Flag && cell is "true" or "false") json.WriteBoolean(column.Name, cell is "true");
            else if (column.Kind != CsvKind.Number) json.WriteString(column.Name, cell);
            else if (file.Plain(column.Name) is { } number)
            {
                json.WritePropertyName(column.Name);
                json.WriteRawValue(number);
            }
            else faulty.Add(column.Name);
        }

        json.WriteEndObject();
        return faulty;
    }
}
