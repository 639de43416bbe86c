using FsCheck;
using FsCheck.Fluent;
using NetTopologySuite.Algorithm.Locate;
using NetTopologySuite.Geometries;
using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class GeofenceIndexTests
{
    [Fact]
    public void Polygons_with_holes_agree_with_NetTopologySuite_on_a_million_points()
    {
        var random = new System.Random(11);
        var index = new GeofenceIndex();
        var located = new List<(int Key, FenceBox Box, IndexedPointInAreaLocator Locator)>();
        for (int key = 0; key < 40; key++)
        {
            (PolygonShape shape, Geometry geometry) = RandomPolygon(random, new(48.2, 16.37), Math.Pow(10, 2 + random.NextDouble() * 1.8));
            index.Put(Fence(key, shape));
            located.Add((key, index.Get(key)!.Box, new IndexedPointInAreaLocator(geometry)));
        }
        int inside = 0;
        Span<int> slots = stackalloc int[64];
        var wanted = new HashSet<int>();
        for (int i = 0; i < 1_000_000; i++)
        {
            GeoPoint point = new GeoPoint(48.1 + random.NextDouble() * 0.2, 16.2 + random.NextDouble() * 0.3).Quantised();
            int found = Find(index, point, slots, out _);
            wanted.Clear();
            foreach ((int key, FenceBox box, IndexedPointInAreaLocator locator) in located)
            {
                if (box.Holds(point) && locator.Locate(new Coordinate(point.LongitudeDeg, point.LatitudeDeg)) == Location.Interior) wanted.Add(key);
            }
            bool equal = found == wanted.Count;
            for (int j = 0; equal && j < found; j++) equal = wanted.Contains(index.At(slots[j]).Key);
            Assert.True(equal, $"{point}");
            inside += found;
        }
        Assert.True(inside > 100_000, $"{inside}");
    }

    [Fact]
    public void A_polygon_over_the_antimeridian_agrees_with_its_two_halves()
    {
        var random = new System.Random(12);
        GeoPoint[] ring = [new(-18.5, 179.2), new(-17.9, -179.6), new(-16.2, -179.1), new(-16.4, 179.9), new(-15.9, 179.3)];
        var index = new GeofenceIndex();
        index.Put(Watched.Polygon(1, ring));
        Polygon lifted = new(new LinearRing([.. ring.Append(ring[0]).Select(static p =>
            new Coordinate(p.LongitudeDeg < 0 ? p.LongitudeDeg + 360 : p.LongitudeDeg, p.LatitudeDeg))]));
        int inside = 0;
        for (int i = 0; i < 100_000; i++)
        {
            double x = 178.5 + random.NextDouble() * 3;
            GeoPoint point = new GeoPoint(-19 + random.NextDouble() * 4, x > 180 ? x - 360 : x).Quantised();
            bool wanted = lifted.Contains(new Point(point.LongitudeDeg < 0 ? point.LongitudeDeg + 360 : point.LongitudeDeg, point.LatitudeDeg));
            Assert.Equal(wanted, Find(index, point).Count == 1);
            inside += wanted ? 1 : 0;
        }
        Assert.InRange(inside, 10_000, 90_000);
        Assert.Equal(Find(index, new(-17, 180)), Find(index, new(-17, -180)));
    }

    [Theory]
    [InlineData(48.2, 16.37)]
    [InlineData(-16.5, 179.99)]
    [InlineData(71, -179.97)]
    [InlineData(84, 25)]
    [InlineData(-88.5, 100)]
    public void Circles_are_what_is_not_farther_than_the_radius(double latitude, double longitude)
    {
        var random = new System.Random(13);
        var index = new GeofenceIndex();
        var circles = new List<CircleShape>();
        for (int key = 0; key < 60; key++)
        {
            GeoPoint center = Geodesy.Destination(new(latitude, longitude), random.NextDouble() * 360, random.NextDouble() * 20_000);
            circles.Add(new CircleShape(center, Math.Pow(10, 1 + random.NextDouble() * 3.7)));
            index.Put(Fence(key, circles[key]));
        }
        int inside = 0;
        for (int i = 0; i < 20_000; i++)
        {
            CircleShape near = circles[random.Next(circles.Count)];
            GeoPoint point = Geodesy.Destination(near.Center, random.NextDouble() * 360, near.RadiusM * 2 * random.NextDouble()).Quantised();
            List<int> wanted = [.. Enumerable.Range(0, circles.Count).Where(k => Geodesy.DistanceM(circles[k].Center, point) <= circles[k].RadiusM)];
            Assert.Equal(wanted, Find(index, point));
            inside += wanted.Count;
        }
        Assert.True(inside > 10_000);
    }

    [Theory]
    [InlineData(48.2, 16.37)]
    [InlineData(-16.5, 179.99)]
    [InlineData(80, -179.9)]
    public void Corridors_are_what_is_near_the_line(double latitude, double longitude)
    {
        var random = new System.Random(14);
        var index = new GeofenceIndex();
        var corridors = new List<CorridorShape>();
        for (int key = 0; key < 40; key++)
        {
            GeoPoint at = Geodesy.Destination(new(latitude, longitude), random.NextDouble() * 360, random.NextDouble() * 10_000);
            var line = new List<GeoPoint> { at };
            for (int i = 0; i < 12; i++) line.Add(at = Geodesy.Destination(at, random.NextDouble() * 360, 100 + random.NextDouble() * 3000));
            corridors.Add(new CorridorShape(line, 20 + random.NextDouble() * 600));
            index.Put(Fence(key, corridors[key]));
        }
        int inside = 0;
        for (int i = 0; i < 5_000; i++)
        {
            CorridorShape near = corridors[random.Next(corridors.Count)];
            GeoPoint point = Geodesy.Destination(near.Line[random.Next(near.Line.Count)], random.NextDouble() * 360, near.WidthM * random.NextDouble() * 2);
            List<int> found = Find(index, point);
            for (int key = 0; key < corridors.Count; key++)
            {
                double away = AwayM(corridors[key].Line, point), half = corridors[key].WidthM / 2;
                if (Math.Abs(away - half) > half * 1e-3 + 0.01) Assert.Equal(away < half, found.Contains(key));
            }
            inside += found.Count;
        }
        Assert.True(inside > 3_000, $"{inside}");
    }

    [Fact]
    public void Putting_and_removing_leaves_what_a_fresh_index_holds()
    {
        Gen<(int Key, int Kind, int Seed)> step =
            from key in Gen.Choose(0, 30)
            from kind in Gen.Choose(0, 4)
            from seed in Gen.Choose(0, 100_000)
            select (key, kind, seed);
        Gen<(int Key, int Kind, int Seed)[]> steps = step.ArrayOf();
        Prop.ForAll(steps.ToArbitrary(), sequence =>
        {
            var lived = new GeofenceIndex();
            var left = new Dictionary<int, Geofence>();
            foreach ((int key, int kind, int seed) in sequence)
            {
                if (kind == 4)
                {
                    Assert.Equal(left.Remove(key), lived.Remove(key));
                    continue;
                }
                left[key] = RandomFence(key, kind, seed);
                lived.Put(left[key]);
            }
            var fresh = new GeofenceIndex();
            foreach (Geofence fence in left.Values) fresh.Put(fence);
            Assert.Equal(fresh.Count, lived.Count);
            Assert.Equal(fresh.Size.Cells, lived.Size.Cells);
            var random = new System.Random(15);
            for (int i = 0; i < 300; i++)
            {
                GeoPoint point = Geodesy.Destination(new(48.2, 179.99), random.NextDouble() * 360, random.NextDouble() * 6000).Quantised();
                List<int> found = Find(lived, point);
                Assert.Equal(Find(fresh, point), found);
                Assert.Equal(left.Values.Where(f => PreparedFence.Of(f).Contains(point)).Select(static f => f.Key).Order(), found);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void A_clean_cell_gives_one_answer_everywhere()
    {
        var random = new System.Random(16);
        var index = new GeofenceIndex();
        for (int key = 0; key < 12; key++) index.Put(RandomFence(key, key % 4 == 1 ? 0 : key % 4, key));
        int clean = 0;
        Span<int> slots = stackalloc int[64];
        for (int i = 0; i < 5000; i++)
        {
            GeoPoint a = Geodesy.Destination(new(48.2, 179.99), random.NextDouble() * 360, random.NextDouble() * 6000).Quantised();
            Find(index, a, slots, out bool isClean);
            if (!isClean) continue;
            for (int j = 0; j < 20; j++)
            {
                GeoPoint b = Geodesy.Destination(a, random.NextDouble() * 360, random.NextDouble() * 150).Quantised();
                if (GeofenceIndex.CellOf(a) != GeofenceIndex.CellOf(b)) continue;
                Assert.Equal(Find(index, a), Find(index, b));
                clean++;
            }
        }
        Assert.True(clean > 5000, $"{clean}");
    }

    [Fact]
    public void A_way_finds_every_fence_that_it_passes()
    {
        var random = new System.Random(17);
        var index = new GeofenceIndex();
        for (int key = 0; key < 100; key++) index.Put(RandomFence(key, key % 4, key));
        int passed = 0;
        Span<int> slots = stackalloc int[256];
        for (int i = 0; i < 3000; i++)
        {
            GeoPoint a = Geodesy.Destination(new(48.2, 179.99), random.NextDouble() * 360, random.NextDouble() * 8000);
            GeoPoint b = Geodesy.Destination(a, i % 10 == 0 ? 90 : random.NextDouble() * 360, 30 + random.NextDouble() * 4000);
            if (i % 10 == 0) b = new(a.LatitudeDeg, b.LongitudeDeg);
            int found = index.FindAlong(a, b, slots);
            int[] keys = [.. slots[..found].ToArray().Select(s => index.At(s).Key)];
            for (int key = 0; key < 100; key++)
            {
                PreparedFence fence = index.Get(key)!;
                if (fence.Contains(a) || fence.Contains(b) || !fence.Passes(a, b, out double first, out double last)) continue;
                passed++;
                Assert.Contains(key, keys);
                Assert.InRange(first, 0, last);
                Assert.True(last <= 1);
                Assert.InRange(Math.Abs(fence.SignedDistanceM(PreparedFence.OnSegment(a, b, first))), 0, 0.5);
                Assert.InRange(Math.Abs(fence.SignedDistanceM(PreparedFence.OnSegment(a, b, last))), 0, 0.5);
            }
        }
        Assert.True(passed > 300, $"{passed}");
    }

    [Fact]
    public void A_ring_round_the_pole_holds_the_pole()
    {
        var index = new GeofenceIndex();
        index.Put(Watched.Polygon(1, [.. Enumerable.Range(0, 12).Select(static i => new GeoPoint(70 + i % 3, -180 + i * 30))]));
        index.Put(Watched.Polygon(2, [.. Enumerable.Range(0, 12).Select(static i => new GeoPoint(-75, 170 - i * 30))]));
        Assert.Equal([1], Find(index, new(90, 0)));
        Assert.Equal([1], Find(index, new(89.9, 123)));
        Assert.Equal([1], Find(index, new(75, -180)));
        Assert.Equal([1], Find(index, new(75, 179.99)));
        Assert.Equal([2], Find(index, new(-89, 12)));
        Assert.Empty(Find(index, new(60, 12)));
        Assert.Empty(Find(index, new(-74, -12)));
    }

    [Fact]
    public void Self_intersections_overlaps_and_flat_rings_count_even_odd()
    {
        var index = new GeofenceIndex();
        index.Put(Watched.Polygon(1, new(0, 0), new(1, 1), new(1, 0), new(0, 1)));
        index.Put(Fence(2, new PolygonShape([Square(10, 10, 1), Square(10.5, 10.5, 1)])));
        index.Put(Watched.Polygon(3, new(20, 20), new(20, 21), new(20, 20.5)));
        Assert.Equal([1], Find(index, new(0.2, 0.5)));
        Assert.Equal([1], Find(index, new(0.8, 0.5)));
        Assert.Empty(Find(index, new(0.5, 0.2)));
        Assert.Equal([2], Find(index, new(10.2, 10.2)));
        Assert.Empty(Find(index, new(10.7, 10.7)));
        Assert.Equal([2], Find(index, new(11.2, 11.2)));
        Assert.Empty(Find(index, new(20.0001, 20.5)));
    }

    [Fact]
    public void A_polygon_of_ten_thousand_points_answers_exactly()
    {
        var random = new System.Random(18);
        (PolygonShape shape, Geometry geometry) = RandomPolygon(random, new(48.2, 16.4), 20_000, 10_000);
        var index = new GeofenceIndex();
        index.Put(Fence(1, shape));
        var locator = new IndexedPointInAreaLocator(geometry);
        for (int i = 0; i < 100_000; i++)
        {
            GeoPoint point = new GeoPoint(48 + random.NextDouble() * 0.4, 16.1 + random.NextDouble() * 0.6).Quantised();
            Assert.Equal(locator.Locate(new(point.LongitudeDeg, point.LatitudeDeg)) == Location.Interior, Find(index, point).Count == 1);
        }
    }

    [Fact]
    public void Distances_to_a_boundary_agree_with_a_search_over_all_edges()
    {
        var random = new System.Random(19);
        for (int round = 0; round < 40; round++)
        {
            (PolygonShape shape, _) = RandomPolygon(random, new(48.2, 16.4), 2_000, 5 + random.Next(200));
            var fence = PreparedFence.Of(Fence(1, shape));
            for (int i = 0; i < 50; i++)
            {
                GeoPoint point = Geodesy.Destination(new(48.2, 16.4), random.NextDouble() * 360, random.NextDouble() * 3000);
                double wanted = shape.Polygons[0].Holes.Append(shape.Polygons[0].Outer).Min(r => AwayM([.. r, r[0]], point));
                Assert.Equal(wanted, Math.Abs(fence.SignedDistanceM(point)), 1e-6 * wanted + 1e-3);
                Assert.Equal(fence.Contains(point), fence.SignedDistanceM(point) <= 0);
            }
        }
    }

    [Fact]
    public void The_band_is_a_tenth_of_the_inradius_within_20_and_50_m()
    {
        GeoPoint at = new(48.2, 16.4);
        Assert.Equal(20, PreparedFence.Of(Watched.Circle(1, at, 100)).BandM);
        Assert.Equal(30, PreparedFence.Of(Watched.Circle(1, at, 300)).BandM);
        Assert.Equal(50, PreparedFence.Of(Watched.Circle(1, at, 3000)).BandM);
        Assert.Equal(20, PreparedFence.Of(Watched.Corridor(1, 100, at, new(48.3, 16.4))).BandM);
        GeoPoint[] ring = [.. Enumerable.Range(0, 24).Select(i => Geodesy.Destination(at, i * 15, 400))];
        Assert.Equal(40, PreparedFence.Of(Watched.Polygon(1, ring)).BandM, 2.5);
        GeoPoint[] sliver = [at, new(48.2, 16.5), new(48.2005, 16.5), new(48.2005, 16.4)];
        Assert.Equal(20, PreparedFence.Of(Watched.Polygon(1, sliver)).BandM);
    }

    private static PolygonRings Square(double south, double west, double size) =>
        new([new(south, west), new(south, west + size), new(south + size, west + size), new(south + size, west)], []);

    internal static List<int> Find(GeofenceIndex index, GeoPoint point)
    {
        int[] slots = new int[1000];
        int found = Find(index, point, slots, out _);
        return [.. slots[..found].Select(s => index.At(s).Key).Order()];
    }

    private static int Find(GeofenceIndex index, GeoPoint point, Span<int> slots, out bool isClean)
    {
        int near = index.Gather(point, slots), found = 0;
        isClean = true;
        foreach (int item in slots[..near])
        {
            isClean &= GeofenceIndex.IsWhole(item);
            if (index.Holds(item, point)) slots[found++] = GeofenceIndex.SlotOf(item);
        }
        return found;
    }

    internal static Geofence Fence(int key, GeoShape shape) => new() { Key = key, Id = $"f{key}", Name = "", Shape = shape };

    private static Geofence RandomFence(int key, int kind, int seed)
    {
        var random = new System.Random(seed);
        GeoPoint at = Geodesy.Destination(new(48.2, 179.99), random.NextDouble() * 360, random.NextDouble() * 5000);
        double size = Math.Pow(10, 1 + random.NextDouble() * 2.7);
        return Fence(key, kind switch
        {
            0 => new CircleShape(at, size),
            1 => new CorridorShape([at, Geodesy.Destination(at, random.NextDouble() * 360, size * 10)], size),
            2 => RandomPolygon(random, at, size).Shape,
            _ => new PolygonShape([RandomPolygon(random, at, size).Shape.Polygons[0],
                RandomPolygon(random, Geodesy.Destination(at, 90, size * 3), size).Shape.Polygons[0]]),
        });
    }

    private static (PolygonShape Shape, Geometry Geometry) RandomPolygon(System.Random random, GeoPoint center, double sizeM, int corners = 0)
    {
        if (corners == 0) corners = 3 + random.Next(40);
        if (corners < 1000) center = Geodesy.Destination(center, random.NextDouble() * 360, random.NextDouble() * 8000);
        GeoPoint[] outer = Star(random, center, sizeM, 0.5, corners);
        IReadOnlyList<GeoPoint>[] holes = random.Next(2) == 0 ? [] : [Star(random, center, sizeM * 0.3, 0.2, 3 + random.Next(10))];
        LinearRing Ring(IReadOnlyList<GeoPoint> ring) => new([.. ring.Append(ring[0]).Select(static p => new Coordinate(p.LongitudeDeg, p.LatitudeDeg))]);
        return (new PolygonShape([new PolygonRings(outer, holes)]), new Polygon(Ring(outer), [.. holes.Select(Ring)]));
    }

    private static GeoPoint[] Star(System.Random random, GeoPoint center, double sizeM, double least, int corners) =>
        [.. Enumerable.Range(0, corners).Select(i => Geodesy.Destination(center, i * 360.0 / corners, sizeM * (least + (1 - least) * random.NextDouble())))];

    private static double AwayM(IReadOnlyList<GeoPoint> line, GeoPoint point)
    {
        LocalFrame frame = new(point);
        double best = double.PositiveInfinity;
        for (int i = 0; i + 1 < line.Count; i++)
        {
            (double ax, double ay) = frame.ToMetres(line[i]);
            (double bx, double by) = frame.ToMetres(line[i + 1]);
            double dx = bx - ax, dy = by - ay, t = Math.Clamp(-(ax * dx + ay * dy) / (dx * dx + dy * dy), 0, 1);
            best = Math.Min(best, Math.Sqrt((ax + t * dx) * (ax + t * dx) + (ay + t * dy) * (ay + t * dy)));
        }
        return best;
    }
}
