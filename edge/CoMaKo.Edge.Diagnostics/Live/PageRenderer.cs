using CoMaKo.Edge.Diagnostics.Pages;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>Renders a whole page. Requests and streams use the same page, so that what is updated never differs from what was loaded.</summary>
internal sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers)
{
    public async Task<string> RenderAsync(View view)
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(CascadingValue<View>.Value)] = view,
                [nameof(CascadingValue<View>.IsFixed)] = true,
                [nameof(CascadingValue<View>.ChildContent)] = (RenderFragment)(builder =>
                {
                    builder.OpenComponent<Document>(0);
                    builder.CloseComponent();
                }),
            });
            return (await renderer.RenderComponentAsync<CascadingValue<View>>(parameters)).ToHtmlString();
        });
    }
}
