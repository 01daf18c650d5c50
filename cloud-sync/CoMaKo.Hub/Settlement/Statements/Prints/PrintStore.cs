using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Prints;

/// <summary>What is printed; the numbers are those of <c>mkt_print.what</c>.</summary>
public enum PrintSubject
{
    Statements = 1,
    Invoices = 2,
}

/// <summary>A month's files, made or in the making.</summary>
/// <param name="Done">Files that are there, of <paramref name="Total"/>.</param>
/// <param name="FinishedUs">Absent while it is at work.</param>
/// <param name="Error">Why the last attempt failed; it goes on by itself, unless the list of jobs says otherwise.</param>
public sealed record PrintHead(long PrintId, string Group, YearMonth Month, PrintSubject What, string Language, string Author, long CreatedUs, long? FinishedUs, string? Error, int Done, int Total);

/// <summary>Keeps what is printed in the background: one row per file, so that a restart goes on where it stood and every replica can hand the result out.</summary>
internal sealed class PrintStore(HubDatabase database, StatementReader statements, InvoiceReader invoices, TimeProvider clock)
{
    public const string Kind = "print";
    public const string Topic = "prints";

    /// <summary>So long a result can be fetched.</summary>
    private static readonly Duration Kept = Duration.FromDays(7);

    private const string Head = """
        SELECT p.print_id AS PrintId, p.balance_group AS BalanceGroup, p.month AS Month, p.what AS What, p.language AS Language, p.author AS Author, p.created_us AS CreatedUs, p.finished_us AS FinishedUs, p.error AS Error,
          (SELECT count(*) FROM mkt_print_file f WHERE f.print_id = p.print_id AND f.pdf IS NOT NULL) AS Done, (SELECT count(*) FROM mkt_print_file f WHERE f.print_id = p.print_id) AS Total
        FROM mkt_print p
        """;

