using Tracking.Contracts;

namespace Tracking.Ingest;

/// <summary>
/// Brings coordinates that Chinese map SDKs report to WGS-84. GCJ-02 shifts a position by up to some hundred metres inside
/// a rectangle around China and is the identity outside; BD-09 shifts GCJ-02 once more. The forward formulas are those that
/// were published with the first open implementations (Krasovsky ellipsoid, a = 6,378,245 m); there is no closed inverse, so
/// it is found by iterating the forward formula, to far below the 1e-7 degree in which positions are kept.
/// </summary>
public static class CrsConversion
{
    private const double SemiMajorAxisM = 6_378_245.0;
    private const double EccentricitySquared = 0.00669342162296594323;
    private const double BaiduTurns = Math.PI * 3000.0 / 180.0;
    private const double PrecisionDeg = 1e-10;
    private const int MaxIterations = 40;

    /// <summary>The WGS-84 position of a position in another system.</summary>
    /// <param name="point">Valid coordinates in that system.</param>
    /// <param name="crs">The system.</param>
    public static GeoPoint ToWgs84(GeoPoint point, Crs crs) => crs switch
    {
        Crs.Gcj02 => FromGcj02(point),
        Crs.Bd09 => FromGcj02(BaiduToGcj02(point)),
        _ => point,
    };

    /// <summary>The position in another system of a WGS-84 position.</summary>
    /// <param name="point">Valid WGS-84 coordinates.</param>
    /// <param name="crs">The system.</param>
    public static GeoPoint FromWgs84(GeoPoint point, Crs crs) => crs switch
    {
        Crs.Gcj02 => ToGcj02(point),
        Crs.Bd09 => Gcj02ToBaidu(ToGcj02(point)),
        _ => point,
    };

    private static bool IsShifted(GeoPoint point) =>
        point.LongitudeDeg is >= 72.004 and <= 137.8347 && point.LatitudeDeg is >= 0.8293 and <= 55.8271;

    private static GeoPoint ToGcj02(GeoPoint wgs) => IsShifted(wgs) ? Shifted(wgs) : wgs;

    private static GeoPoint FromGcj02(GeoPoint gcj)
    {
        if (!IsShifted(gcj)) return gcj;
        GeoPoint guess = gcj;
        for (int i = 0; i < MaxIterations; i++)
        {
            GeoPoint image = Shifted(guess);
            double latitudeOff = image.LatitudeDeg - gcj.LatitudeDeg, longitudeOff = image.LongitudeDeg - gcj.LongitudeDeg;
            guess = new GeoPoint(guess.LatitudeDeg - latitudeOff, guess.LongitudeDeg - longitudeOff);
            if (Math.Abs(latitudeOff) < PrecisionDeg && Math.Abs(longitudeOff) < PrecisionDeg) break;
        }
        return guess;
    }

    private static GeoPoint Shifted(GeoPoint wgs)
    {
        double x = wgs.LongitudeDeg - 105.0, y = wgs.LatitudeDeg - 35.0;
        double latitudeRad = wgs.LatitudeDeg / 180.0 * Math.PI;
        double sine = Math.Sin(latitudeRad);
        double magic = 1 - EccentricitySquared * sine * sine;
        double root = Math.Sqrt(magic);
        double north = LatitudeShift(x, y) * 180.0 / (SemiMajorAxisM * (1 - EccentricitySquared) / (magic * root) * Math.PI);
        double east = LongitudeShift(x, y) * 180.0 / (SemiMajorAxisM / root * Math.Cos(latitudeRad) * Math.PI);
        return new GeoPoint(wgs.LatitudeDeg + north, wgs.LongitudeDeg + east);
    }

    private static double LatitudeShift(double x, double y)
    {
        double shift = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.Sqrt(Math.Abs(x));
        shift += (20.0 * Math.Sin(6.0 * x * Math.PI) + 20.0 * Math.Sin(2.0 * x * Math.PI)) * 2.0 / 3.0;
        shift += (20.0 * Math.Sin(y * Math.PI) + 40.0 * Math.Sin(y / 3.0 * Math.PI)) * 2.0 / 3.0;
        return shift + (160.0 * Math.Sin(y / 12.0 * Math.PI) + 320.0 * Math.Sin(y * Math.PI / 30.0)) * 2.0 / 3.0;
    }

    private static double LongitudeShift(double x, double y)
    {
        double shift = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.Sqrt(Math.Abs(x));
        shift += (20.0 * Math.Sin(6.0 * x * Math.PI) + 20.0 * Math.Sin(2.0 * x * Math.PI)) * 2.0 / 3.0;
        shift += (20.0 * Math.Sin(x * Math.PI) + 40.0 * Math.Sin(x / 3.0 * Math.PI)) * 2.0 / 3.0;
        return shift + (150.0 * Math.Sin(x / 12.0 * Math.PI) + 300.0 * Math.Sin(x / 30.0 * Math.PI)) * 2.0 / 3.0;
    }

    private static GeoPoint Gcj02ToBaidu(GeoPoint gcj)
    {
        if (!IsShifted(gcj)) return gcj;
        double x = gcj.LongitudeDeg, y = gcj.LatitudeDeg;
        double radius = Math.Sqrt(x * x + y * y) + 0.00002 * Math.Sin(y * BaiduTurns);
        double angle = Math.Atan2(y, x) + 0.000003 * Math.Cos(x * BaiduTurns);
        return new GeoPoint(radius * Math.Sin(angle) + 0.006, radius * Math.Cos(angle) + 0.0065);
    }

    private static GeoPoint BaiduToGcj02(GeoPoint baidu)
    {
        var guess = new GeoPoint(baidu.LatitudeDeg - 0.006, baidu.LongitudeDeg - 0.0065);
        if (!IsShifted(guess)) return baidu;
        for (int i = 0; i < MaxIterations; i++)
        {
            GeoPoint image = Gcj02ToBaidu(guess);
            double latitudeOff = image.LatitudeDeg - baidu.LatitudeDeg, longitudeOff = image.LongitudeDeg - baidu.LongitudeDeg;
            guess = new GeoPoint(guess.LatitudeDeg - latitudeOff, guess.LongitudeDeg - longitudeOff);
            if (Math.Abs(latitudeOff) < PrecisionDeg && Math.Abs(longitudeOff) < PrecisionDeg) break;
        }
        return guess;
    }
}
