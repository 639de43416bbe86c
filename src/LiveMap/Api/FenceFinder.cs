using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Api;

/// <summary>Finds the geofences around the stops of a report. Tells where somebody stood, not whether they had entered: there is no hysteresis.</summary>
internal sealed class FenceFinder(Registry registry)
{
    private const double MetresPerDegree = 110_000;
    private Boxed? _boxed;

    /// <summary>Ids of the geofences that contain a point and concern a rep.</summary>
    public List<string> Containing(GeoPoint point, Rep rep)
    {
        List<string> found = [];
        foreach ((Box box, Geofence fence) in Current().Fences)
            if (box.Contains(point) && Concerns(fence, rep) && Contains(fence.Shape, point)) found.Add(fence.Id);
        return found;
    }

    private static bool Concerns(Geofence fence, Rep rep)
    {
        if (fence.Groups.Count == 0 && fence.Reps.Count == 0) return true;
        foreach (string group in fence.Groups)
            if (GroupPath.IsWithin(rep.Group, group)) return true;
        return fence.Reps.Contains(rep.Id);
    }

    private Boxed Current()
    {
        IReadOnlyList<Geofence> fences = registry.Geofences;
        Boxed? boxed = _boxed;
        if (boxed is null || !ReferenceEquals(boxed.Source, fences))
            _boxed = boxed = new(fences, [.. fences.Select(static fence => (BoxOf(fence.Shape), fence))]);
        return boxed;
    }

    private static bool Contains(GeoShape shape, GeoPoint point) => shape switch
    {
        CircleShape circle => Geodesy.DistanceM(circle.Center, point) <= circle.RadiusM,
        CorridorShape corridor => DistanceM(corridor.Line, point) <= corridor.WidthM / 2,
        PolygonShape polygons => polygons.Polygons.Any(rings => Contains(rings.Outer, point) && !rings.Holes.Any(hole => Contains(hole, point))),
        _ => false,
    };

    /// <summary>Even-odd rule around the point, so that the antimeridian is nowhere special.</summary>
    private static bool Contains(IReadOnlyList<GeoPoint> ring, GeoPoint point)
    {
        bool inside = false;
        GeoPoint a = ring[^1];
        foreach (GeoPoint b in ring)
        {
            double ax = Wrap(a.LongitudeDeg - point.LongitudeDeg), bx = ax + Wrap(b.LongitudeDeg - a.LongitudeDeg);
            double ay = a.LatitudeDeg - point.LatitudeDeg, by = b.LatitudeDeg - point.LatitudeDeg;
            if (ay > 0 != by > 0 && ax - ay * (bx - ax) / (by - ay) > 0) inside = !inside;
            a = b;
        }
        return inside;
    }

    private static double DistanceM(IReadOnlyList<GeoPoint> line, GeoPoint point)
    {
        var frame = new LocalFrame(point);
        double nearest = double.PositiveInfinity;
        (double ax, double ay) = frame.ToMetres(line[0]);
        for (int i = 1; i < line.Count; i++)
        {
            (double bx, double by) = frame.ToMetres(line[i]);
            double dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
            double along = length > 0 ? Math.Clamp(-(ax * dx + ay * dy) / length, 0, 1) : 0;
            nearest = Math.Min(nearest, Math.Sqrt(Math.Pow(ax + along * dx, 2) + Math.Pow(ay + along * dy, 2)));
            (ax, ay) = (bx, by);
        }
        return nearest;
    }

    private static Box BoxOf(GeoShape shape) => shape switch
    {
        CircleShape circle => Box.Around([circle.Center], circle.RadiusM),
        CorridorShape corridor => Box.Around(corridor.Line, corridor.WidthM / 2),
        PolygonShape polygons => Box.Around(polygons.Polygons.SelectMany(static rings => rings.Outer), 0),
        _ => default,
    };

    private static double Wrap(double degrees) => degrees > 180 ? degrees - 360 : degrees < -180 ? degrees + 360 : degrees;

    private sealed record Boxed(IReadOnlyList<Geofence> Source, (Box Box, Geofence Fence)[] Fences);

    /// <summary>Bounds in degrees, a little too large; a shape across the antimeridian, or near a pole, spans all longitudes.</summary>
    private readonly record struct Box(double South, double West, double North, double East)
    {
        public static Box Around(IEnumerable<GeoPoint> points, double marginM)
        {
            double south = 90, west = 180, north = -90, east = -180;
            foreach (GeoPoint point in points)
            {
                (south, north) = (Math.Min(south, point.LatitudeDeg), Math.Max(north, point.LatitudeDeg));
                (west, east) = (Math.Min(west, point.LongitudeDeg), Math.Max(east, point.LongitudeDeg));
            }
            double margin = marginM / MetresPerDegree;
            (south, north) = (south - margin, north + margin);
            double widest = Math.Max(Math.Abs(south), Math.Abs(north));
            double sideways = widest < 89 ? margin / Math.Cos(widest * Math.PI / 180) : 360;
            (west, east) = (west - sideways, east + sideways);
            return east - west > 180 || west < -180 || east > 180 ? new(south, -180, north, 180) : new(south, west, north, east);
        }

        public bool Contains(GeoPoint point) =>
            point.LatitudeDeg >= South && point.LatitudeDeg <= North && point.LongitudeDeg >= West && point.LongitudeDeg <= East;
    }
}
