using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>Where the building stands.</summary>
/// <param name="Latitude">Degrees, north positive.</param>
/// <param name="Longitude">Degrees, east positive.</param>
public sealed record Site(double Latitude, double Longitude);

/// <summary>Where the sun stands, to about half a degree (forecasting §3).</summary>
/// <param name="CosZenith">Cosine of the angle to the zenith; below 0 at night.</param>
/// <param name="Azimuth">Radians, south = 0, west positive.</param>
/// <param name="DayOfYear">1 to 366.</param>
public readonly record struct SolarPosition(double CosZenith, double Azimuth, int DayOfYear)
{
    private const double Degree = Math.PI / 180;

    /// <summary>Degrees above the horizon.</summary>
    public double Elevation => Math.Asin(Math.Clamp(CosZenith, -1, 1)) / Degree;

    /// <summary>Position at a moment: Fourier series of declination and equation of time, then the hour angle.</summary>
    public static SolarPosition At(Instant at, Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        var utc = at.InUtc();
        double g = 2 * Math.PI * (utc.DayOfYear - 1) / 365;
        double declination = 0.006918 - 0.399912 * Math.Cos(g) + 0.070257 * Math.Sin(g) - 0.006758 * Math.Cos(2 * g) + 0.000907 * Math.Sin(2 * g)
            - 0.002697 * Math.Cos(3 * g) + 0.00148 * Math.Sin(3 * g);
        double equation = 229.18 * (0.000075 + 0.001868 * Math.Cos(g) - 0.032077 * Math.Sin(g) - 0.014615 * Math.Cos(2 * g) - 0.040849 * Math.Sin(2 * g));
        double solarMinutes = utc.TimeOfDay.TickOfDay / (double)NodaConstants.TicksPerMinute + equation + 4 * site.Longitude;
        double hourAngle = (solarMinutes / 4 - 180) * Degree, latitude = site.Latitude * Degree;
        double cosZenith = Math.Sin(latitude) * Math.Sin(declination) + Math.Cos(latitude) * Math.Cos(declination) * Math.Cos(hourAngle);
        double west = Math.Cos(declination) * Math.Sin(hourAngle);
        double south = Math.Sin(latitude) * Math.Cos(declination) * Math.Cos(hourAngle) - Math.Cos(latitude) * Math.Sin(declination);
        return new(cosZenith, Math.Atan2(west, south), utc.DayOfYear);
    }
}
