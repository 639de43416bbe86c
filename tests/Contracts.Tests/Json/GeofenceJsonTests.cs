using System.Text;
using System.Text.Json;

namespace Tracking.Contracts.Tests.Json;

public class GeofenceJsonTests
{
    private const string Depot = """
        {"type":"Feature","geometry":{"type":"Point","coordinates":[16.37,48.21,151.0]},"properties":{"id":"depot","name":"Depot Nord",
        "purpose":"workArea","class":" A ","radiusM":120.5,"groups":["/north/vienna/"],"reps":["anna"],"dwellS":300,"speedLimitMps":13.9,
        "schedule":{"timeZone":"Europe/Vienna","windows":[{"day":"monday","begin":"08:00","end":"17:00"},{"day":"Monday","begin":"22:00","end":"06:00"}]}}}
        """;

    [Fact]
    public void A_circle_is_read_with_everything_that_belongs_to_it()
    {
        Geofence fence = Read(Depot);
        Assert.Equal("depot", fence.Id);
        Assert.Equal("Depot Nord", fence.Name);
        Assert.Equal((GeofencePurpose.WorkArea, "A"), (fence.Purpose, fence.Class));
        Assert.Equal(new CircleShape(new GeoPoint(48.21, 16.37), 120.5), fence.Shape);
        Assert.Equal(["north/vienna"], fence.Groups);
        Assert.Equal(["anna"], fence.Reps);
        Assert.Equal(300, fence.DwellS);
        Assert.Equal(13.9, fence.SpeedLimitMps);
        Assert.Equal("Europe/Vienna", fence.Schedule!.TimeZone);
        Assert.Equal(new WeeklyWindow(DayOfWeek.Monday, new TimeOnly(22, 0), new TimeOnly(6, 0)), fence.Schedule.Windows[1]);
    }

    [Theory]
    [InlineData(Depot)]
    [InlineData("""{"type":"Feature","id":7,"geometry":{"type":"LineString","coordinates":[[179.9,1],[-179.9,1.5]]},"properties":{"widthM":40}}""")]
    [InlineData("""{"type":"Feature","id":"p","geometry":{"type":"Polygon","coordinates":[[[0,0],[3,0],[3,3]],[[1,0.5],[2,0.5],[2,1],[1,0.5]]]},"properties":null}""")]
    [InlineData("""{"type":"Feature","id":"m","geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[3,0],[3,3],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]},"properties":{"name":"客户"}}""")]
    public void What_is_written_reads_back_the_same(string json)
    {
        string once = Write(Read(json));
        Assert.Equal(once, Write(Read(once)));
    }

    [Fact]
    public void A_ring_may_be_open_or_closed()
    {
        const string open = """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[3,0],[3,3]]]},"properties":{}}""";
        const string closed = """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[3,0],[3,3],[3,3],[0,0]]]},"properties":{}}""";
        Assert.Equal(Write(Read(open)), Write(Read(closed)));
        Assert.Equal(3, Assert.IsType<PolygonShape>(Read(closed).Shape).Polygons[0].Outer.Count);
    }

