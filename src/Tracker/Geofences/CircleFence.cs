using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

/// <summary>A geodesic disc: what is not farther from the centre than the radius.</summary>
internal sealed class CircleFence : PreparedFence
{
    private readonly GeoPoint _center;
    private readonly double _radiusM;
    private readonly double _eastM;
    private readonly double _northM;

    public CircleFence(Geofence definition, CircleShape shape) : base(definition)
    {
        _center = shape.Center;
        _radiusM = shape.RadiusM;
        Box = BoxAround(shape.Center, shape.RadiusM);
        (_eastM, _northM) = MetresPerDeg(shape.Center.LatitudeDeg);
        // The plane at the centre is off by the change of the east scale over the radius; twice that is left to the geodesic.
        double off = 2 * (shape.RadiusM / B * (1 + Math.Abs(Math.Tan(shape.Center.LatitudeDeg * RadPerDeg)))) + 1e-6;
        double inner = _radiusM * (1 - off) / _northM, outer = _radiusM * (1 + off) / _northM;
        Disc = off < 0.1
            ? new FenceDisc(_center.LatitudeDeg, _center.LongitudeDeg, _eastM / _northM, inner, outer)
            : FenceDisc.Unsure;
    }

    public override bool Contains(GeoPoint point) => Geodesy.DistanceM(_center, point) <= _radiusM;

    public override double DistanceM(GeoPoint point) => Math.Abs(SignedDistanceM(point));

    public override double SignedDistanceM(GeoPoint point) => Geodesy.DistanceM(_center, point) - _radiusM;

    public override bool Passes(GeoPoint a, GeoPoint b, out double first, out double last)
    {
        double dx = WrapDeg(b.LongitudeDeg - a.LongitudeDeg) * _eastM, dy = (b.LatitudeDeg - a.LatitudeDeg) * _northM;
        double ax = WrapDeg(a.LongitudeDeg - _center.LongitudeDeg) * _eastM, ay = (a.LatitudeDeg - _center.LatitudeDeg) * _northM;
        double length2 = dx * dx + dy * dy;
        first = last = length2 > 0 ? Math.Clamp(-(ax * dx + ay * dy) / length2, 0, 1) : 0;
        GeoPoint nearest = OnSegment(a, b, first);
        if (!Contains(nearest)) return false;
        (first, last) = (first * CrossingBetween(a, nearest, fromInside: false), last + (1 - last) * CrossingBetween(nearest, b, fromInside: true));
        return first < last;
    }

    public override CellCover Cover(double south, double west, double sizeDeg)
    {
        if (sizeDeg > 20 || south < -89 || south + sizeDeg > 89) return CellCover.Partial;
        GeoPoint middle = new(south + sizeDeg / 2, WrapDeg(west + sizeDeg / 2));
        double reach = CellReachM(south, west, sizeDeg, middle);
        double distance = Geodesy.DistanceM(_center, middle);
        return distance + reach <= _radiusM ? CellCover.Whole : distance - reach > _radiusM ? CellCover.None : CellCover.Partial;
    }

    protected override double InradiusM() => _radiusM;

    /// <summary>How far the farthest point of a cell lies from its middle, metres, and a little more.</summary>
    internal static double CellReachM(double south, double west, double sizeDeg, GeoPoint middle)
    {
        double corner = Math.Max(
            Geodesy.DistanceM(middle, new(south, WrapDeg(west))),
            Geodesy.DistanceM(middle, new(south + sizeDeg, WrapDeg(west))));
        return corner * 1.02 + 1;
    }

    /// <summary>A box that surely holds everything within a distance of a point.</summary>
    internal static FenceBox BoxAround(GeoPoint center, double radiusM)
    {
        const double ShortestDegM = 110_574;
        double latitudes = radiusM / ShortestDegM * 1.01 + 1e-7;
        double south = center.LatitudeDeg - latitudes, north = center.LatitudeDeg + latitudes;
        double widest = Math.Sin(Math.Min(latitudes * RadPerDeg, Math.PI / 2)) / Math.Cos(center.LatitudeDeg * RadPerDeg);
        if (south <= -89.99 || north >= 89.99 || widest >= 0.999)
            return new FenceBox(Math.Max(south, -90), -180, Math.Min(north, 90), 180);
        double longitudes = Math.Asin(widest) / RadPerDeg * 1.01 + 1e-7;
        double west = center.LongitudeDeg - longitudes, east = center.LongitudeDeg + longitudes;
        return west < -180 ? new FenceBox(south, west + 360, north, east + 360) : new FenceBox(south, west, north, east);
    }
}
