namespace CoMaKo.Devices.Simulator.Model;

/// <summary>The PV plant: the sun's height (low-precision almanac formulas, good to 0.01°), seeded clouds, the inverter's limit.</summary>
internal sealed class Sky(ulong seed, BuildingOptions options)
{
    private const long J2000 = 946_728_000; // 2000-01-01T12:00Z

    /// <summary>Milliwatts produced in the second that starts at <paramref name="second"/> (Unix); 0 at night.</summary>
    public long Production(long second)
    {
        double sun = SineOfElevation(second, options.LatitudeDegrees, options.LongitudeDegrees);
        if (sun <= 0) return 0;
        double clear = options.PvPeakWatts * Math.Pow(sun, 1.15);
        double watts = Math.Min(clear * Transmission(second), 0.92 * options.PvPeakWatts);
        return watts < 4 ? 0 : (long)(watts * 1000); // below that the inverter stays off
    }

    internal static double SineOfElevation(long second, double latitudeDegrees, double longitudeDegrees)
    {
        double days = (second - J2000) / 86400.0;
        double anomaly = Radians(357.529 + 0.98560028 * days);
        double longitude = Radians(280.459 + 0.98564736 * days + 1.915 * Math.Sin(anomaly) + 0.020 * Math.Sin(2 * anomaly));
        double tilt = Radians(23.439 - 0.00000036 * days);
        double ascension = Math.Atan2(Math.Cos(tilt) * Math.Sin(longitude), Math.Cos(longitude));
        double declination = Math.Asin(Math.Sin(tilt) * Math.Sin(longitude));
        double siderealDegrees = (280.46061837 + 360.98564736629 * days) % 360;
        double hourAngle = Radians(siderealDegrees + longitudeDegrees) - ascension;
        double latitude = Radians(latitudeDegrees);
        return Math.Sin(latitude) * Math.Sin(declination) + Math.Cos(latitude) * Math.Cos(declination) * Math.Cos(hourAngle);
    }

    /// <summary>Share of the clear sky's light: some days are fine, some grey, clouds pass within minutes.</summary>
    private double Transmission(long second)
    {
        double greyness = Chance.Smooth(seed, 1, second, 43_200);
        double clouds = 0.55 * Chance.Smooth(seed, 2, second, 2400) + 0.30 * Chance.Smooth(seed, 3, second, 300) + 0.15 * Chance.Smooth(seed, 4, second, 45);
        double cover = Math.Clamp((clouds + 0.9 * greyness - 0.62) / 0.5, 0, 1);
        return 1 - 0.82 * cover;
    }

    private static double Radians(double degrees) => degrees * (Math.PI / 180);
}
