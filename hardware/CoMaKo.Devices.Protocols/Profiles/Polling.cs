using System.Runtime.CompilerServices;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>The loop of polled devices.</summary>
internal static class Polling
{
    /// <summary>Polls at once and then each period; a poll that takes longer than a period delays the next, never doubles it.</summary>
    public static async IAsyncEnumerable<Reading> EveryAsync(
        Duration period, TimeProvider time, Func<CancellationToken, ValueTask<Reading>> poll, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(period.ToTimeSpan(), time);
        do yield return await poll(cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Runs a request and names in words what it was for; silence is a broken link to the caller.</summary>
    /// <exception cref="IOException">The device did not answer, refused, or answered wrongly.</exception>
    public static async ValueTask<T> AskAsync<T>(DeviceId device, string what, Func<ValueTask<T>> request)
    {
        try
        {
            return await request();
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            throw new IOException($"{device}, {what}: {e.Message}", e);
        }
    }

    public static Reading Stamp(DeviceId device, TimeProvider time, string? serverId, IReadOnlyList<MeasuredValue> values) => new(
        device, Instant.FromDateTimeOffset(time.GetUtcNow()), Duration.FromTimeSpan(time.GetElapsedTime(0)), serverId, null, MeterAlarms.None, values);
}
