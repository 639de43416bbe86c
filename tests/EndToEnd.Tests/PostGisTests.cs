using System.Globalization;
using Npgsql;
using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.EndToEnd.Tests;

/// <summary>The geofence index answers as PostGIS does.</summary>
public sealed class PostGisTests
{
    private const int Fences = 1000;
    private const int Points = 20_000;
    private const double WestDeg = 16.1, SouthDeg = 48.0, SpanDeg = 0.5;

    [Fact]
    public async Task Polygons_with_holes_contain_the_points_that_postgis_says()
    {
        var random = new Random(48);
        Geofence[] fences = [.. Enumerable.Range(1, Fences).Select(key => FenceOf(key, random))];
        GeoPoint[] points = [.. Enumerable.Range(0, Points).Select(_ => new GeoPoint(
            SouthDeg + random.NextDouble() * SpanDeg, WestDeg + random.NextDouble() * SpanDeg).Quantised())];
        var index = new GeofenceIndex();
        foreach (Geofence fence in fences) index.Put(fence);

        await using PostGis server = await PostGis.StartAsync();
        HashSet<(int, int)> expected = await ContainedAsync(server.Source, fences, points);

        var found = new HashSet<(int, int)>();
        var holding = new List<Geofence>();
        for (int point = 0; point < points.Length; point++)
        {
            holding.Clear();
            index.Containing(points[point], holding);
            foreach (Geofence fence in holding) found.Add((fence.Key, point));
        }
        Assert.True(expected.Count > Points, $"only {expected.Count} pairs: the sample proves little");
        Assert.Equal(expected.Order(), found.Order());
    }

    private static Geofence FenceOf(int key, Random random)
    {
        var center = new GeoPoint(SouthDeg + random.NextDouble() * SpanDeg, WestDeg + random.NextDouble() * SpanDeg);
        double radiusDeg = 0.002 + random.NextDouble() * 0.03;
        IReadOnlyList<GeoPoint> outer = Star(center, radiusDeg, random, vertices: 5 + random.Next(40));
        IReadOnlyList<IReadOnlyList<GeoPoint>> holes = random.Next(3) == 0 ? [Star(center, radiusDeg * 0.3, random, vertices: 7)] : [];
        return new Geofence { Key = key, Id = $"f{key}", Name = $"F {key}", Shape = new PolygonShape([new PolygonRings(outer, holes)]) };
    }

    /// <summary>A ring around a centre whose radius wanders between half and all of the given one.</summary>
    private static GeoPoint[] Star(GeoPoint center, double radiusDeg, Random random, int vertices) =>
        [.. Enumerable.Range(0, vertices).Select(vertex =>
        {
            double angle = 2 * Math.PI * vertex / vertices, radius = radiusDeg * (0.5 + 0.5 * random.NextDouble());
            return new GeoPoint(center.LatitudeDeg + radius * Math.Sin(angle), center.LongitudeDeg + 1.5 * radius * Math.Cos(angle)).Quantised();
        })];

    private static async Task<HashSet<(int, int)>> ContainedAsync(NpgsqlDataSource source, Geofence[] fences, GeoPoint[] points)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await using (NpgsqlCommand fill = connection.CreateCommand())
        {
            fill.CommandText = """
                CREATE TEMP TABLE fence AS SELECT key, ST_GeomFromText(area) AS area FROM unnest($1, $2) AS f (key, area);
                """;
            fill.Parameters.AddWithValue(fences.Select(fence => fence.Key).ToArray());
            fill.Parameters.AddWithValue(fences.Select(TextOf).ToArray());
            await fill.ExecuteNonQueryAsync();
        }
        await using (var index = new NpgsqlCommand("CREATE INDEX ON fence USING gist (area)", connection)) await index.ExecuteNonQueryAsync();
        await using NpgsqlCommand ask = connection.CreateCommand();
        ask.CommandText = """
            SELECT fence.key, p.n::int - 1 FROM unnest($1, $2) WITH ORDINALITY AS p (lon, lat, n)
            JOIN fence ON ST_Contains(fence.area, ST_MakePoint(p.lon, p.lat))
            """;
        ask.Parameters.AddWithValue(points.Select(point => point.LongitudeDeg).ToArray());
        ask.Parameters.AddWithValue(points.Select(point => point.LatitudeDeg).ToArray());
        var contained = new HashSet<(int, int)>();
        await using NpgsqlDataReader rows = await ask.ExecuteReaderAsync();
        while (await rows.ReadAsync()) contained.Add((rows.GetInt32(0), rows.GetInt32(1)));
        return contained;
    }

    private static string TextOf(Geofence fence)
    {
        PolygonRings rings = ((PolygonShape)fence.Shape).Polygons[0];
        return $"POLYGON({string.Join(", ", rings.Holes.Prepend(rings.Outer).Select(RingText))})";
    }

    private static string RingText(IReadOnlyList<GeoPoint> ring) =>
        $"({string.Join(", ", ring.Append(ring[0]).Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.LongitudeDeg:R} {point.LatitudeDeg:R}")))})";
}
