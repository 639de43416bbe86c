using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

/// <summary>A geofence made ready for questions about points. Immutable but for a lazily computed width; safe from many threads.</summary>
internal abstract class PreparedFence
{
    /// <summary>How far from a boundary distances are true; beyond, they are only known to be larger.</summary>
    public const double ReachM = 1e6;

    private readonly bool _forEverybody;
    private double _bandM = double.NaN;

    protected PreparedFence(Geofence definition)
    {
        Definition = definition;
        Key = definition.Key;
        _forEverybody = definition.ForEverybody;
        Calendar = definition.Schedule is { Windows.Count: > 0 } schedule ? new WeekCalendar(schedule) : null;
    }

    public Geofence Definition { get; }

    public int Key { get; }

    /// <summary>What decides most questions about points before the shape itself is asked.</summary>
    public FenceDisc Disc { get; protected init; }

    /// <summary>What decides most of the rest; null: the shape must be asked.</summary>
    public CompactEdges? Compact { get; protected init; }

    /// <summary>When it is watched; null: always.</summary>
    public WeekCalendar? Calendar { get; }

    /// <summary>A box around the shape, degrees; it may be too large, never too small. Longitude begins at -180 or above and may exceed 180.</summary>
    public FenceBox Box { get; protected init; }

    /// <summary>The hysteresis of an exit: 10 % of the inradius, 20 to 50 m.</summary>
    public double BandM
    {
        get
        {
            if (double.IsNaN(_bandM)) _bandM = Math.Clamp(InradiusM() / 10, 20, 50);
            return _bandM;
        }
    }

    /// <summary>Whether the shape holds a point.</summary>
    public abstract bool Contains(GeoPoint point);

    /// <summary>Metres to the boundary, from either side.</summary>
    public abstract double DistanceM(GeoPoint point);

    /// <summary>Metres to the boundary, negative inside.</summary>
    public virtual double SignedDistanceM(GeoPoint point) => Contains(point) ? -DistanceM(point) : DistanceM(point);

    /// <summary>Radius of the largest disc inside, metres, roughly; 500 stands for more.</summary>
    protected abstract double InradiusM();

    /// <summary>For two points outside: the part of the straight way between them that lies inside.</summary>
    public abstract bool Passes(GeoPoint a, GeoPoint b, out double first, out double last);

    /// <summary>How the shape lies to a cell, given in degrees with a lifted longitude.</summary>
    public abstract CellCover Cover(double south, double west, double sizeDeg);

    /// <summary>Whether it concerns a rep; an unknown rep is concerned by fences for everybody.</summary>
    public bool Concerns(Rep? rep) => _forEverybody || Definition.Concerns(rep);

    /// <summary>
    /// The part of the straight way from <paramref name="a"/> to <paramref name="b"/> at which the boundary is crossed; one of
    /// the points is inside, the other is not, and <paramref name="fromInside"/> tells which. False position with the Illinois rule; below a millimetre after a few steps.
    /// </summary>
    public virtual double CrossingBetween(GeoPoint a, GeoPoint b, bool fromInside)
    {
        double low = 0, high = 1, atLow = SignedDistanceM(a), atHigh = SignedDistanceM(b);
        if (atLow > 0 == atHigh > 0) return atLow > 0 ? 1 : 0;
        double part = 0.5;
        for (int i = 0; i < 30; i++)
        {
            part = (low * atHigh - high * atLow) / (atHigh - atLow);
            double away = SignedDistanceM(OnSegment(a, b, part));
            if (Math.Abs(away) < 1e-4) break;
            if (away > 0 == atHigh > 0) (high, atHigh, atLow) = (part, away, atLow / 2);
            else (low, atLow, atHigh) = (part, away, atHigh / 2);
        }
        return part;
    }

    /// <summary>A point of the straight way in longitude and latitude, as polygon edges are straight.</summary>
    public static GeoPoint OnSegment(GeoPoint a, GeoPoint b, double part) => new(
        a.LatitudeDeg + (b.LatitudeDeg - a.LatitudeDeg) * part,
        WrapDeg(a.LongitudeDeg + WrapDeg(b.LongitudeDeg - a.LongitudeDeg) * part));

    public static PreparedFence Of(Geofence definition) => definition.Shape switch
    {
        CircleShape circle => new CircleFence(definition, circle),
        CorridorShape corridor => new CorridorFence(definition, corridor),
        PolygonShape polygon => new PolygonFence(definition, polygon),
        _ => throw new ArgumentException($"Shape {definition.Shape.GetType().Name} of geofence {definition.Id} is unknown.", nameof(definition)),
    };

    /// <summary>Metres of a degree of longitude and of latitude.</summary>
    protected static (double EastM, double NorthM) MetresPerDeg(double latitudeDeg)
    {
        (double sin, double cos) = Math.SinCos(latitudeDeg * RadPerDeg);
        (double meridian, double primeVertical) = Radii(sin);
        return (primeVertical * cos * RadPerDeg, meridian * RadPerDeg);
    }
}

/// <summary>A box in degrees; the longitudes are lifted.</summary>
internal readonly record struct FenceBox(double South, double West, double North, double East)
{
    public bool Holds(GeoPoint point)
    {
        if (!(point.LatitudeDeg >= South && point.LatitudeDeg <= North)) return false;
        double x = point.LongitudeDeg;
        return (x >= West && x <= East) || x + 360 <= East;
    }
}

/// <summary>
/// Two discs round one centre in a plane of degrees: inside the inner one a point surely is in the shape, outside of the
/// outer one surely not. The index keeps these side by side, so most points need no look at the shape.
/// </summary>
/// <param name="Latitude">Of the centre.</param>
/// <param name="Longitude">Of the centre.</param>
/// <param name="EastScale">Degrees of latitude that are as long as one of longitude.</param>
/// <param name="Inner">The inner radius, degrees of latitude; 0: none.</param>
/// <param name="Outer">The outer radius.</param>
internal readonly record struct FenceDisc(double Latitude, double Longitude, double EastScale, double Inner, double Outer)
{
    /// <summary>Decides nothing.</summary>
    public static readonly FenceDisc Unsure = new(0, 0, 1, 0, double.PositiveInfinity);

    /// <summary>How far a point is from where the boundary may be, degrees of latitude; 0 or less: it may be there.</summary>
    public double ClearDeg(GeoPoint point)
    {
        double away = Math.Sqrt(Square(point));
        return away < Inner ? Inner - away : away - Outer;
    }

    /// <summary>The square of a point's distance from the centre.</summary>
    public double Square(GeoPoint point)
    {
        double east = Math.Abs(point.LongitudeDeg - Longitude);
        if (east > 180) east = Math.Abs(east - 360);
        east *= EastScale;
        double north = point.LatitudeDeg - Latitude;
        return east * east + north * north;
    }
}

/// <summary>How a shape lies to a cell.</summary>
internal enum CellCover : byte
{
    /// <summary>They have nothing in common.</summary>
    None,
    /// <summary>The boundary may run through the cell.</summary>
    Partial,
    /// <summary>The cell lies inside.</summary>
    Whole,
}
