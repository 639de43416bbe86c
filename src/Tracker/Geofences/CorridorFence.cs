using Tracking.Contracts;
using static Tracking.Tracker.Wgs84;

namespace Tracking.Tracker;

/// <summary>
/// A line with a width. The line is straight in longitude and latitude between its points, distances are measured in the
/// plane that touches the ellipsoid at the point in question: for half a width h the error is below h² tan(latitude) / 6400 km.
/// </summary>
internal sealed class CorridorFence : PreparedFence
{
    private readonly EdgeTable _line;
    private readonly double _halfM;

    public CorridorFence(Geofence definition, CorridorShape shape) : base(definition)
    {
        _line = new EdgeTable(LiftedRings.OfLine(shape.Line));
        _halfM = shape.WidthM / 2;
        Box = BoxAround(_line, _halfM);
        Disc = FenceDisc.Unsure;
    }

    public override bool Contains(GeoPoint point) => Box.Holds(point) && AwayM(point, _halfM * 2) <= _halfM;

    public override double DistanceM(GeoPoint point) => Math.Abs(SignedDistanceM(point));

    public override double SignedDistanceM(GeoPoint point) => AwayM(point, ReachM) - _halfM;

    public override bool Passes(GeoPoint a, GeoPoint b, out double first, out double last)
    {
        (first, last) = (double.PositiveInfinity, double.NegativeInfinity);
        (double eastM, double northM) = MetresPerDeg((a.LatitudeDeg + b.LatitudeDeg) / 2);
        double dx = WrapDeg(b.LongitudeDeg - a.LongitudeDeg) * eastM, dy = (b.LatitudeDeg - a.LatitudeDeg) * northM;
        double length2 = dx * dx + dy * dy;
        if (length2 == 0) return false;
        // The way comes nearest to a piece of the line where they cross or at one of the piece's ends.
        foreach (EdgeTable.Edge edge in _line.All)
        {
            double px = WrapDeg(edge.X1 - a.LongitudeDeg) * eastM, py = (edge.Y1 - a.LatitudeDeg) * northM;
            double ex = (edge.X2 - edge.X1) * eastM, ey = (edge.Y2 - edge.Y1) * northM;
            double cross = dx * ey - dy * ex;
            double on = cross == 0 ? -1 : (px * dy - py * dx) / cross;
            if (on is >= 0 and <= 1) Widen((px * ey - py * ex) / cross, a, b, ref first, ref last);
            Widen((px * dx + py * dy) / length2, a, b, ref first, ref last);
            Widen(((px + ex) * dx + (py + ey) * dy) / length2, a, b, ref first, ref last);
        }
        if (first > last) return false;
        GeoPoint entered = OnSegment(a, b, first), left = OnSegment(a, b, last);
        (first, last) = (first * CrossingBetween(a, entered, fromInside: false), last + (1 - last) * CrossingBetween(left, b, fromInside: true));
        return first < last;
    }

    public override CellCover Cover(double south, double west, double sizeDeg)
    {
        double farthest = Math.Max(Math.Abs(south), Math.Abs(south + sizeDeg));
        if (sizeDeg > 5 || farthest > 89) return CellCover.Partial;
        // The east scale changes over the cell by this part.
        double change = sizeDeg * RadPerDeg * Math.Tan(farthest * RadPerDeg) + 0.01;
        if (change > 0.5) return CellCover.Partial;
        GeoPoint middle = new(south + sizeDeg / 2, WrapDeg(west + sizeDeg / 2));
        double reach = CircleFence.CellReachM(south, west, sizeDeg, middle);
        double away = AwayM(middle, (_halfM + reach) * 4);
        return (away + reach) * (1 + change) <= _halfM ? CellCover.Whole
            : (away - reach) / (1 + change) > _halfM ? CellCover.None : CellCover.Partial;
    }

    protected override double InradiusM() => _halfM;

    private void Widen(double part, GeoPoint a, GeoPoint b, ref double first, ref double last)
    {
        if (part is not (> 0 and < 1) || (part >= first && part <= last) || !Contains(OnSegment(a, b, part))) return;
        first = Math.Min(first, part);
        last = Math.Max(last, part);
    }

    private double AwayM(GeoPoint point, double limitM)
    {
        (double eastM, double northM) = MetresPerDeg(point.LatitudeDeg);
        double nearest = limitM;
        for (int turn = -1; turn <= 1; turn++)
        {
            double x = point.LongitudeDeg + 360 * turn;
            if (x >= _line.MinX - 180 && x <= _line.MaxX + 180)
                nearest = _line.NearestM(x, point.LatitudeDeg, eastM, northM, nearest);
        }
        return nearest;
    }

    private static FenceBox BoxAround(EdgeTable line, double halfM)
    {
        FenceBox low = CircleFence.BoxAround(new(line.MinY, 0), halfM), high = CircleFence.BoxAround(new(line.MaxY, 0), halfM);
        FenceBox wide = high.East > low.East ? high : low;
        if (wide.East - wide.West > 300 || line.MaxX - line.MinX > 300) return new FenceBox(low.South, -180, high.North, 180);
        double pad = (wide.East - wide.West) / 2;
        double west = line.MinX - pad, east = line.MaxX + pad;
        return west < -180 ? new FenceBox(low.South, west + 360, high.North, east + 360) : new FenceBox(low.South, west, high.North, east);
    }
}
