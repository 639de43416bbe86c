using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Picks the geofences that a track may come near, so that a derivation prepares no others.</summary>
public sealed class NearFences
{
    private const double DegPerM = 1 / 110_000.0, PoleDeg = 85, MarginDeg = 0.05, WideDeg = 170;
    private readonly double _originDeg;
    private readonly Box _track = new();

    /// <summary>The surroundings of a track; longitudes count from its first fix, so the antimeridian divides nothing.</summary>
    public NearFences(IReadOnlyList<JudgedFix> track)
    {
        if (track.Count > 0) _originDeg = track[0].Fix.Position.LongitudeDeg;
        for (int i = 0; i < track.Count; i++) _track.Add(track[i].Fix.Position, _originDeg);
    }

    /// <summary>Whether a fence may lie near; never false for one that the track touches.</summary>
    public bool Contains(Geofence fence)
    {
        var box = new Box();
        double aroundM = 0;
        switch (fence.Shape)
        {
            case CircleShape circle:
                box.Add(circle.Center, _originDeg);
                aroundM = circle.RadiusM;
                break;
            case CorridorShape corridor:
                for (int i = 0; i < corridor.Line.Count; i++) box.Add(corridor.Line[i], _originDeg);
                aroundM = corridor.WidthM;
                break;
            case PolygonShape polygon:
                for (int part = 0; part < polygon.Polygons.Count; part++)
                {
                    IReadOnlyList<GeoPoint> ring = polygon.Polygons[part].Outer;
                    for (int i = 0; i < ring.Count; i++) box.Add(ring[i], _originDeg);
                }
                break;
            default:
                return true;
        }
        double latitudeDeg = MarginDeg + aroundM * DegPerM;
        double mostDeg = Math.Max(Math.Abs(box.SouthDeg - latitudeDeg), Math.Abs(box.NorthDeg + latitudeDeg));
        // Near a pole, and for shapes half around the world, a box says nothing.
        if (mostDeg > PoleDeg || box.EastDeg - box.WestDeg > WideDeg || _track.EastDeg - _track.WestDeg > WideDeg) return true;
        double longitudeDeg = latitudeDeg / Math.Cos(mostDeg * Math.PI / 180);
        return box.SouthDeg - latitudeDeg <= _track.NorthDeg && box.NorthDeg + latitudeDeg >= _track.SouthDeg
            && box.WestDeg - longitudeDeg <= _track.EastDeg && box.EastDeg + longitudeDeg >= _track.WestDeg;
    }

    private sealed class Box
    {
        public double SouthDeg = double.PositiveInfinity, NorthDeg = double.NegativeInfinity;
        public double WestDeg = double.PositiveInfinity, EastDeg = double.NegativeInfinity;

        public void Add(in GeoPoint point, double originDeg)
        {
            double eastDeg = Wgs84.WrapDeg(point.LongitudeDeg - originDeg);
            SouthDeg = Math.Min(SouthDeg, point.LatitudeDeg);
            NorthDeg = Math.Max(NorthDeg, point.LatitudeDeg);
            WestDeg = Math.Min(WestDeg, eastDeg);
            EastDeg = Math.Max(EastDeg, eastDeg);
        }
    }
}
