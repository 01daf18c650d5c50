using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

public sealed class AdmissionTests
{
    [Fact]
    public async Task Enter_BeyondItsPlaces_WaitsAndThenIsTurnedAway()
    {
        using var admission = new Admission(atWork: 1, waiting: 1, TimeSpan.FromSeconds(1), TimeProvider.System);
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
        using var admission = new Admission(atWork: 1, waiting: 1, TimeSpan.FromSeconds(1), TimeProvider.System);
        var first = await admission.EnterAsync(CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var second = admission.EnterAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        var third = admission.EnterAsync(CancellationToken.None).AsTask();
        first.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Enter_ThatWaitedTwiceAsLongAsExpected_IsTurnedAway()
    {
        using var admission = new Admission(atWork: 1, waiting: 10, TimeSpan.FromMilliseconds(20), TimeProvider.System);
        var first = await admission.EnterAsync(CancellationToken.None);

        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() => admission.EnterAsync(CancellationToken.None).AsTask());

        Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.Status);
        first.Dispose();
        (await admission.EnterAsync(CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Enter_WhereCallsTakeLong_IsTurnedAwayBeforeTheQueueIsFull()
    {
        var clock = new FakeTimeProvider();
        using var admission = new Admission(atWork: 2, waiting: 100, TimeSpan.FromSeconds(1), clock);
        for (int i = 0; i < 200; i++) // the average settles at 600 ms for two places: 0.3 s for each that waits
        {
            var place = await admission.EnterAsync(CancellationToken.None);
            clock.Advance(TimeSpan.FromMilliseconds(600));
            place.Dispose();
        }

        var taken = Enumerable.Range(0, 5).Select(_ => admission.EnterAsync(CancellationToken.None).AsTask()).ToList();
        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() => admission.EnterAsync(CancellationToken.None).AsTask());

        Assert.InRange(refused.RetryAfter!.Value.TotalSeconds, 1.1, 1.3);
        foreach (var entered in taken) (await entered).Dispose();
        (await admission.EnterAsync(CancellationToken.None)).Dispose();
    }
}
