using System.Globalization;

namespace CoMaKo.Contracts.Tests.Web;

/// <summary>An sRGB colour with what accessibility needs: WCAG 2.x contrast, dichromat simulation (Machado, Oliveira, Fernandes 2009, severity 1.0), CIEDE2000 distance.</summary>
internal readonly record struct Colour(double R, double G, double B)
{
    public static Colour Parse(string hex) => new(Channel(hex, 1), Channel(hex, 3), Channel(hex, 5));

    /// <summary>WCAG contrast ratio, 1 … 21.</summary>
    public static double Contrast(Colour first, Colour second)
    {
        double a = first.Luminance, b = second.Luminance;
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    public Colour As(Vision vision)
    {
        double[] m = Matrix(vision);
        double r = Linear(R), g = Linear(G), b = Linear(B);
        return new Colour(
            Gamma(m[0] * r + m[1] * g + m[2] * b),
            Gamma(m[3] * r + m[4] * g + m[5] * b),
            Gamma(m[6] * r + m[7] * g + m[8] * b));
    }

    /// <summary>CIEDE2000 (Sharma, Wu, Dalal 2005), all weights 1.</summary>
    public static double Distance(Colour first, Colour second)
    {
        var (l1, a1, b1) = first.Lab();
        var (l2, a2, b2) = second.Lab();
        double meanC = (Math.Sqrt(a1 * a1 + b1 * b1) + Math.Sqrt(a2 * a2 + b2 * b2)) / 2;
        double g = 0.5 * (1 - Saturation(meanC));
        double c1 = Math.Sqrt(a1 * a1 * (1 + g) * (1 + g) + b1 * b1), c2 = Math.Sqrt(a2 * a2 * (1 + g) * (1 + g) + b2 * b2);
        double h1 = Hue(b1, a1 * (1 + g)), h2 = Hue(b2, a2 * (1 + g));

        double dh = c1 * c2 == 0 ? 0 : h2 - h1;
        if (dh > 180) dh -= 360;
        if (dh < -180) dh += 360;
        double bigDh = 2 * Math.Sqrt(c1 * c2) * Sin(dh / 2);
        double meanL = (l1 + l2) / 2, mean = (c1 + c2) / 2;
        double meanH = c1 * c2 == 0 ? h1 + h2 : Math.Abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : h1 + h2 < 360 ? (h1 + h2 + 360) / 2 : (h1 + h2 - 360) / 2;

        double t = 1 - 0.17 * Cos(meanH - 30) + 0.24 * Cos(2 * meanH) + 0.32 * Cos(3 * meanH + 6) - 0.20 * Cos(4 * meanH - 63);
        double l50 = (meanL - 50) * (meanL - 50);
        double sl = 1 + 0.015 * l50 / Math.Sqrt(20 + l50), sc = 1 + 0.045 * mean, sh = 1 + 0.015 * mean * t;
        double rotation = -2 * Saturation(mean) * Sin(60 * Math.Exp(-Math.Pow((meanH - 275) / 25, 2)));
        double x = (l2 - l1) / sl, y = (c2 - c1) / sc, z = bigDh / sh;
        return Math.Sqrt(x * x + y * y + z * z + rotation * y * z);
    }

    private double Luminance => 0.2126 * Linear(R) + 0.7152 * Linear(G) + 0.0722 * Linear(B);

    private (double L, double A, double B) Lab()
    {
        double r = Linear(R), g = Linear(G), b = Linear(B);
        double x = F((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
        double y = F(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
        double z = F((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
        return (116 * y - 16, 500 * (x - y), 200 * (y - z));

        static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }

    private static double[] Matrix(Vision vision) => vision switch
    {
        Vision.Protan => [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        Vision.Deutan => [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        Vision.Tritan => [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
        _ => [1, 0, 0, 0, 1, 0, 0, 0, 1],
    };

    private static double Channel(string hex, int at) => int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;

    private static double Linear(double c) => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);

    private static double Gamma(double c) => Math.Clamp(c <= 0.0031308 ? 12.92 * c : 1.055 * Math.Pow(c, 1 / 2.4) - 0.055, 0, 1);

    private static double Saturation(double c) => Math.Sqrt(Math.Pow(c, 7) / (Math.Pow(c, 7) + Math.Pow(25, 7)));

    private static double Hue(double b, double a) => (Math.Atan2(b, a) * 180 / Math.PI + 360) % 360;

    private static double Sin(double degrees) => Math.Sin(degrees * Math.PI / 180);

    private static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);
}

internal enum Vision
{
    Normal,
    Protan,
    Deutan,
    Tritan,
}
