using System.Diagnostics;
using System.Globalization;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Plausibility;

public sealed class SunPositionTests
{
    /// <summary>Latitude 52.52: at the solstices' noon the sun stands 90° − 52.52° ± 23.44° high.</summary>
    [Theory]
    [InlineData(6, 21, 60.92)]
    [InlineData(12, 21, 14.04)]
    public void Noon_OfTheSolstice_IsAsHighAsTheEarthIsTilted(int month, int day, double expected)
    {
        double highest = Enumerable.Range(0, 288).Max(i => SunPosition.Elevation(Instant.FromUtc(2026, month, day, 0, 0) + Duration.FromMinutes(5 * i), 52.52, 13.405));
        Assert.Equal(expected, highest, 0.05);
    }

    [RequiresFact(Peer.Python)]
    public void Elevation_AgreesWithALongerSeries()
    {
        var random = new Random(3);
        var places = Enumerable.Range(0, 2_000).Select(_ => (
            At: Instant.FromUtc(2020, 1, 1, 0, 0) + Duration.FromMinutes(random.Next(20 * 366 * 1440)), Latitude: 47 + 8 * random.NextDouble(), Longitude: 5 + 11 * random.NextDouble())).ToList();
        using var python = Process.Start(new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.Settlement.Tests", "peers", "sun.py")]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var answers = Task.Run(() => python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (var (at, latitude, longitude) in places) python.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at.ToUnixTimeSeconds()} {latitude:R} {longitude:R}"));
        python.StandardInput.Close();

        string[] heights = answers.GetAwaiter().GetResult();

        Assert.Equal(places.Count, heights.Length);
        for (int i = 0; i < places.Count; i++)
            Assert.Equal(double.Parse(heights[i], CultureInfo.InvariantCulture), SunPosition.Elevation(places[i].At, places[i].Latitude, places[i].Longitude), 0.05);
    }
}
