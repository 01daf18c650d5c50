using System.Threading.Channels;

namespace CoMaKo.Hub.Metering.Readings.Uploads;

/// <summary>Takes uploads over one after another, away from the request that brought them. What a process that ended left behind is done at the next start: twice does no harm.</summary>
internal sealed class UploadJob(UploadStore uploads, ILogger<UploadJob> log) : BackgroundService
{
    private readonly Channel<long> waiting = Channel.CreateUnbounded<long>();

    /// <summary>Puts an upload in line.</summary>
    public void Begin(long uploadId) => waiting.Writer.TryWrite(uploadId);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (long left in await uploads.RunningAsync()) Begin(left);
            await foreach (long id in waiting.Reader.ReadAllAsync(stoppingToken)) await TakeOverAsync(id);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops; what waits is there at the next start.
        }
    }

    private async Task TakeOverAsync(long id)
    {
        try
        {
            if (await uploads.FindAsync(id, null) is { State: UploadState.Running } upload) await uploads.TakeOverAsync(upload);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "CMH-1781. Upload {Upload} could not be taken over; it is tried again with the next start", id);
        }
    }
}
