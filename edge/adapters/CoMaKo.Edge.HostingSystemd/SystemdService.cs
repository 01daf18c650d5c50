using System.Net.Sockets;
using CoMaKo.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;

namespace CoMaKo.Edge.HostingSystemd;

/// <summary>The service as Microsoft.Extensions.Hosting.Systemd runs it: its lifetime says READY and STOPPING and ends on SIGTERM, log lines carry the journal's priorities.</summary>
/// <remarks>The package does not feed the watchdog and has no status line: both are said here through its notifier, when the gateway's loops allow it.</remarks>
public static class SystemdService
{
    /// <summary>Adds <see cref="IServiceNotifier"/> and, where a service manager listens (NOTIFY_SOCKET), the package's lifetime. Started by hand, the usual lifetime stays: it ends on Ctrl+C, the package's would not.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ISystemdNotifier, QuietNotifier>();
        services.AddSingleton<IServiceNotifier, Notifier>();
        if (!new SystemdNotifier().IsEnabled) return;
        services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Systemd);
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, SystemdLifetime>());
    }

    /// <summary>The package's notifier throws when the address is stale; that must not stop the gateway.</summary>
    private sealed class QuietNotifier : ISystemdNotifier
    {
        private readonly SystemdNotifier notifier = new();

        public bool IsEnabled => notifier.IsEnabled;

        public void Notify(ServiceState state)
        {
            try
            {
                notifier.Notify(state);
            }
            catch (SocketException)
            {
                // Nobody reads it.
            }
        }
    }

    private sealed class Notifier(ISystemdNotifier systemd) : IServiceNotifier
    {
        // The lifetime says it, once the host has started.
        public void Ready()
        {
        }

        // The lifetime says it, as soon as the host is told to stop.
        public void Stopping()
        {
        }

        public void Status(string line) => systemd.Notify(new ServiceState($"STATUS={line.ReplaceLineEndings(" ")}"));

        public void Watchdog() => systemd.Notify(new ServiceState("WATCHDOG=1"));

        public void Dispose()
        {
        }
    }
}
