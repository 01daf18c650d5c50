using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Puts sign-in together.</summary>
internal static class AccessModule
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.TryAddSingleton(AccessOptions.Default);
        services.TryAddSingleton<IAuditLog, LoggedAudit>();
        services.AddSingleton(provider => new AccountBook(
            provider.GetRequiredService<IAccessStore>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredKeyedService<TimeProvider>(DiagnosticsModule.RealTime)));
        services.AddSingleton(provider => new Sessions(provider.GetRequiredKeyedService<TimeProvider>(DiagnosticsModule.RealTime)));
        services.AddSingleton<AccessDesk>();
        services.AddSingleton<Audit>();
        services.AddSingleton<RefusalPage>();
        services.AddSingleton<RequestGuard>();
        services.AddSingleton<AccessEndpoints>();
        services.AddSingleton<UserEndpoints>();
        return services.AddHostedService<FirstBootCode>();
    }

    /// <summary>Puts the guard before an endpoint, whatever it is made of.</summary>
    public static void Guard(EndpointBuilder endpoint)
    {
        var next = endpoint.RequestDelegate!;
        var rule = endpoint.Metadata.OfType<AccessRule>().LastOrDefault();
        endpoint.RequestDelegate = context => context.RequestServices.GetRequiredService<RequestGuard>().RunAsync(context, rule, next);
    }
}

/// <summary>Prints the code of the first boot, once: it is kept as a hash only.</summary>
internal sealed partial class FirstBootCode(AccountBook book, ILogger<FirstBootCode> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await book.FirstBootAsync(cancellationToken) is { } code) LogCode(log, code);
        }
        catch (AccessStoreException e)
        {
            LogStore(log, e.Message); // control and values do not wait for accounts
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Warning, Message = "No account exists. Open the page and make the first one with this code, which is shown only now: {Code}")]
    private static partial void LogCode(ILogger logger, string code);

    [LoggerMessage(Level = LogLevel.Error, Message = "CME-2210 {Message}")]
    private static partial void LogStore(ILogger logger, string message);
}
