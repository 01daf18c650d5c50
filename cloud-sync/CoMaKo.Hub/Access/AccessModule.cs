using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Access;

/// <summary>The context Access: who may do what, and the record of what was done.</summary>
internal static class AccessModule
{
    public static void AddAccess(this IServiceCollection services, GateOptions options) =>
        services.AddSingleton(options).AddSingleton(options.Rates).AddSingleton<RequestLimits>().AddSingleton<Ownership>().AddSingleton<ApiKeys>().AddSingleton<KeptAnswers>().AddSingleton<Idempotency>().AddSingleton<Gate>()
            .AddSingleton<RealClock>().AddSingleton<TryLimit>().AddSingleton<PersonSessions>().AddSingleton<Invitations>().AddSingleton<SignInDesk>().AddSingleton<FirstOperator>();

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
