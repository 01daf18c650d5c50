using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>One PV plane.</summary>
/// <param name="PeakKw">Installed power, kW.</param>
/// <param name="Tilt">Degrees from horizontal.</param>
/// <param name="Azimuth">Degrees, south = 0, west = 90.</param>
/// <param name="Losses">Share lost in wiring, soiling and mismatch.</param>
/// <param name="InverterKw">Most that the inverter delivers; absent: no limit.</param>
public sealed record PvPlane(double PeakKw, double Tilt, double Azimuth, double Losses = 0.1, double? InverterKw = null);

/// <summary>Sunshine and PV power under a cloudless sky (forecasting §3): Haurwitz, Erbs, isotropic sky, cell temperature. Irradiance in W/m².</summary>
public static class ClearSky
{
    private const double SolarConstant = 1367, GroundReflection = 0.2, NominalCellTemperature = 45, PowerPerKelvin = 0.004, InverterEfficiency = 0.96;

    /// <summary>Near the horizon the beam is not divided by less than this cosine (5°).</summary>
    private const double LeastCosZenith = 0.087;

    /// <summary>Samples over a slot: a slot's mean is not its middle near sunrise and sunset.</summary>
    private const int SamplesPerSlot = 3;

    /// <summary>Global horizontal irradiance without clouds (Haurwitz).</summary>
    public static double Global(SolarPosition sun) => sun.CosZenith <= 0 ? 0 : 1098 * sun.CosZenith * Math.Exp(-0.057 / sun.CosZenith);

    /// <summary>Diffuse part of a global irradiance (Erbs).</summary>
    public static double Diffuse(SolarPosition sun, double global)
    {
        if (sun.CosZenith <= 0 || global <= 0) return 0;
        double k = global / (SolarConstant * (1 + 0.033 * Math.Cos(2 * Math.PI * sun.DayOfYear / 365)) * sun.CosZenith);
        double share = k switch
        {
            <= 0.22 => 1 - 0.09 * k,
            <= 0.8 => 0.9511 + k * (-0.1604 + k * (4.388 + k * (-16.638 + k * 12.336))),
            _ => 0.165,
        };
        return share * global;
    }

    /// <summary>Irradiance on a tilted plane.</summary>
    /// <param name="global">Global horizontal irradiance: clear sky, or from a weather service.</param>
    /// <param name="diffuse">Its diffuse part; absent: by <see cref="Diffuse"/>.</param>
    public static double OnPlane(SolarPosition sun, PvPlane plane, double global, double? diffuse = null)
    {
        ArgumentNullException.ThrowIfNull(plane);
        if (sun.CosZenith <= 0 || global <= 0) return 0;
        double sky = diffuse ?? Diffuse(sun, global), tilt = plane.Tilt * Math.PI / 180, sinZenith = Math.Sqrt(Math.Max(0, 1 - sun.CosZenith * sun.CosZenith));
        double incidence = sun.CosZenith * Math.Cos(tilt) + sinZenith * Math.Sin(tilt) * Math.Cos(sun.Azimuth - plane.Azimuth * Math.PI / 180);
        return (global - sky) * Math.Max(0, incidence) / Math.Max(sun.CosZenith, LeastCosZenith)
            + sky * (1 + Math.Cos(tilt)) / 2 + GroundReflection * global * (1 - Math.Cos(tilt)) / 2;
    }

    /// <summary>AC power of a plane, kW.</summary>
    /// <param name="irradiance">On the plane, W/m².</param>
    /// <param name="airCelsius">Air temperature.</param>
    public static double Power(PvPlane plane, double irradiance, double airCelsius = 15)
    {
        ArgumentNullException.ThrowIfNull(plane);
        double cell = airCelsius + irradiance * (NominalCellTemperature - 20) / 800;
        double power = plane.PeakKw * irradiance / 1000 * (1 - PowerPerKelvin * (cell - 25)) * InverterEfficiency * (1 - plane.Losses);
        return Math.Clamp(power, 0, plane.InverterKw ?? double.PositiveInfinity);
    }

    /// <summary>Mean clear-sky power of all planes over a slot, kW.</summary>
    public static double MeanPower(Site site, IReadOnlyList<PvPlane> planes, Instant start, int seconds)
    {
        ArgumentNullException.ThrowIfNull(planes);
        double sum = 0;
        for (int i = 0; i < SamplesPerSlot; i++)
        {
            var sun = SolarPosition.At(start + Duration.FromSeconds(seconds * (i + 0.5) / SamplesPerSlot), site);
            double global = Global(sun);
            foreach (var plane in planes) sum += Power(plane, OnPlane(sun, plane, global));
        }

        return sum / SamplesPerSlot;
    }
}
