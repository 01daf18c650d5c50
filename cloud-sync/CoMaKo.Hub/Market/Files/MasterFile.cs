using System.Data.Common;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market.Files;

/// <summary>What became of a file.</summary>
/// <param name="Findings">If there are any, nothing was stored and the counts are of no use.</param>
internal sealed record ImportOutcome(int Rows, int Created, int Unchanged, int Corrected, FormFindings Findings);

/// <summary>A row of a file; the header is row 1.</summary>
internal sealed record FileRow<T>(int Row, T Item);

/// <summary>
/// A kind of master data as a table: the columns that go out come in again, so that a file taken from one hub fills another one. A row that is there
/// already changes nothing; one with the same key and other values corrects it; rows that a file does not have stay as they are.
/// </summary>
internal abstract class MasterFile
{
    /// <summary>Name of the table, of its file and of its addresses, <c>/name</c> and <c>/name.csv</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What a row is, in one sentence for the interface's description.</summary>
    public abstract string Summary { get; }

    public abstract IReadOnlyList<CsvColumn> Columns { get; }

    /// <summary>Whether <c>GET /name</c> is another endpoint, which answers JSON too.</summary>
    public virtual bool HasList => false;

    /// <summary>Cells of all rows by their key, numbers with a decimal point.</summary>
    /// <param name="participant">Only this one's; absent: everybody's. Tables that members do not see take no account of it.</param>
    public abstract Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null);

    /// <summary>Takes a file: all of it in one transaction, or nothing.</summary>
    /// <param name="isDry">Counts and findings only: the transaction is made and taken back.</param>
    public abstract Task<ImportOutcome> ImportAsync(Stream body, CsvForm form, Caller caller, bool isDry, CancellationToken cancellationToken);

    /// <summary>A word as the REST interface writes it.</summary>
    protected static string WordOf<TWord>(TWord word)
        where TWord : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());
}

/// <typeparam name="T">A row.</typeparam>
internal abstract class MasterFile<T>(HubDatabase database, TimeProvider clock) : MasterFile
{
    private static readonly TimeSpan LongestStatement = TimeSpan.FromSeconds(60);

    /// <summary>Reads a row; its findings name columns.</summary>
    protected abstract T Read(JsonForm form, FormFindings findings);

    /// <summary>What names a row; no two rows of a file have the same.</summary>
    protected abstract object KeyOf(T row);

    /// <summary>Stores the rows and counts them; findings take everything back.</summary>
    protected abstract ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<T>> rows, ImportWork work);

    public override async Task<ImportOutcome> ImportAsync(Stream body, CsvForm form, Caller caller, bool isDry, CancellationToken cancellationToken)
    {
        var findings = new FormFindings();
        var rows = (await CsvObjects.ReadAsync(body, form, Columns, Read, findings, cancellationToken)).ConvertAll(row => new FileRow<T>(row.Row, row.Item));
        var keys = new Dictionary<object, int>();
        if (!findings.Any)
            foreach (var row in rows)
                if (!keys.TryAdd(KeyOf(row.Item), row.Row)) findings.Add(row.Row, Columns[0].Name, "CMH-1627", FormattableString.Invariant($"The row has the same key as row {keys[KeyOf(row.Item)]}."));
        if (findings.Any) return new ImportOutcome(rows.Count, 0, 0, 0, findings);
        try
        {
            return await StoreAsync(rows, caller, findings, isDry);
        }
        catch (HubDatabaseException twice) when (twice.Fault == HubFault.Duplicate)
        {
            return await StoreAsync(rows, caller, findings, isDry); // somebody made the same at the same time: now it is there
        }
    }

    private async Task<ImportOutcome> StoreAsync(List<FileRow<T>> rows, Caller caller, FormFindings findings, bool isDry)
    {
        try
        {
            return await database.WriteAsync(async tx =>
            {
                findings.Clear();
                await tx.AllowAsync(LongestStatement);
                var work = new ImportWork(caller, clock.UnixMicroseconds(), findings);
                await StoreAsync(tx, rows, work);
                var outcome = new ImportOutcome(rows.Count, work.Created, work.Unchanged, work.Corrected, findings);
                return findings.Any || isDry ? throw new TakenBackException(outcome) : outcome;
            });
        }
        catch (TakenBackException back)
        {
            return back.Outcome;
        }
    }

    /// <summary>Ends a transaction that was only to be tried.</summary>
    private sealed class TakenBackException(ImportOutcome outcome) : Exception
    {
        public ImportOutcome Outcome => outcome;
    }
}