    [Theory]
    [InlineData("geometry", """{"type":"Feature","properties":{}}""", null)]
    [InlineData("type", """{"type":"Thing","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5}}""", "Thing")]
    [InlineData("geometry.type", """{"type":"Feature","geometry":{"type":"GeometryCollection"},"properties":{}}""", "GeometryCollection")]
    [InlineData("geometry.coordinates[1]", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,95]},"properties":{"radiusM":5}}""", "95")]
    [InlineData("geometry.coordinates[0]", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1e999,5]},"properties":{"radiusM":5}}""", "1e999")]
    [InlineData("geometry.coordinates[0][2][0]", """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],["x",1]]]},"properties":{}}""", "x")]
    [InlineData("geometry.coordinates[0]", """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]},"properties":{}}""", "array of 3")]
    [InlineData("geometry.coordinates", """{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],[0,0]]},"properties":{"widthM":5}}""", "array of 2")]
    [InlineData("properties.radiusM", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}""", null)]
    [InlineData("properties.radiusM", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":500001}}""", "500001")]
    [InlineData("properties.radiusM", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":"NaN"}}""", "NaN")]
    [InlineData("properties.dwellS", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"dwellS":-1}}""", "-1")]
    [InlineData("properties.purpose", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"purpose":"fun"}}""", "fun")]
    [InlineData("properties.class", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"class":""}}""", "")]
    [InlineData("properties.id", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"id":""}}""", "")]
    [InlineData("properties.reps[1]", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"reps":["a",3]}}""", "3")]
    [InlineData("properties.schedule.timeZone", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"schedule":{"timeZone":"Mars/Base","windows":[]}}}""", "Mars/Base")]
    [InlineData("properties.schedule.windows[0].begin", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"schedule":{"timeZone":"UTC","windows":[{"day":"monday","begin":"25:00","end":"17:00"}]}}}""", "25:00")]
    [InlineData("properties.schedule.windows[1]", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"schedule":{"timeZone":"UTC","windows":[{"day":"sunday","begin":"22:00","end":"06:00"},{"day":"monday","begin":"05:00","end":"07:00"}]}}}""", "object")]
    [InlineData("properties.name", """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"radiusM":5,"name":"\ud800"}}""", "(invalid text)")]
    public void An_error_names_the_field_and_the_value(string field, string json, string? value)
    {
        Assert.False(GeofenceJson.TryRead(Encoding.UTF8.GetBytes(json), out Geofence? fence, out IReadOnlyList<FieldError> errors));
        Assert.Null(fence);
        FieldError error = Assert.Single(errors);
        Assert.Equal((field, value), (error.Field, error.Value));
    }

    [Fact]
    public void A_collection_is_read_whole_or_not_at_all()
    {
        string good = $$"""{"type":"FeatureCollection","features":[{{Depot}},{{Depot.Replace("\"depot\"", "\"other\"", StringComparison.Ordinal)}}]}""";
        Assert.True(GeofenceJson.TryReadAll(Encoding.UTF8.GetBytes(good), out IReadOnlyList<Geofence> fences, out _));
        Assert.Equal(["depot", "other"], fences.Select(f => f.Id));
        string bad = $$"""{"type":"FeatureCollection","features":[{{Depot}},{"type":"Feature"},{{Depot}}]}""";
        Assert.False(GeofenceJson.TryReadAll(Encoding.UTF8.GetBytes(bad), out fences, out IReadOnlyList<FieldError> errors));
        Assert.Empty(fences);
        Assert.Equal(["features[1].geometry", "features[2].properties.id"], errors.Select(e => e.Field));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("""{"type":"Feature","a":NaN}""")]
    [InlineData("""{"type":"Feature","\ud800":1,"geometry":null,"properties":{"\ud800":1}}""")]
    [InlineData("null")]
    [InlineData("""{"type":"FeatureCollection","features":[1,null,"x",[]]}""")]
    [InlineData("""{"type":{"type":"FeatureCollection"},"geometry":[],"properties":[]}""")]
    public void Rubbish_gives_errors_and_never_an_exception(string json)
    {
        Assert.False(GeofenceJson.TryReadAll(Encoding.UTF8.GetBytes(json), out _, out IReadOnlyList<FieldError> errors));
        Assert.NotEmpty(errors);
        Assert.False(GeofenceJson.TryRead(Encoding.UTF8.GetBytes(json), out _, out errors));
        Assert.NotEmpty(errors);
    }

    [Fact]
    public void Mutated_documents_give_errors_and_never_an_exception()
    {
        byte[] original = Encoding.UTF8.GetBytes(Depot);
        var random = new Random(4711);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. original];
            for (int change = 0; change <= random.Next(4); change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            int length = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
            bool read = GeofenceJson.TryReadAll(bytes.AsMemory(0, length), out IReadOnlyList<Geofence> fences, out IReadOnlyList<FieldError> errors);
            Assert.Equal(read, errors.Count == 0);
            if (read) Assert.Equal(Write(fences[0]), Write(Read(Write(fences[0]))));
        }
    }

    [Fact]
    public void A_document_with_too_many_positions_is_refused_and_the_largest_allowed_is_read()
    {
        Assert.True(GeofenceJson.TryRead(Ring(GeofenceJson.MaxVertices), out Geofence? largest, out _));
        Assert.Equal(Write(largest), Write(Read(Write(largest))));
        Assert.False(GeofenceJson.TryRead(Ring(GeofenceJson.MaxVertices + 1), out _, out IReadOnlyList<FieldError> errors));
        Assert.Equal("geometry.coordinates[0]", errors[0].Field);
    }

    [Fact]
    public void A_geofence_change_survives_the_journal()
    {
        Geofence fence = Read(Depot) with { Key = 12, Version = 4 };
        byte[] bytes = GeofenceChangeJsonConverter.ToUtf8(new GeofenceChange(12, fence, new Instant(1_795_334_400_123)));
        Assert.True(GeofenceChangeJsonConverter.TryRead(bytes, out GeofenceChange? change));
        Assert.Equal((12, 12, 4L, 1_795_334_400_123), (change.Key, change.Geofence!.Key, change.Geofence.Version, change.At.EpochMs));
        Assert.Equal(Write(fence), Write(change.Geofence));

        byte[] deleted = GeofenceChangeJsonConverter.ToUtf8(new GeofenceChange(12, null, new Instant(5)));
        Assert.True(GeofenceChangeJsonConverter.TryRead(deleted, out change));
        Assert.Null(change.Geofence);
        Assert.False(GeofenceChangeJsonConverter.TryRead("{\"key\":\"x\"}"u8, out _));
        Assert.False(GeofenceChangeJsonConverter.TryRead("nonsense"u8, out _));
    }

    private static byte[] Ring(int positions)
    {
        IEnumerable<string> all = Enumerable.Range(0, positions).Select(i => FormattableString.Invariant(
            $"[{Math.Cos(i * Math.Tau / positions):F9},{Math.Sin(i * Math.Tau / positions):F9}]"));
        return Encoding.UTF8.GetBytes("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[" + string.Join(',', all) + "]]},\"properties\":{}}");
    }

    private static Geofence Read(string json)
    {
        bool read = GeofenceJson.TryRead(Encoding.UTF8.GetBytes(json), out Geofence? fence, out IReadOnlyList<FieldError> errors);
        Assert.True(read, string.Join("; ", errors));
        return fence!;
    }

    private static string Write(Geofence fence)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) GeofenceJson.Write(writer, fence);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
