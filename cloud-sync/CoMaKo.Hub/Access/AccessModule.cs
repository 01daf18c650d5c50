using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Access.Signatures;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.People;
using Microsoft.AspNetCore.DataProtection;

namespace CoMaKo.Hub.Access;

/// <summary>The context Access: who may do what, and the record of what was done.</summary>
internal static class AccessModule
{
    /// <param name="openId">The provider at which people may sign in; absent: none.</param>
    /// <param name="dataFolder">Keeps the keys that protect people's secrets; replicas share its folder <c>keys</c>.</param>
    public static void AddAccess(this IServiceCollection services, GateOptions options, string dataFolder, OpenIdSettings? openId)
    {
        AddProtection(services, dataFolder);
        services.AddSingleton(options).AddSingleton(options.Rates).AddSingleton<RequestLimits>().AddSingleton<Ownership>().AddSingleton<ApiKeys>().AddSingleton<KeptAnswers>().AddSingleton<Idempotency>().AddSingleton<SignedRequests>().AddSingleton<Gate>()
            .AddSingleton<RealClock>().AddSingleton<TryLimit>().AddSingleton<PersonSessions>().AddSingleton<Invitations>().AddSingleton<SecondFactor>().AddSingleton<SignInDesk>().AddSingleton<FirstOperator>();
        services.AddSingleton<OwnAccount>().AddSingleton<IOwnData>(all => all.GetRequiredService<OwnAccount>()).AddSingleton<IErasure>(all => all.GetRequiredService<OwnAccount>());
        services.AddSingleton<OwnExport>().AddSingleton<Erasures>().AddHostedService<ErasureJob>();
        services.AddSingleton<ForgottenPassword>().AddSingleton<Accounts>().AddSingleton<PasskeyStore>().AddSingleton<Passkeys>();
        if (openId is not null) services.AddOpenId(openId);
    }

    public static void AddOpenId(this IServiceCollection services, OpenIdSettings settings) =>
        services.AddSingleton(settings).AddSingleton<OpenIdProvider>().AddSingleton<OpenIdDesk>().AddSingleton<OpenIdCookie>().AddScoped<OpenIdWay>();

    private static void AddProtection(IServiceCollection services, string dataFolder)
    {
        services.AddDataProtection().SetApplicationName(ApiKeys.ProtectionName).PersistKeysToFileSystem(ProtectionFolderIn(dataFolder));
        // It warns that the keys themselves lie open: they do, in a folder that only the hub's user reads.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
    }

    /// <summary>The folder of the keys that seal others' secrets, which only the hub's user reads.</summary>
    public static DirectoryInfo ProtectionFolderIn(string dataFolder)
    {
        string folder = Path.Combine(dataFolder, "keys");
        return OperatingSystem.IsWindows() ? Directory.CreateDirectory(folder) : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public static void MapAccess(this IEndpointRouteBuilder endpoints) => endpoints.MapKeyEndpoints();

    /// <summary>After routing: nothing on the pages' port is answered before the gate has looked at it.</summary>
    public static void UseAccess(this IApplicationBuilder app)
    {
        var gate = app.ApplicationServices.GetRequiredService<Gate>();
        var idempotency = app.ApplicationServices.GetRequiredService<Idempotency>();
        app.Use(async (context, next) =>
        {
            var endpoint = context.GetEndpoint();
            // Without metadata of its own is what routing itself answers with: "method not allowed", "unsupported media type".
            bool isChecked = endpoint is not null && !endpoint.IsOnSyncListener();
            if (isChecked && endpoint!.Metadata.GetMetadata<AccessPolicy>() is { } policy && await gate.CheckAsync(context, policy) is { } refusal) await RefusalPage.SendAsync(context, refusal);
            else if (isChecked && Idempotency.IsAskedFor(context)) await idempotency.RunAsync(context, next);
            else await next(context);
        });
    }
}
