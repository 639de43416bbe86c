using Tracking.Contracts;

namespace Tracking.Simulator;

/// <summary>
/// The offset coordinates that phones in China report. The formulas are the publicly known approximation of GCJ-02
/// (Krasovsky ellipsoid, "eviltransform") and Baidu's documented BD-09 step on top of it.
/// </summary>
internal static class ChineseOffset
{
    private const double SemiMajorM = 6_378_245.0;
    private const double EccentricitySquared = 0.00669342162296594323;

    /// <summary>What a phone reports for a true position.</summary>
    public static GeoPoint FromWgs84(GeoPoint truth, Crs crs) => crs switch
    {
        Crs.Gcj02 => ToGcj02(truth),
        Crs.Bd09 => ToBd09(ToGcj02(truth)),
        _ => truth,
    };

    private static GeoPoint ToGcj02(GeoPoint truth)
    {
        double x = truth.LongitudeDeg - 105, y = truth.LatitudeDeg - 35;
        double latitude = LatitudeShift(x, y), longitude = LongitudeShift(x, y);
        (double sin, double cos) = Math.SinCos(double.DegreesToRadians(truth.LatitudeDeg));
        double magic = 1 - (EccentricitySquared * sin * sin), root = Math.Sqrt(magic);
        latitude = latitude * 180 / (SemiMajorM * (1 - EccentricitySquared) / (magic * root) * Math.PI);
        longitude = longitude * 180 / (SemiMajorM / root * cos * Math.PI);
        return new(truth.LatitudeDeg + latitude, truth.LongitudeDeg + longitude);
    }

    private static GeoPoint ToBd09(GeoPoint gcj)
    {
        double x = gcj.LongitudeDeg, y = gcj.LatitudeDeg, turn = Math.PI * 3000 / 180;
        double z = Math.Sqrt((x * x) + (y * y)) + (0.00002 * Math.Sin(y * turn));
        (double sin, double cos) = Math.SinCos(Math.Atan2(y, x) + (0.000003 * Math.Cos(x * turn)));
        return new((z * sin) + 0.006, (z * cos) + 0.0065);
    }

    private static double LatitudeShift(double x, double y) =>
        -100 + (2 * x) + (3 * y) + (0.2 * y * y) + (0.1 * x * y) + (0.2 * Math.Sqrt(Math.Abs(x)))
        + (Waves(x, 6, 20, 2, 20) * 2 / 3) + (Waves(y, 1, 20, 1.0 / 3, 40) * 2 / 3) + (Waves(y, 1.0 / 12, 160, 1.0 / 30, 320) * 2 / 3);

    private static double LongitudeShift(double x, double y) =>
        300 + x + (2 * y) + (0.1 * x * x) + (0.1 * x * y) + (0.1 * Math.Sqrt(Math.Abs(x)))
        + (Waves(x, 6, 20, 2, 20) * 2 / 3) + (Waves(x, 1, 20, 1.0 / 3, 40) * 2 / 3) + (Waves(x, 1.0 / 12, 150, 1.0 / 30, 300) * 2 / 3);

    private static double Waves(double value, double firstTurns, double first, double secondTurns, double second) =>
        (first * Math.Sin(firstTurns * value * Math.PI)) + (second * Math.Sin(secondTurns * value * Math.PI));
}
