using NodaTime;

namespace CoMaKo.Settlement.Plausibility;

/// <summary>Where the sun stands, to about a twentieth of a degree (Astronomical Almanac, low-precision formulas; refraction left out).</summary>
public static class SunPosition
{
    private static readonly Instant J2000 = Instant.FromUtc(2000, 1, 1, 12, 0);

    /// <summary>Height of the sun's centre above the horizon in degrees.</summary>
    /// <param name="latitude">Degrees, north above zero.</param>
    /// <param name="longitude">Degrees, east above zero.</param>
    public static double Elevation(Instant at, double latitude, double longitude)
    {
        double days = (at - J2000).TotalDays;
        double anomaly = Radians(357.529 + 0.98560028 * days);
        double ecliptic = Radians(280.459 + 0.98564736 * days + 1.915 * Math.Sin(anomaly) + 0.020 * Math.Sin(2 * anomaly));
        double obliquity = Radians(23.439 - 0.00000036 * days);
        double declination = Math.Asin(Math.Sin(obliquity) * Math.Sin(ecliptic));
        double ascension = Math.Atan2(Math.Cos(obliquity) * Math.Sin(ecliptic), Math.Cos(ecliptic));
        double sidereal = Radians(280.46062 + 360.98564737 * days + longitude);
        double hourAngle = sidereal - ascension;
        double sine = Math.Sin(Radians(latitude)) * Math.Sin(declination) + Math.Cos(Radians(latitude)) * Math.Cos(declination) * Math.Cos(hourAngle);
        return Math.Asin(sine) * 180 / Math.PI;
    }

    private static double Radians(double degrees) => degrees % 360 * Math.PI / 180;
}
