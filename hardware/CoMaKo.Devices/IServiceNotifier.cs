namespace CoMaKo.Devices;

/// <summary>Tells the service manager how the service does (sd_notify(3)). Does nothing when nobody listens, and never throws: the gateway's work does not depend on it.</summary>
public interface IServiceNotifier : IDisposable
{
    /// <summary>The service is up. Parts that know this by themselves say it once.</summary>
    void Ready();

    /// <summary>The service is going down. Parts that know this by themselves say it once.</summary>
    void Stopping();

    /// <summary>One line for <c>systemctl status</c>.</summary>
    void Status(string line);

    /// <summary>Feeds the watchdog.</summary>
    void Watchdog();
}
