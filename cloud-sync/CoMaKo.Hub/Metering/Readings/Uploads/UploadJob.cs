using System.Data.Common;
using System.Threading.Channels;

namespace CoMaKo.Hub.Metering.Readings.Uploads;

/// <summary>
/// Takes uploads over one after another, away from the request that brought them. What a process that ended or a database that was away left behind is done
/// afterwards: twice does no harm.
/// </summary>
internal sealed class UploadJob(UploadStore uploads, TimeProvider clock, ILogger<UploadJob> log) : RecurringJob(TimeSpan.FromMinutes(1), clock, log)
{
    private readonly Channel<long> waiting = Channel.CreateUnbounded<long>();

    protected override string Failure => "CMH-1781. Uploads wait, because the database cannot be used; it is tried again in a minute";

    protected override bool BeginsAtOnce => true;

    /// <summary>Puts an upload in line.</summary>
    public void Begin(long uploadId) => waiting.Writer.TryWrite(uploadId);

    /// <summary>Ends only with the hub or by failing; then what was under way is found again.</summary>
    protected override async Task RoundAsync(CancellationToken stop)
    {
        foreach (long left in await uploads.RunningAsync()) Begin(left);
        await foreach (long id in waiting.Reader.ReadAllAsync(stop)) await TakeOverAsync(id);
    }

    private async Task TakeOverAsync(long id)
    {
        try
        {
            if (await uploads.FindAsync(id, null) is { State: UploadState.Running } upload) await uploads.TakeOverAsync(upload);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or DbException { IsTransient: true }))
        {
            Log.LogError(failure, "CMH-1783. Upload {Upload} could not be taken over; it is tried again with the next start", id);
        }
    }
}
