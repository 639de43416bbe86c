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
        Calendar = definition.Schedule is null ? null : new WeekCalendar(definition.Schedule);
    }

    public Geofence Definition { get; }

    public int Key { get; }

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

    /// <summary>Metres to the boundary, negative inside.</summary>
    public abstract double SignedDistanceM(GeoPoint point);

    /// <summary>Radius of the largest disc inside, metres, roughly; 500 stands for more.</summary>
    protected abstract double InradiusM();

    /// <summary>For two points outside: the part of the straight way between them that lies inside.</summary>
    public abstract bool Passes(GeoPoint a, GeoPoint b, out double first, out double last);

    /// <summary>How the shape lies to a cell, given in degrees with a lifted longitude.</summary>
    public abstract CellCover Cover(double south, double west, double sizeDeg);

    /// <summary>Whether it concerns a rep; an unknown rep is concerned by fences for everybody.</summary>
    public bool Concerns(Rep? rep) => _forEverybody || Definition.Concerns(rep);

    /// <summary>The part of the straight way from <paramref name="a"/> to <paramref name="b"/> at which the boundary is crossed; one of the points is inside, the other is not.</summary>
    public double CrossingBetween(GeoPoint a, GeoPoint b)
    {
        bool atBegin = Contains(a);
        double low = 0, high = 1;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (Contains(OnSegment(a, b, middle)) == atBegin) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
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
