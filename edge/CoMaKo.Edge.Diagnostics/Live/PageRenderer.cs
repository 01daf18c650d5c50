using System.Text;
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
            return Tighten((await renderer.RenderComponentAsync<CascadingValue<View>>(parameters)).ToHtmlString());
        });
    }

    /// <summary>Takes the sources' indentation out: white space with a line break in it becomes one line break. No page has preformatted text.</summary>
    private static string Tighten(string html)
    {
        var tight = new StringBuilder(html.Length);
        for (int i = 0; i < html.Length; i++)
        {
            if (html[i] is not (' ' or '\r' or '\n'))
            {
                tight.Append(html[i]);
                continue;
            }

            int end = i;
            bool breaks = false;
            for (; end < html.Length && html[end] is (' ' or '\r' or '\n'); end++) breaks |= html[end] == '\n';
            tight.Append(breaks ? "\n" : html.AsSpan(i, end - i));
            i = end - 1;
        }

        return tight.ToString();
    }
}
