using System.Globalization;
using System.Xml.Linq;

namespace Tracking.EndToEnd.Tests;

/// <summary>A recorded position.</summary>
public readonly record struct DrivePoint(DateTimeOffset At, double LatitudeDeg, double LongitudeDeg);

/// <summary>The recorded drives, and geodesy that shares nothing with the product's.</summary>
public static class Drive
{
    private const double EquatorM = 6_378_137.0;
    private const double Flattening = 1 / 298.257223563;

    /// <summary>Motorway, city day, walk: each in the order of time, without exact repeats.</summary>
    public static IReadOnlyList<IReadOnlyList<DrivePoint>> ReadAll()
    {
        XDocument gpx = XDocument.Load(Path.Combine(ServerProcess.Root, "tests/data/osm-vienna.gpx"));
        XNamespace ns = gpx.Root!.Name.Namespace;
        return [.. gpx.Descendants(ns + "trk").Select(track => (IReadOnlyList<DrivePoint>)
            [.. track.Descendants(ns + "trkpt").Select(point => new DrivePoint(
                DateTimeOffset.Parse(point.Element(ns + "time")!.Value, CultureInfo.InvariantCulture),
                Number(point, "lat"), Number(point, "lon"))).Distinct().OrderBy(point => point.At)])];
    }

    /// <summary>Metres along a line.</summary>
    public static double LengthM(IReadOnlyList<DrivePoint> points) => points.Zip(points.Skip(1), DistanceM).Sum();

    /// <summary>Metres on the WGS-84 ellipsoid: the chord of the normals' feet, corrected to the arc (exact to 1e-9 at a few km).</summary>
    public static double DistanceM(DrivePoint a, DrivePoint b)
    {
        (double x, double y, double z) p = Cartesian(a), q = Cartesian(b);
        double chordM = Math.Sqrt(Square(p.x - q.x) + Square(p.y - q.y) + Square(p.z - q.z));
        double radiusM = Math.Sqrt(Square(p.x) + Square(p.y) + Square(p.z));
        return 2 * radiusM * Math.Asin(chordM / (2 * radiusM));
    }

    private static (double X, double Y, double Z) Cartesian(DrivePoint point)
    {
        double latitude = double.DegreesToRadians(point.LatitudeDeg), longitude = double.DegreesToRadians(point.LongitudeDeg);
        double e2 = Flattening * (2 - Flattening);
        double normalM = EquatorM / Math.Sqrt(1 - e2 * Square(Math.Sin(latitude)));
        return (normalM * Math.Cos(latitude) * Math.Cos(longitude), normalM * Math.Cos(latitude) * Math.Sin(longitude),
            normalM * (1 - e2) * Math.Sin(latitude));
    }

    private static double Square(double number) => number * number;

    private static double Number(XElement point, string name) => double.Parse(point.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
