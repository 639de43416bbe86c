using Tracking.Contracts;

namespace Tracking.Tracker.Tests;

public class GeoShapesTests
{
    private static readonly GeoPoint A = new(48, 16), B = new(48.1, 16), C = new(48, 16.1);

    private static PolygonShape Ring(params GeoPoint[] points) => new([new PolygonRings(points, [])]);

    [Fact]
    public void Sound_shapes_pass()
    {
        Assert.Null(GeoShapes.Validate(new CircleShape(A, 100)));
        Assert.Null(GeoShapes.Validate(new CorridorShape([A, B], 100)));
        Assert.Null(GeoShapes.Validate(Ring(A, B, C)));
        Assert.Null(GeoShapes.Validate(Ring(A, C, B, new(48.1, 16.1))));
        Assert.Null(GeoShapes.Validate(new WeeklySchedule("Asia/Shanghai", [])));
    }

    [Fact]
    public void Faults_name_the_field()
    {
        GeoPoint bad = new(91, 0), none = new(double.NaN, 0);
        (GeoShape Shape, string Field)[] faults =
        [
            (new CircleShape(bad, 100), "geometry.coordinates"), (new CircleShape(none, 100), "geometry.coordinates"),
            (new CircleShape(A, 0), "radiusM"), (new CircleShape(A, double.NaN), "radiusM"), (new CircleShape(A, 1e9), "radiusM"),
            (new CorridorShape([A], 10), "geometry.coordinates"), (new CorridorShape([A, bad], 10), "geometry.coordinates[1]"),
            (new CorridorShape([A, new(89.5, 0)], 10), "geometry.coordinates[1]"),
            (new CorridorShape([A, B], -1), "widthM"), (new CorridorShape([A, B], double.PositiveInfinity), "widthM"),
            (new PolygonShape([]), "geometry.coordinates"), (Ring(A, B), "geometry.coordinates[0]"), (Ring(A, B, A, B), "geometry.coordinates[0]"),
            (Ring(A, B, bad), "geometry.coordinates[0][2]"), (Ring(A, C, new(48, 17)), "geometry.coordinates[0]"),
            (new PolygonShape([new([A, B, C], [[A, B]])]), "geometry.coordinates[1]"),
            (new PolygonShape([new([A, B, C], []), new([A, B, none], [])]), "geometry.coordinates[1][0][2]"),
            (Ring(new GeoPoint[GeoShapes.MaxPoints + 1]), "geometry.coordinates"),
        ];
        foreach ((GeoShape shape, string field) in faults) Assert.Equal(field, GeoShapes.Validate(shape)?.Field);
        Assert.Equal("schedule.timeZone", GeoShapes.Validate(new WeeklySchedule("Mars/Olympus", []))?.Field);
    }

    [Fact]
    public void Every_shape_that_passes_can_be_watched()
    {
        var random = new Random(21);
        var index = new GeofenceIndex();
        GeoPoint Any() => random.Next(5) switch
        {
            0 => new(random.Next(-90, 91), random.Next(-180, 181)),
            1 => new(random.Next(2) * 180 - 90, random.Next(2) * 360 - 180),
            2 => new(random.NextDouble() * 1e-7, random.NextDouble() * 1e-7 - 180),
            _ => new(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180),
        };
        int put = 0;
        for (int key = 0; key < 500; key++)
        {
            GeoPoint[] points = [.. Enumerable.Range(0, 2 + random.Next(6)).Select(_ => Any())];
            GeoShape shape = random.Next(3) switch
            {
                0 => new CircleShape(points[0], Math.Pow(10, random.NextDouble() * 8 - 1)),
                1 => new CorridorShape(points, Math.Pow(10, random.NextDouble() * 6 - 1)),
                _ => Ring(points),
            };
            if (GeoShapes.Validate(shape) is not null) continue;
            index.Put(GeofenceIndexTests.Fence(key, shape));
            PreparedFence fence = index.Get(key)!;
            put++;
            for (int i = 0; i < 200; i++)
            {
                GeoPoint point = i < points.Length ? points[i] : Any();
                bool inside = fence.Contains(point);
                Assert.Equal(inside, GeofenceIndexTests.Find(index, point).Contains(key));
                Assert.False(double.IsNaN(fence.SignedDistanceM(point)));
            }
            Assert.InRange(fence.BandM, 20, 50);
        }
        Assert.True(put > 300, $"{put}");
    }
}
