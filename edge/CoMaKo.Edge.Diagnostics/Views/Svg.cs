using System.Globalization;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>Geometry as SVG writes it, whatever the reader's language.</summary>
internal static class Svg
{
    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A path, with its numbers written alike.</summary>
    public static string Path(FormattableString path)
    {
        object[] numbers = path.GetArguments().Select(argument => (object)N(Convert.ToDouble(argument, CultureInfo.InvariantCulture))).ToArray();
        return string.Format(CultureInfo.InvariantCulture, path.Format, numbers);
    }
}
