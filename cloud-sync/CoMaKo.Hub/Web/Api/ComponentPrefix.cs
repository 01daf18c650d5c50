namespace CoMaKo.Hub.Web.Api;

/// <summary>Paths may begin with the component they belonged to when these were services of their own: <c>/market_core/balance_groups</c>.</summary>
internal static class ComponentPrefix
{
    private static readonly string[] Prefixes = ["/market_core", "/meter_gateway"];

    /// <summary>Before routing.</summary>
    public static void UseComponentPrefix(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        foreach (string prefix in Prefixes)
            if (context.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out var rest) && rest.HasValue) context.Request.Path = rest;
        return next(context);
    });
}
