using System.Data.Common;
using System.Text.Json;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Makes documents as soon as a run is published or what was missing is entered; looks by itself now and then, because a signal may be lost.</summary>
internal sealed class InvoiceJob(InvoiceMaker maker, HubDatabase database, TimeProvider clock, ILogger<InvoiceJob> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = database.NextSignal(InvoiceMaker.Topic);
            try
            {
                await maker.RunAsync("hub", stoppingToken);
            }
            catch (Exception failure) when (failure is DbException or InvalidOperationException or JsonException)
            {
                log.LogError(failure, "CMH-2405. Invoices could not be made; it is tried again in ten minutes");
            }

            try
            {
                await woken.WaitAsync(Interval, clock, stoppingToken);
            }
            catch (TimeoutException)
            {
                // Nobody called: look for what is due by now.
            }
        }
    }
}
