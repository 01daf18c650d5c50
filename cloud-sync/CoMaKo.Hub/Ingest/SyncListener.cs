using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CoMaKo.Hub.Ingest;

/// <summary>Keeps the two listeners apart: calls of gateways are answered on the sync port only, and nothing else is.</summary>
internal static class SyncListener
{
    public static void MarkAsSync(this ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(Mark.Instance);
        return next(connection);
    });

    public static void UseSyncListener(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        bool isSyncCall = context.GetEndpoint()?.IsOnSyncListener() == true;
        if (isSyncCall == (context.Features.Get<Mark>() is not null)) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    public static bool IsOnSyncListener(this Endpoint endpoint) => endpoint.Metadata.GetMetadata<Mark>() is not null;

    public static IEndpointConventionBuilder OnSyncListener(this IEndpointConventionBuilder endpoint)
    {
        endpoint.Add(builder => builder.Metadata.Add(Mark.Instance));
        return endpoint;
    }

    private sealed class Mark
    {
        public static readonly Mark Instance = new();
    }
}
