using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Measures the enclosure every ten seconds. Without a sensor in the building file it does nothing.</summary>
/// <param name="clock">Stamps what was measured.</param>
/// <param name="real">Paces the measuring.</param>
/// <param name="factor">Seconds of <paramref name="clock"/> in one of <paramref name="real"/>.</param>
internal sealed partial class EnclosureWatch(IEnclosureSensor? sensor, TimeProvider clock, TimeProvider real, double factor, ILogger<EnclosureWatch> log) : SideWork(log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private readonly Duration allowed = Duration.FromTimeSpan(3 * Every * factor);
    private volatile EnclosureInfo? current;

    /// <summary>As last measured; absent without a sensor, or before its first answer.</summary>
    public EnclosureInfo? Current => current;

    public static EnclosureWatch Of(EnclosureSettings? settings, GatewayOptions options, ILogger<EnclosureWatch> log) =>
        new(settings is null ? null : Ports.Enclosure[settings.Part].Create(settings), options.Clock, TimeProvider.System, options.ClockFactor, log);

    /// <summary>Measures once.</summary>
    public void Measure(IEnclosureSensor from)
    {
        try
        {
            var climate = from.Measure();
            if (current?.Fault is not null) Back(from.Name);
            current = new(from.Name, climate.Celsius, climate.HumidityPercent, Instant.FromDateTimeOffset(clock.GetUtcNow()), allowed, null);
        }
        catch (LinkException e)
        {
            if (current?.Fault?.Code != e.Code) Lost(e.Code, e.Message);
            // What was measured last stays with its age: it shows since when there is nothing newer.
            current = (current ?? new(from.Name, null, null, null, allowed, null)) with { Fault = new(e.Code, e.Message) };
        }
    }

    public override void Dispose()
    {
        sensor?.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stop)
    {
        if (sensor is null) return;
        await Task.Yield(); // a sensor may block
        using var timer = new PeriodicTimer(Every, real);
        do Measure(sensor);
        while (await timer.WaitForNextTickAsync(stop));
    }

    [LoggerMessage(1, LogLevel.Warning, "{Code} {Reason}")]
    private partial void Lost(string code, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Sensor} measures again.")]
    private partial void Back(string sensor);
}
