namespace Tracking.Contracts;

/// <summary>A position on the WGS-84 ellipsoid. Latitude comes first everywhere but in GeoJSON, which is turned round at the edge.</summary>
/// <param name="LatitudeDeg">Degrees north, -90 to 90.</param>
/// <param name="LongitudeDeg">Degrees east, -180 to 180.</param>
public readonly record struct GeoPoint(double LatitudeDeg, double LongitudeDeg)
{
    /// <summary>The unit in which positions are kept: 1e-7 degree, about 1.1 cm of latitude.</summary>
    public const double QuantumDeg = 1e-7;

    /// <summary>
    /// The nearest position on the 1e-7 degree grid. Fixes are rounded once, where they enter, so that what the tracker
    /// decides live and what it decides from the stored track rest on the same bits.
    /// </summary>
    public GeoPoint Quantised() => FromE7(LatitudeE7, LongitudeE7);

    /// <summary>Latitude in units of 1e-7 degree.</summary>
    public int LatitudeE7 => (int)Math.Round(LatitudeDeg * 1e7);

    /// <summary>Longitude in units of 1e-7 degree.</summary>
    public int LongitudeE7 => (int)Math.Round(LongitudeDeg * 1e7);

    /// <summary>The position of integer coordinates in units of 1e-7 degree.</summary>
    public static GeoPoint FromE7(int latitudeE7, int longitudeE7) => new(latitudeE7 / 1e7, longitudeE7 / 1e7);

    /// <summary>Whether both coordinates are numbers within ±90 and ±180.</summary>
    public bool IsValid => LatitudeDeg is >= -90 and <= 90 && LongitudeDeg is >= -180 and <= 180;
}
