using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// A disc in degrees that no boundary of a geofence runs through, in 16 bytes, since every rep has one. Made too small by
/// what rounding can be.
/// </summary>
internal readonly struct CalmDisc
{
    private const double StepsPerDeg = 1e7;

    // Twice what the centre is off by when it is rounded to steps.
    private const double RoundingDeg = 2 / StepsPerDeg;

    private readonly int _latitudeSteps;
    private readonly int _longitudeSteps;
    private readonly float _radiusDeg;
    private readonly float _eastScale;

    private CalmDisc(GeoPoint centre, float radiusDeg, float eastScale)
    {
        _latitudeSteps = (int)Math.Round(centre.LatitudeDeg * StepsPerDeg);
        _longitudeSteps = (int)Math.Round(centre.LongitudeDeg * StepsPerDeg);
        (_radiusDeg, _eastScale) = (radiusDeg, eastScale);
    }

    /// <summary>Holds nothing.</summary>
    public static CalmDisc None => default;

    /// <summary>A disc, or none where it would be too small to be of use.</summary>
    /// <param name="centre">Its centre.</param>
    /// <param name="radiusDeg">Its radius, degrees of latitude; infinite: everything.</param>
    /// <param name="eastScale">Degrees of latitude that one of longitude is taken for.</param>
    public static CalmDisc Around(GeoPoint centre, double radiusDeg, double eastScale)
    {
        double radius = (radiusDeg - RoundingDeg) * (1 - 1e-6);
        return radius > 0 ? new CalmDisc(centre, (float)radius, (float)(eastScale * (1 + 1e-6))) : None;
    }

    /// <summary>Whether a point lies in it.</summary>
    public bool Holds(GeoPoint point)
    {
        double north = point.LatitudeDeg - _latitudeSteps / StepsPerDeg;
        double east = (point.LongitudeDeg - _longitudeSteps / StepsPerDeg) * _eastScale;
        return north * north + east * east < (double)_radiusDeg * _radiusDeg;
    }
}
