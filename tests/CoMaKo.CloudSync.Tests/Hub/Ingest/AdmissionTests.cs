using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Ingest;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

public sealed class AdmissionTests
{
    [Fact]
    public async Task Enter_BeyondItsPlaces_WaitsAndThenIsTurnedAway()
    {
        using var admission = new Admission(atWork: 1, waiting: 1);
        var first = await admission.EnterAsync(CancellationToken.None);
        var second = admission.EnterAsync(CancellationToken.None).AsTask();
        var third = await Assert.ThrowsAsync<GrpcStatusException>(() => admission.EnterAsync(CancellationToken.None).AsTask());

        Assert.False(second.IsCompleted);
        Assert.Equal(GrpcStatusCode.ResourceExhausted, third.Status);
        Assert.True(third.RetryAfter > TimeSpan.Zero);
        first.Dispose();
        (await second).Dispose();
        (await admission.EnterAsync(CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Enter_ThatIsCancelled_FreesItsPlaceInTheQueue()
    {
        using var admission = new Admission(atWork: 1, waiting: 1);
        var first = await admission.EnterAsync(CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var second = admission.EnterAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        var third = admission.EnterAsync(CancellationToken.None).AsTask();
        first.Dispose();
        (await third).Dispose();
    }
}
