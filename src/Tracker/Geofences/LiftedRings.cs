using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Turns rings and lines of positions into edges whose longitudes go on beyond 180 instead of jumping, so that the
/// antimeridian is no border. A longitude is changed by whole turns only, and not at all away from the antimeridian.
/// </summary>
internal static class LiftedRings
{
    /// <summary>The edges of polygons, holes among them: even-odd counting needs no distinction.</summary>
    public static double[] OfPolygons(IReadOnlyList<PolygonRings> polygons)
    {
        var edges = new List<double>();
        double near = double.NaN;
        foreach (PolygonRings polygon in polygons)
        {
            (double min, double max) = AppendRing(edges, polygon.Outer, near);
            foreach (IReadOnlyList<GeoPoint> hole in polygon.Holes) AppendRing(edges, hole, (min + max) / 2);
            // Parts on both sides of the antimeridian stay together.
            if (double.IsNaN(near)) near = (min + max) / 2;
        }
        return Normalised(edges);
    }

    /// <summary>The edges of an open line.</summary>
    public static double[] OfLine(IReadOnlyList<GeoPoint> line)
    {
        double[] lifted = Lift(line, double.NaN, out _);
        var edges = new List<double>();
        for (int i = 0; i + 1 < line.Count; i++)
            edges.AddRange([lifted[i], line[i].LatitudeDeg, lifted[i + 1], line[i + 1].LatitudeDeg]);
        return [.. edges];
    }

    // Brings the westernmost longitude to -180 or above.
    private static double[] Normalised(List<double> edges)
    {
        double[] normalised = [.. edges];
        double min = double.PositiveInfinity;
        for (int i = 0; i < normalised.Length; i += 2) min = Math.Min(min, normalised[i]);
        for (int i = 0; min < -180 && i < normalised.Length; i += 2) normalised[i] += 360;
        return normalised;
    }

    private static (double Min, double Max) AppendRing(List<double> edges, IReadOnlyList<GeoPoint> ring, double near)
    {
        double[] lifted = Lift(ring, near, out int turns);
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        foreach (double x in lifted)
        {
            min = Math.Min(min, x);
            max = Math.Max(max, x);
        }
        for (int i = 0; i + 1 < ring.Count; i++)
            edges.AddRange([lifted[i], ring[i].LatitudeDeg, lifted[i + 1], ring[i + 1].LatitudeDeg]);
        double last = lifted[^1], latitude = ring[^1].LatitudeDeg, first = lifted[0] + 360.0 * turns;
        edges.AddRange([last, latitude, first, ring[0].LatitudeDeg]);
        if (turns != 0) ClosePole(edges, ring, lifted[0], first);
        return (min, max);
    }

    // A ring that goes round the earth encloses a pole: the one on whose hemisphere it lies on average.
    private static void ClosePole(List<double> edges, IReadOnlyList<GeoPoint> ring, double begin, double end)
    {
        double sum = 0;
        foreach (GeoPoint point in ring) sum += point.LatitudeDeg;
        // One degree beyond, so that the pole itself is inside.
        double pole = sum >= 0 ? 91 : -91, latitude = ring[0].LatitudeDeg;
        edges.AddRange([end, latitude, end, pole, end, pole, begin, pole, begin, pole, begin, latitude]);
    }

    private static double[] Lift(IReadOnlyList<GeoPoint> points, double near, out int turns)
    {
        double[] lifted = new double[points.Count];
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        int turn = 0;
        for (int i = 0; i < lifted.Length; i++)
        {
            if (i > 0) turn += TurnBetween(points[i - 1].LongitudeDeg, points[i].LongitudeDeg);
            lifted[i] = points[i].LongitudeDeg + 360.0 * turn;
            min = Math.Min(min, lifted[i]);
            max = Math.Max(max, lifted[i]);
        }
        turns = turn + TurnBetween(points[^1].LongitudeDeg, points[0].LongitudeDeg);
        int shift = double.IsNaN(near)
            ? (int)Math.Ceiling((-180 - min) / 360)
            : (int)Math.Round((near - (min + max) / 2) / 360);
        for (int i = 0; shift != 0 && i < lifted.Length; i++) lifted[i] += 360.0 * shift;
        return lifted;
    }

    private static int TurnBetween(double from, double to) => to - from > 180 ? -1 : to - from < -180 ? 1 : 0;
}
