using System.Globalization;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Settlement.Statements.Prints;

/// <summary>
/// Prints months in the background, a batch per WeasyPrint process; each batch is kept before the next begins. A replica that stops hands its job back at once,
/// one that was killed loses it within a minute, and whoever takes it goes on with the files that are missing.
/// </summary>
internal sealed class PrintJob(
    HubDatabase database, JobQueue jobs, PrintStore prints, StatementReader statements, InvoiceReader invoices, StatementPrinter statementPrinter, InvoicePrinter invoicePrinter, TimeProvider clock, ILogger<PrintJob> log)
    : RecurringJob(Interval, clock, log)
{
    private const int MostAttempts = 5;

    /// <summary>A batch may take three minutes and is held on to meanwhile. With <see cref="Interval"/> it says how long a killed process's job lies.</summary>
    internal static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    protected override string Failure => "CMH-2395. A print could not go on; it is tried again soon";

    protected override bool BeginsAtOnce => true;

    /// <summary>Prints what waits.</summary>
    public async Task RunDueAsync(CancellationToken stop)
    {
        while (await jobs.TakeAsync(PrintStore.Kind, Hold) is { } job) await RunAsync(job, stop);
    }

    protected override Task NextCall() => database.NextSignal(PrintStore.Topic);

    protected override async Task RoundAsync(CancellationToken stop)
    {
        await prints.CleanAsync();
        await RunDueAsync(stop);
    }

    private async Task RunAsync(Job job, CancellationToken stop)
    {
        long id = long.Parse(job.Key!, CultureInfo.InvariantCulture);
        try
        {
            if (await prints.FindAsync(job.Key!) is { } head) await PrintAsync(head, job, stop);
            else await database.WriteAsync(tx => JobQueue.FinishAsync(tx, job)); // cleaned up meanwhile
        }
        catch (PdfException failed)
        {
            await prints.FailAsync(id, failed.Message);
            await jobs.PutBackAsync(job, failed.Message, job.Attempt < MostAttempts ? TimeSpan.FromMinutes(job.Attempt) : null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await jobs.PutBackAsync(job, "The hub was stopped.", TimeSpan.Zero);
            throw;
        }
    }

    private async Task PrintAsync(PrintHead head, Job job, CancellationToken stop)
    {
        while (await prints.WaitingAsync(head.PrintId, PdfMaker.MostPages) is { Count: > 0 } batch)
        {
            stop.ThrowIfCancellationRequested();
            await prints.PutAsync(head.PrintId, batch, await jobs.WhileHeldAsync(job, Hold, end => MakeAsync(head, batch, end), stop));
        }

        await prints.FinishAsync(head.PrintId, job);
    }

    private async Task<IReadOnlyList<byte[]>> MakeAsync(PrintHead head, IReadOnlyList<(long Place, string Number)> batch, CancellationToken stop)
    {
        if (head.What == PrintSubject.Invoices)
        {
            var documents = new List<InvoiceContent>();
            foreach (var (_, number) in batch) documents.Add((await invoices.FindAsync(number) ?? throw Gone(number)).Content);
            return await invoicePrinter.PrintAsync(documents, head.Language, stop);
        }

        var whole = new List<Statement>();
        foreach (var (_, number) in batch) whole.Add(await statements.FindAsync(number) ?? throw Gone(number));
        return await statementPrinter.PrintAsync(whole, head.Language, stop);
    }

    private static PdfException Gone(string number) => new("CMH-2392", $"The terms of {number} are not stored.");
}
