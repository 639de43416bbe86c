namespace Tracking.Tracker;

/// <summary>The WGS-84 ellipsoid (NIMA TR8350.2, 2000).</summary>
internal static class Wgs84
{
    /// <summary>Semi-major axis, metres.</summary>
    public const double A = 6_378_137;

    /// <summary>Flattening.</summary>
    public const double F = 1 / 298.257223563;

    /// <summary>Semi-minor axis, metres.</summary>
    public const double B = A * (1 - F);

    /// <summary>First eccentricity squared.</summary>
    public const double E2 = F * (2 - F);

    /// <summary>Radians per degree.</summary>
    public const double RadPerDeg = Math.PI / 180;

    /// <summary>Radii of curvature at a latitude, in metres: along the meridian and in the prime vertical.</summary>
    public static (double Meridian, double PrimeVertical) Radii(double sinLatitude)
    {
        double w2 = 1 - E2 * sinLatitude * sinLatitude;
        double primeVertical = A / Math.Sqrt(w2);
        return (primeVertical * (1 - E2) / w2, primeVertical);
    }

    /// <summary>Brings a difference or sum of longitudes into -180 to 180, 180 itself included on both sides.</summary>
    public static double WrapDeg(double longitudeDeg)
    {
        if (longitudeDeg is >= -180 and <= 180) return longitudeDeg;
        return Math.IEEERemainder(longitudeDeg, 360);
    }
}
