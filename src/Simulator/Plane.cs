using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>A position in a city's own plane.</summary>
/// <param name="EastM">Metres east of the centre.</param>
/// <param name="NorthM">Metres north of the centre.</param>
internal readonly record struct PlanePoint(double EastM, double NorthM)
{
    public static PlanePoint operator +(PlanePoint a, PlanePoint b) => new(a.EastM + b.EastM, a.NorthM + b.NorthM);

    public static PlanePoint operator -(PlanePoint a, PlanePoint b) => new(a.EastM - b.EastM, a.NorthM - b.NorthM);

    /// <summary>Metres from the centre.</summary>
    public double LengthM => Math.Sqrt((EastM * EastM) + (NorthM * NorthM));

    /// <summary>The point at a distance and direction from the centre.</summary>
    public static PlanePoint Polar(double radiusM, double bearingDeg)
    {
        (double sin, double cos) = Math.SinCos(double.DegreesToRadians(bearingDeg));
        return new(radiusM * sin, radiusM * cos);
    }

    /// <summary>A point between two.</summary>
    public static PlanePoint Between(PlanePoint a, PlanePoint b, double share) =>
        new(a.EastM + ((b.EastM - a.EastM) * share), a.NorthM + ((b.NorthM - a.NorthM) * share));

    /// <summary>Direction to another point, degrees clockwise from north, 0 to below 360.</summary>
    public double BearingTo(PlanePoint other)
    {
        double degrees = double.RadiansToDegrees(Math.Atan2(other.EastM - EastM, other.NorthM - NorthM));
        return degrees < 0 ? degrees + 360 : degrees;
    }
}

/// <summary>
/// Geodesy of the simulator, apart from the tracker's on purpose: what it calls true must not rest on what it tests.
/// Radii of curvature of the WGS-84 ellipsoid (meridian M and prime vertical N), used over city distances.
/// </summary>
internal static class Ellipsoid
{
    private const double EquatorialRadiusM = 6_378_137.0;
    private const double EccentricitySquared = 6.694379990141317e-3;

    /// <summary>Metres per degree of latitude and of longitude at a latitude.</summary>
    public static (double PerLatitudeM, double PerLongitudeM) DegreeLengths(double latitudeDeg)
    {
        (double sin, double cos) = Math.SinCos(double.DegreesToRadians(latitudeDeg));
        double w = 1 - (EccentricitySquared * sin * sin);
        double prime = EquatorialRadiusM / Math.Sqrt(w);
        double meridian = EquatorialRadiusM * (1 - EccentricitySquared) / (w * Math.Sqrt(w));
        return (double.DegreesToRadians(meridian), double.DegreesToRadians(prime * cos));
    }

    /// <summary>Metres between two positions some kilometres apart at the most: the error over 1 km is below a millimetre.</summary>
    public static double DistanceM(GeoPoint a, GeoPoint b)
    {
        (double latitude, double longitude) = DegreeLengths((a.LatitudeDeg + b.LatitudeDeg) / 2);
        double north = (b.LatitudeDeg - a.LatitudeDeg) * latitude, east = (b.LongitudeDeg - a.LongitudeDeg) * longitude;
        return Math.Sqrt((north * north) + (east * east));
    }
}

/// <summary>Joins a city's plane to the ellipsoid.</summary>
internal sealed class LocalFrame(GeoPoint center)
{
    private readonly (double PerLatitudeM, double PerLongitudeM) _degree = Ellipsoid.DegreeLengths(center.LatitudeDeg);

    /// <summary>The position of a point of the plane.</summary>
    public GeoPoint ToGeo(PlanePoint point) =>
        new(center.LatitudeDeg + (point.NorthM / _degree.PerLatitudeM), center.LongitudeDeg + (point.EastM / _degree.PerLongitudeM));
}
