using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Pdf;

/// <summary>Turns a part of a page into a whole HTML document that needs nothing beside itself.</summary>
internal sealed class PaperPage(IServiceProvider services, ILoggerFactory loggers, WebAssets assets)
{
    /// <typeparam name="T">The part.</typeparam>
    /// <param name="made">The part's "now".</param>
    /// <param name="parameter">Name of the part's one parameter.</param>
    public async Task<string> ToHtmlAsync<T>(string language, Instant made, string parameter, object value)
        where T : IComponent
    {
        var page = new PageContext(new Wording(language), assets, "", "light", made, Caller.Nobody, []);
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            RenderFragment body = builder =>
            {
                builder.OpenComponent<T>(0);
                builder.AddAttribute(1, parameter, value);
                builder.CloseComponent();
            };
            var root = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Value"] = page, ["IsFixed"] = true, ["ChildContent"] = body });
            return (await renderer.RenderComponentAsync<CascadingValue<PageContext>>(root)).ToHtmlString();
        });
    }
}
