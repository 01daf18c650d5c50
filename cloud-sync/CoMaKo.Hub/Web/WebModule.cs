using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Members;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.People;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Hub.Work;
using CoMaKo.Web;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.OpenApi;

namespace CoMaKo.Hub.Web;

/// <summary>The context Web: pages, health, metrics, OpenAPI and what holds for all of them.</summary>
internal static class WebModule
{
    public static void AddHubWeb(this IServiceCollection services)
    {
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = problem => problem.ProblemDetails.Instance ??= problem.HttpContext.Request.Path);
        services.AddHttpContextAccessor();
        services.AddSingleton<WebAssets>().AddSingleton<GatewayViews>().AddScoped<PageWriter>().AddSingleton<KeptForms>().AddSingleton<ProofPage>().AddSingleton<AccountReader>();
        services.AddSingleton<WorkList>().AddSingleton<IWorkSource, GatewayWork>().AddSingleton<IWorkSource, JobWork>().AddSingleton<JobDesk>().AddOperatorPages();
        services.AddMemberPages();
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "CoMaKo hub";
            document.Info.Description = "Energy in whole Wh; slots are 15 min, named by their start in UTC. Absent members are absent values, never 0.";
            // Which endpoints need the key is said by their policies; health and this description do not.
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = Gate.Header, Description = "comako-hub key create" },
            };
            return Task.CompletedTask;
        }).AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessPolicy>().LastOrDefault() is { } policy && !policy.Roles.HasFlag(Roles.Anonymous))
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", context.Document)] = [] }];
            return Task.CompletedTask;
        }));
    }

    /// <summary>Outermost: problems for failures, headers for everything.</summary>
    public static void UseHubWeb(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(failed => failed.Run(context => ProblemOf(context).ExecuteAsync(context)));
        app.UseStatusCodePages(answer => Problems.OfStatus(answer.HttpContext.Response.StatusCode).ExecuteAsync(answer.HttpContext));
        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            return next(context);
        });
        app.UseComponentPrefix();
    }

    public static void MapHubWeb(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealth();
        endpoints.MapMetrics();
        endpoints.MapWork();
        endpoints.MapPages();
        endpoints.MapPeople();
        endpoints.MapOpenApi().ForAnyone();
    }

    /// <summary>A body that is too long or breaks off is the caller's error.</summary>
    private static IResult ProblemOf(HttpContext context) =>
        context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException wrong ? Problems.OfStatus(wrong.StatusCode) : Problems.Internal();
}
