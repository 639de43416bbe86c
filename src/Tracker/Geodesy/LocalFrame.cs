using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

/// <summary>
/// Metres east and north of an origin: the cheapest plane in which to compare positions that are near each other. Lengths
/// within 1 km of the origin are true to 2e-4 at 60 degrees of latitude; keep away from the poles (beyond 89 degrees).
/// </summary>
public readonly struct LocalFrame
{
    private readonly double _northM;
    private readonly double _eastM;

    /// <summary>A frame around an origin.</summary>
    public LocalFrame(GeoPoint origin)
    {
        Origin = origin;
        (double sin, double cos) = Math.SinCos(origin.LatitudeDeg * RadPerDeg);
        (double meridian, double primeVertical) = Radii(sin);
        _northM = meridian * RadPerDeg;
        _eastM = primeVertical * cos * RadPerDeg;
    }

    /// <summary>Where both coordinates are 0.</summary>
    public GeoPoint Origin { get; }

    /// <summary>Metres of one degree of longitude at the origin.</summary>
    public double EastMPerDeg => _eastM;

    /// <summary>Metres of one degree of latitude at the origin.</summary>
    public double NorthMPerDeg => _northM;

    /// <summary>Metres east and north of the origin, the short way over the antimeridian.</summary>
    public (double EastM, double NorthM) ToMetres(GeoPoint point) =>
        (WrapDeg(point.LongitudeDeg - Origin.LongitudeDeg) * _eastM, (point.LatitudeDeg - Origin.LatitudeDeg) * _northM);

    /// <summary>The position at metres east and north of the origin.</summary>
    public GeoPoint ToPoint(double eastM, double northM) =>
        new(Origin.LatitudeDeg + northM / _northM, WrapDeg(Origin.LongitudeDeg + eastM / _eastM));
}
