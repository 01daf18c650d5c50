using System.Text;
using System.Text.RegularExpressions;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>Bytes of the style sheets, scripts and pictures that a page fetches when it is opened for the first time.</summary>
internal sealed partial class AssetWeights(HttpClient http)
{
    private readonly Dictionary<string, long> known = new(StringComparer.Ordinal);

    public async Task<long> OfAsync(byte[] page)
    {
        long sum = 0;
        foreach (string address in Links().Matches(Encoding.UTF8.GetString(page)).Select(link => link.Groups["address"].Value).Distinct(StringComparer.Ordinal))
        {
            if (!known.TryGetValue(address, out long bytes)) known[address] = bytes = (await http.GetByteArrayAsync(new Uri(address, UriKind.Relative))).Length;
            sum += bytes;
        }

        return sum;
    }

    [GeneratedRegex("""<(?:link rel="(?:stylesheet|icon)" href|script src|img src)="(?<address>/[^"]+)["]""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Links();
}
