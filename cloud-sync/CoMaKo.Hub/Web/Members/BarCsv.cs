using System.Globalization;
using System.Text;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;

namespace CoMaKo.Hub.Web.Members;

/// <summary>A chart's table as a file: semicolons and decimal commas for German readers, commas and points for English ones.</summary>
internal static class BarCsv
{
    private static readonly string[] Columns = ["period", "used_kwh", "neighbours_kwh", "grid_kwh", "generated_kwh", "shared_kwh", "left_kwh"];

    /// <summary>The reader's language.</summary>
    public static Wording Say(HttpContext context) => new(PageContext.LanguageOf(context.Request));

    public static Task WriteAsync(HttpContext context, string name, IEnumerable<EnergyBar> bars)
    {
        bool isGerman = Say(context).Language == "de";
        char separator = isGerman ? ';' : ',';
        var text = new StringBuilder().AppendJoin(separator, Columns).Append('\n');
        foreach (var bar in bars)
        {
            text.Append(bar.Label);
            foreach (long? wh in (ReadOnlySpan<long?>)[bar.Used, bar.Neighbours, bar.Grid, bar.Generated, bar.Shared, bar.Left])
            {
                string number = wh is { } value ? (value / 1000m).ToString("0.000", CultureInfo.InvariantCulture) : "";
                text.Append(separator).Append(isGerman ? number.Replace('.', ',') : number);
            }

            text.Append('\n');
        }

        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"comako-{name}.csv\"";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
