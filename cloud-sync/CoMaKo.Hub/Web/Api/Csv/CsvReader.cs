namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>
/// Rows of a CSV text (RFC 4180: quotes, doubled quotes, any line end), one at a time and without keeping more than one: a file of half a million rows
/// passes through a few kilobytes.
/// </summary>
internal sealed class CsvReader(TextReader text, char separator)
{
    private const int MostCharacters = 8192;

    private readonly char[] block = new char[32_768];
    private readonly char[] row = new char[MostCharacters];
    private readonly List<int> ends = [];
    private int at;
    private int length;
    private int nextLine = 1;
    private int filled;

    /// <summary>Line at which the current row begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Cells of the current row.</summary>
    public int Count => ends.Count;

    /// <summary>Why the text cannot be read on; absent while it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>A cell of the current row, without its quotes; valid until the next row.</summary>
    public ReadOnlySpan<char> this[int cell] => row.AsSpan(cell == 0 ? 0 : ends[cell - 1], ends[cell] - (cell == 0 ? 0 : ends[cell - 1]));

    /// <summary>Goes to the next row that is not empty.</summary>
    /// <returns>Whether there is one; if not, <see cref="Fault"/> may say why.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (Fault is null)
        {
            ends.Clear();
            (filled, Line) = (0, nextLine);
            bool isQuoted = false, isEnd = false;
            while (!isEnd)
            {
                if (at == length && !await FillAsync(cancellationToken))
                {
                    if (isQuoted) Fault = FormattableString.Invariant($"A quote of line {Line} is not closed.");
                    if (Fault is not null || (filled == 0 && ends.Count == 0)) return false;
                    ends.Add(filled);
                    return true;
                }

                isEnd = Take(ref isQuoted);
                if (Fault is not null) return false;
            }

            if (filled > 0 || ends.Count > 1) return true;
        }

        return false;
    }

    /// <summary>Takes characters of the block up to the end of the row.</summary>
    /// <returns>Whether the row ended.</returns>
    private bool Take(ref bool isQuoted)
    {
        while (at < length)
        {
            char next = block[at++];
            if (next == '\n') nextLine++;
            if (next == '"')
            {
                // A doubled quote inside quotes closes and opens again; the second one is kept.
                if (!isQuoted && wasQuote) Keep('"');
                isQuoted = !isQuoted;
                wasQuote = !isQuoted;
                continue;
            }

            wasQuote = false;
            if (!isQuoted && next == separator) ends.Add(filled);
            else if (!isQuoted && next == '\n')
            {
                if (filled > 0 && row[filled - 1] == '\r' && (ends.Count == 0 || ends[^1] < filled)) filled--;
                ends.Add(filled);
                return true;
            }
            else Keep(next);
            if (Fault is not null) return false;
        }

        return false;
    }

    private bool wasQuote;

    private void Keep(char next)
    {
        if (filled == MostCharacters) Fault = FormattableString.Invariant($"Line {Line} has more than {MostCharacters} characters.");
        else row[filled++] = next;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        at = 0;
        length = await text.ReadAsync(block, cancellationToken);
        return length > 0;
    }
}
