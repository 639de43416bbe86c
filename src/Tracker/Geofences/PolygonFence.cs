using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Polygons with holes. Edges are straight in longitude and latitude, inside is what an odd number of edges encloses
/// (so self-intersections and overlaps are holes); a ring round a pole holds the pole of its hemisphere.
/// </summary>
internal sealed class PolygonFence : PreparedFence
{
    private readonly EdgeTable _edges;
    private readonly CompactEdges? _compact;

    public PolygonFence(Geofence definition, PolygonShape shape) : base(definition)
    {
        double[] edges = LiftedRings.OfPolygons(shape.Polygons);
        _edges = new EdgeTable(edges);
        Box = new FenceBox(_edges.MinY, _edges.MinX, _edges.MaxY, _edges.MaxX);
        _compact = Compact = CompactEdges.Of(edges, Box);
        Disc = DiscOf();
    }

    public override bool Contains(GeoPoint point)
    {
        bool inside = false;
        double x = point.LongitudeDeg, y = point.LatitudeDeg;
        if (_compact?.Encloses(point) is { } certain) return certain;
        if (!(y >= _edges.MinY && y <= _edges.MaxY)) return false;
        if (x < _edges.MinX) x += 360;
        for (; x <= _edges.MaxX; x += 360) inside ^= _edges.Parity(x, y);
        return inside;
    }

    public override double DistanceM(GeoPoint point)
    {
        (double eastM, double northM) = MetresPerDeg(point.LatitudeDeg);
        if (_compact is not null) return Math.Min(ReachM, _compact.NearestM(point, eastM, northM));
        double nearest = ReachM;
        for (int turn = -1; turn <= 1; turn++)
        {
            double x = point.LongitudeDeg + 360 * turn;
            if (x >= _edges.MinX - 180 && x <= _edges.MaxX + 180)
                nearest = _edges.NearestM(x, point.LatitudeDeg, eastM, northM, nearest);
        }
        return nearest;
    }

    public override bool Passes(GeoPoint a, GeoPoint b, out double first, out double last)
    {
        first = double.PositiveInfinity;
        last = double.NegativeInfinity;
        double xa = a.LongitudeDeg, dx = Wgs84.WrapDeg(b.LongitudeDeg - xa);
        for (int turn = -1; turn <= 1; turn++)
        {
            double x = xa + 360 * turn;
            if (!_edges.Meets(x, a.LatitudeDeg, x + dx, b.LatitudeDeg, out double f, out double l)) continue;
            first = Math.Min(first, f);
            last = Math.Max(last, l);
        }
        return first < last;
    }

    public override double CrossingBetween(GeoPoint a, GeoPoint b, bool fromInside) =>
        Passes(a, b, out double first, out double last) || first <= last ? (fromInside ? first : last) : base.CrossingBetween(a, b, fromInside);

    public override CellCover Cover(double south, double west, double sizeDeg)
    {
        const double SlackDeg = 1e-9;
        if (Box.East - Box.West > 350) return CellCover.Partial;
        double half = sizeDeg / 2 + SlackDeg, x = west + sizeDeg / 2, y = south + sizeDeg / 2;
        foreach (EdgeTable.Edge edge in _edges.Near(y - half, y + half))
        {
            if (Touches(edge, x, y, half)) return CellCover.Partial;
        }
        return _edges.Parity(x, y) ? CellCover.Whole : CellCover.None;
    }

    protected override double InradiusM() => Inradius.OfM(this);

    private FenceDisc DiscOf()
    {
        const double Rounding = 1e-9;
        // Wider shapes would meet the point's other longitudes too.
        if (Box.East - Box.West > 170) return FenceDisc.Unsure;
        double latitude = (Box.South + Box.North) / 2, longitude = (Box.West + Box.East) / 2;
        double scale = Math.Max(0.01, Math.Cos(latitude * Wgs84.RadPerDeg));
        double nearest = _edges.NearestM(longitude, latitude, scale, 1, 1000), farthest2 = 0;
        // A ring's edges begin where others end.
        foreach (EdgeTable.Edge edge in _edges.All)
        {
            double east = (edge.X1 - longitude) * scale, north = edge.Y1 - latitude;
            farthest2 = Math.Max(farthest2, east * east + north * north);
        }
        nearest = _edges.Parity(longitude, latitude) ? nearest * (1 - Rounding) - Rounding : 0;
        return new FenceDisc(latitude, Wgs84.WrapDeg(longitude), scale, Math.Max(0, nearest), Math.Sqrt(farthest2) * (1 + Rounding) + Rounding);
    }

    // Separating axes of a segment and a square around (x, y): both coordinates and the segment's normal.
    private static bool Touches(in EdgeTable.Edge edge, double x, double y, double half)
    {
        double x1 = edge.X1 - x, y1 = edge.Y1 - y, x2 = edge.X2 - x, y2 = edge.Y2 - y;
        if (Math.Min(x1, x2) > half || Math.Max(x1, x2) < -half || Math.Min(y1, y2) > half || Math.Max(y1, y2) < -half) return false;
        double dx = x2 - x1, dy = y2 - y1;
        return Math.Abs(x1 * dy - y1 * dx) <= half * (Math.Abs(dx) + Math.Abs(dy));
    }
}
