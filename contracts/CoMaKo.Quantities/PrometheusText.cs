using System.Globalization;
using System.Text;

namespace CoMaKo.Quantities;

/// <summary>Writes the Prometheus text exposition format 0.0.4. Gateway and hub measure differently but write alike.</summary>
/// <example><code>
/// text.Gauge("comako_edge_battery_soc_ratio", "State of charge.").Sample(0.64);
/// text.Counter("comako_edge_meter_frames_total", "Frames.").Sample(12, ("meter", "grid"), ("result", "ok"));
/// </code></example>
public sealed class PrometheusText
{
    /// <summary>Value of the header Content-Type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();
    private string family = "";

    /// <summary>Begins a family of counters; by convention the name ends in <c>_total</c>.</summary>
    public PrometheusText Counter(string name, string help) => Begin(name, help, "counter");

    /// <summary>Begins a family of gauges.</summary>
    public PrometheusText Gauge(string name, string help) => Begin(name, help, "gauge");

    /// <summary>A whole histogram without labels.</summary>
    /// <param name="bounds">Upper bounds of the classes, rising.</param>
    /// <param name="counts">Observations per class; one more than bounds, for those above the last.</param>
    /// <param name="sum">Of all observations.</param>
    public PrometheusText Histogram(string name, string help, IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double sum)
    {
        Begin(name, help, "histogram");
        long below = 0;
        family = name + "_bucket";
        for (int i = 0; i < counts.Count; i++)
        {
            below += counts[i];
            Sample(below, ("le", i < bounds.Count ? bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf"));
        }

        family = name + "_sum";
        Sample(sum);
        family = name + "_count";
        return Sample(below);
    }

    /// <summary>One sample of the family begun last.</summary>
    public PrometheusText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(family);
        for (int i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            Escape(labels[i].Value, quotes: true);
            text.Append('"');
        }

        if (labels.Length > 0) text.Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    public override string ToString() => text.ToString();

    private PrometheusText Begin(string name, string help, string type)
    {
        family = name;
        text.Append("# HELP ").Append(name).Append(' ');
        Escape(help, quotes: false);
        text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private void Escape(string value, bool quotes)
    {
        foreach (char c in value)
        {
            if (c == '\\') text.Append(@"\\");
            else if (c == '\n') text.Append(@"\n");
            else if (c == '"' && quotes) text.Append("\\\"");
            else text.Append(c);
        }
    }
}
