using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

/// <summary>
/// Distances, directions and positions on the WGS-84 ellipsoid. Every function takes the short way over the antimeridian
/// and holds at the poles. Positions must be valid (<see cref="GeoPoint.IsValid"/>); others give NaN.
/// </summary>
public static partial class Geodesy
{
    private const double FlatDeg = 0.02;
    private const double FlatLatitudeDeg = 89;
    private const double ChordM = 100_000;

    /// <summary>Length of the geodesic between two positions, metres.</summary>
    /// <remarks>
    /// Up to 0.02 degree: Gauss's mid-latitude formula with the local radii of curvature, relative error below 5e-8. Up to
    /// 100 km: the chord bent to the mean curvature (s = 2ρ asin(c / 2ρ); Torge, Geodesy, 6.1), below 1e-7. Above: Vincenty,
    /// "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 176 (1975), below 1 mm, and near the
    /// antipode, where that does not converge, bisection as in Karney, "Algorithms for geodesics", J. Geodesy 87 (2013).
    /// </remarks>
    public static double DistanceM(GeoPoint a, GeoPoint b)
    {
        double dLat = b.LatitudeDeg - a.LatitudeDeg;
        double dLon = WrapDeg(b.LongitudeDeg - a.LongitudeDeg);
        double midLat = (a.LatitudeDeg + b.LatitudeDeg) / 2;
        if (Math.Abs(dLat) < FlatDeg && Math.Abs(dLon) < FlatDeg && Math.Abs(midLat) < FlatLatitudeDeg)
        {
            (double sin, double cos) = Math.SinCos(midLat * RadPerDeg);
            double w2 = 1 - E2 * sin * sin;
            double north = dLat * (1 - E2) / w2;
            double east = dLon * cos;
            return A * RadPerDeg / Math.Sqrt(w2) * Math.Sqrt(north * north + east * east);
        }
        double chord = ChordBetweenM(a.LatitudeDeg, b.LatitudeDeg, dLon);
        return chord < ChordM ? ArcOfChordM(chord, midLat) : Solve(a, b).DistanceM;
    }

    /// <summary>Direction in which the geodesic to <paramref name="to"/> leaves <paramref name="from"/>, degrees clockwise from north, 0 to below 360; 0 when they coincide.</summary>
    public static double CourseDeg(GeoPoint from, GeoPoint to)
    {
        double dLon = WrapDeg(to.LongitudeDeg - from.LongitudeDeg);
        if (ChordBetweenM(from.LatitudeDeg, to.LatitudeDeg, dLon) >= ChordM) return Solve(from, to).CourseDeg;
        (double east, double north) = EastNorth(from.LatitudeDeg, to.LatitudeDeg, dLon);
        return Turn(Math.Atan2(east, north) / RadPerDeg);
    }

    /// <summary>The position at a distance in a direction, along a geodesic.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="courseDeg">Degrees clockwise from north, at the beginning.</param>
    /// <param name="distanceM">Metres; negative goes the opposite way.</param>
    public static GeoPoint Destination(GeoPoint from, double courseDeg, double distanceM) => Direct(from, courseDeg, distanceM);

    /// <summary>The position a part of the way from one to another along the geodesic; 0 gives <paramref name="a"/>, 1 gives <paramref name="b"/>.</summary>
    /// <remarks>Up to 0.02 degree and 85 degrees of latitude it is straight in latitude and longitude, which differs by less than a decimetre per kilometre.</remarks>
    public static GeoPoint Interpolate(GeoPoint a, GeoPoint b, double fraction)
    {
        if (fraction <= 0 || a == b) return a;
        if (fraction >= 1) return b;
        double dLat = b.LatitudeDeg - a.LatitudeDeg;
        double dLon = WrapDeg(b.LongitudeDeg - a.LongitudeDeg);
        if (Math.Abs(dLat) < FlatDeg && Math.Abs(dLon) < FlatDeg && Math.Abs(a.LatitudeDeg) < 85)
            return new GeoPoint(a.LatitudeDeg + dLat * fraction, WrapDeg(a.LongitudeDeg + dLon * fraction));
        return Direct(a, CourseDeg(a, b), DistanceM(a, b) * fraction);
    }

    private static double ChordBetweenM(double latitude1Deg, double latitude2Deg, double dLonDeg)
    {
        (double sin1, double cos1) = Math.SinCos(latitude1Deg * RadPerDeg);
        (double sin2, double cos2) = Math.SinCos(latitude2Deg * RadPerDeg);
        double radius1 = A / Math.Sqrt(1 - E2 * sin1 * sin1);
        double radius2 = A / Math.Sqrt(1 - E2 * sin2 * sin2);
        double out1 = radius1 * cos1, out2 = radius2 * cos2;
        double half = Math.Sin(dLonDeg * (RadPerDeg / 2));
        double outward = out1 - out2;
        double up = (1 - E2) * (radius1 * sin1 - radius2 * sin2);
        return Math.Sqrt(outward * outward + up * up + 4 * out1 * out2 * half * half);
    }

    private static double ArcOfChordM(double chordM, double latitudeDeg)
    {
        (double meridian, double primeVertical) = Radii(Math.Sin(latitudeDeg * RadPerDeg));
        double diameter = 2 * Math.Sqrt(meridian * primeVertical);
        return diameter * Math.Asin(chordM / diameter);
    }

    // The vector to the second point in the first one's tangent plane: the azimuth of the normal section, which differs
    // from the geodesic's by less than 2e-6 degree per 10 km squared.
    private static (double East, double North) EastNorth(double latitude1Deg, double latitude2Deg, double dLonDeg)
    {
        (double sin1, double cos1) = Math.SinCos(latitude1Deg * RadPerDeg);
        (double sin2, double cos2) = Math.SinCos(latitude2Deg * RadPerDeg);
        double radius1 = A / Math.Sqrt(1 - E2 * sin1 * sin1);
        double radius2 = A / Math.Sqrt(1 - E2 * sin2 * sin2);
        (double sinLon, double cosLon) = Math.SinCos(dLonDeg * RadPerDeg);
        double along = radius2 * cos2 * cosLon - radius1 * cos1;
        double up = (1 - E2) * (radius2 * sin2 - radius1 * sin1);
        return (radius2 * cos2 * sinLon, up * cos1 - along * sin1);
    }

    private static double Turn(double degrees)
    {
        double turned = degrees < 0 ? degrees + 360 : degrees;
        return turned >= 360 ? 0 : turned;
    }
}
