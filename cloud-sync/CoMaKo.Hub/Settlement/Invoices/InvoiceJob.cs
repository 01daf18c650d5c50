using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Makes documents as soon as a run is published or what was missing is entered.</summary>
internal sealed class InvoiceJob(InvoiceMaker maker, HubDatabase database, TimeProvider clock, ILogger<InvoiceJob> log) : RecurringJob(TimeSpan.FromMinutes(10), clock, log)
{
    protected override string Failure => "CMH-2405. Invoices could not be made; it is tried again in ten minutes";

    protected override bool BeginsAtOnce => true;

    protected override Task NextCall() => database.NextSignal(InvoiceMaker.Topic);

    protected override Task RoundAsync(CancellationToken stop) => maker.RunAsync("hub", stop);
}