    /// <summary>Lets a month be printed. Equal ones that are still at work stand for both.</summary>
    /// <returns>Its number; absent if the month has nothing to print.</returns>
    public async Task<long?> BeginAsync(string group, YearMonth month, PrintSubject what, string language, Caller caller)
    {
        string[] numbers = what == PrintSubject.Invoices
            ? [.. (await invoices.ListAsync(new InvoiceFilter(Group: group, Month: month), null, int.MaxValue)).Select(head => head.Number).Reverse()]
            : [.. (await statements.ListAsync(new StatementFilter(Group: group, Month: month), null, int.MaxValue)).Select(head => head.Number).Reverse()];
        if (numbers.Length == 0) return null;
        return await database.WriteAsync<long?>(async tx =>
        {
            if (await tx.Prepare("SELECT print_id FROM mkt_print WHERE balance_group = $1 AND month = $2 AND what = $3 AND language = $4 AND finished_us IS NULL").Bind(group).Bind(month.Number()).Bind((long)what).Bind(language).NumberAsync() is { } there) return there;
            long now = clock.UnixMicroseconds();
            long id = (await tx.Prepare("INSERT INTO mkt_print (balance_group, month, what, language, author, created_us) VALUES ($1, $2, $3, $4, $5, $6) RETURNING print_id")
                .Bind(group).Bind(month.Number()).Bind((long)what).Bind(language).Bind(caller.Name).Bind(now).NumberAsync())!.Value;
            await tx.InsertNewAsync(new RowSet("mkt_print_file").Add("place", [.. numbers.Select((_, i) => i + 1L)]).Add("number", numbers).Add("print_id", id));
            await JobQueue.PutAsync(tx, Kind, id.ToString(System.Globalization.CultureInfo.InvariantCulture), "", now);
            await Audit.AppendAsync(tx, now, caller.Name, "print.begin", $"{group} {month.Text()}", FormattableString.Invariant($"{numbers.Length} files"));
            tx.Signal(Topic);
            return id;
        });
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<PrintHead>> ListAsync(int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<Row>($"{Head} ORDER BY p.print_id DESC LIMIT @limit", new { limit })).Select(row => row.ToHead())];
    }

    /// <summary>One of them; absent if there is none, or no longer.</summary>
    public async Task<PrintHead?> FindAsync(string id)
    {
        if (!long.TryParse(id, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long printId)) return null;
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryFirstOrDefaultAsync<Row>($"{Head} WHERE p.print_id = @printId", new { printId }))?.ToHead();
    }

    /// <summary>Files that are still to be made, by place.</summary>
    public async Task<IReadOnlyList<(long Place, string Number)>> WaitingAsync(long printId, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<(long, string)>("SELECT place, number FROM mkt_print_file WHERE print_id = @printId AND pdf IS NULL ORDER BY place LIMIT @limit", new { printId, limit })];
    }

    /// <summary>Keeps a batch.</summary>
    public Task PutAsync(long printId, IReadOnlyList<(long Place, string Number)> files, IReadOnlyList<byte[]> bytes) => database.WriteAsync(async tx =>
    {
        for (int i = 0; i < files.Count; i++) await tx.Prepare("UPDATE mkt_print_file SET pdf = $1 WHERE print_id = $2 AND place = $3").Bind(bytes[i]).Bind(printId).Bind(files[i].Place).RunAsync();
        await tx.Prepare("UPDATE mkt_print SET error = NULL WHERE print_id = $1").Bind(printId).RunAsync();
    });

    /// <summary>All files are there: the job goes off the list.</summary>
    public Task FinishAsync(long printId, Job job) => database.WriteAsync(async tx =>
    {
        await tx.Prepare("UPDATE mkt_print SET finished_us = $1, error = NULL WHERE print_id = $2").Bind(clock.UnixMicroseconds()).Bind(printId).RunAsync();
        await JobQueue.FinishAsync(tx, job);
    });

    public Task FailAsync(long printId, string error) => database.WriteAsync(async tx => { await tx.Prepare("UPDATE mkt_print SET error = $1 WHERE print_id = $2").Bind(error).Bind(printId).RunAsync(); });

    /// <summary>A file's bytes.</summary>
    public async Task<byte[]> BytesAsync(long printId, long place)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<byte[]>("SELECT pdf FROM mkt_print_file WHERE print_id = @printId AND place = @place", new { printId, place }) ?? [];
    }

    /// <summary>Numbers of the files in their places.</summary>
    public async Task<IReadOnlyList<(long Place, string Number)>> FilesAsync(long printId)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<(long, string)>("SELECT place, number FROM mkt_print_file WHERE print_id = @printId ORDER BY place", new { printId })];
    }

    /// <summary>Drops what was begun more than seven days ago.</summary>
    public async Task CleanAsync()
    {
        long before = clock.UnixMicroseconds() - (Kept.ToInt64Nanoseconds() / 1000);
        await using (var reader = await database.OpenReaderAsync())
            if (await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_print WHERE created_us < @before", new { before }) == 0) return;
        await database.WriteAsync(async tx =>
        {
            await tx.Prepare("DELETE FROM mkt_print_file WHERE print_id IN (SELECT print_id FROM mkt_print WHERE created_us < $1)").Bind(before).RunAsync();
            await tx.Prepare("DELETE FROM mkt_print WHERE created_us < $1").Bind(before).RunAsync();
        });
    }

    private sealed class Row
    {
        public long PrintId { get; init; }

        public string BalanceGroup { get; init; } = "";

        public long Month { get; init; }

        public long What { get; init; }

        public string Language { get; init; } = "";

        public string Author { get; init; } = "";

        public long CreatedUs { get; init; }

        public long? FinishedUs { get; init; }

        public string? Error { get; init; }

        public long Done { get; init; }

        public long Total { get; init; }

        public PrintHead ToHead() => new(PrintId, BalanceGroup, RunMonth.Of(Month), (PrintSubject)What, Language, Author, CreatedUs, FinishedUs, Error, (int)Done, (int)Total);
    }
}
