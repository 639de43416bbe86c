using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Tests;

public class GeofenceTests
{
    private static string Circle(string? id, double radiusM = 250, string more = "") =>
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[16.3792,48.1977]},"properties":{"""
        + (id is null ? "" : $"\"id\":\"{id}\",")
        + string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"name\":\"Fence {id}\",\"radiusM\":{radiusM}{more}")
        + "}}";

    [Fact]
    public async Task A_geofence_is_created_read_changed_and_deleted_by_version()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient client = server.Client(Role.Dispatcher);
        (int status, JsonElement created, HttpResponseHeaders headers) = await client.SendAsync(HttpMethod.Post, "/v1/geofences", Circle("f 1"));
        Assert.Equal(201, status);
        Assert.Equal("/v1/geofences/f%201", headers.Location?.OriginalString);
        Assert.Equal("\"1\"", headers.ETag?.Tag);
        Assert.Equal(250, created.GetProperty("properties").GetProperty("radiusM").GetDouble());
        Assert.Equal(409, await client.StatusAsync(HttpMethod.Post, "/v1/geofences", Circle("f 1")));
        (status, _, headers) = await client.SendAsync(HttpMethod.Put, "/v1/geofences/f%201", Circle(null, 300), ("If-Match", "\"1\""));
        Assert.Equal((200, "\"2\""), (status, headers.ETag?.Tag));
        Assert.Equal(409, (await client.SendAsync(HttpMethod.Put, "/v1/geofences/f%201", Circle(null, 400), ("If-Match", "\"1\""))).Status);
        Assert.Equal(400, (await client.SendAsync(HttpMethod.Put, "/v1/geofences/f%201", Circle(null, 400), ("If-Match", "what"))).Status);
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Put, "/v1/geofences/f%201", Circle("other")));
        Assert.Equal(300, (await client.GetJsonAsync("/v1/geofences/f%201")).GetProperty("properties").GetProperty("radiusM").GetDouble());
        Assert.Equal(304, (await client.SendAsync(HttpMethod.Get, "/v1/geofences/f%201", null, ("If-None-Match", "\"2\""))).Status);
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Put, "/v1/geofences/new", Circle(null)));
        Assert.Equal(409, (await client.SendAsync(HttpMethod.Put, "/v1/geofences/new", Circle(null), ("If-None-Match", "*"))).Status);
        Assert.Equal(409, (await client.SendAsync(HttpMethod.Put, "/v1/geofences/none", Circle(null), ("If-Match", "*"))).Status);
        Assert.Equal(409, (await client.SendAsync(HttpMethod.Delete, "/v1/geofences/f%201", null, ("If-Match", "\"1\""))).Status);
        Assert.Equal(204, (await client.SendAsync(HttpMethod.Delete, "/v1/geofences/f%201", null, ("If-Match", "\"2\""))).Status);
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Delete, "/v1/geofences/f%201"));
        Assert.Equal(404, await client.StatusAsync(HttpMethod.Get, "/v1/geofences/f%201"));
    }

    [Fact]
    public async Task Every_change_is_in_the_journal_in_the_order_of_the_versions()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient client = server.Client();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.StatusAsync(HttpMethod.Put, "/v1/geofences/f", Circle("f", 100 + i))));
        await client.StatusAsync(HttpMethod.Delete, "/v1/geofences/f");
        List<long?> versions = ReadChanges(server);
        Assert.Equal([.. Enumerable.Range(1, 20).Select(i => (long?)i), null], versions);
    }

    [Fact]
    public async Task Collections_are_taken_whole_or_not_at_all_and_listed_in_pages()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient client = server.Client();
        string Collection(params IEnumerable<string> features) => $$"""{"type":"FeatureCollection","features":[{{string.Join(',', features)}}]}""";
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Post, "/v1/geofences", Collection(Enumerable.Range(10, 25).Select(i => Circle($"f{i}")))));
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Post, "/v1/geofences", Collection(Circle("g1"), Circle("g2", -5))));
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Post, "/v1/geofences", Collection(Circle("g1"), Circle("g1"))));
        Assert.Equal(409, await client.StatusAsync(HttpMethod.Post, "/v1/geofences", Collection(Circle("g1"), Circle("f11"))));
        JsonElement first = await client.GetJsonAsync("/v1/geofences?limit=20");
        Assert.Equal("FeatureCollection", first.GetProperty("type").GetString());
        JsonElement second = await client.GetJsonAsync("/v1/geofences?limit=20&after=" + first.GetProperty("next").GetString());
        Assert.Equal((20, 5), (first.GetProperty("features").GetArrayLength(), second.GetProperty("features").GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(1, (await client.GetJsonAsync("/v1/geofences?q=f33")).GetProperty("features").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"type":"Feature"}""", 422)]
    [InlineData("""[]""", 422)]
    [InlineData("""{"type":"Feature","geometry":{"type":"Point","coordinates":[16,95]},"properties":{"name":"x","radiusM":5}}""", 422)]
    [InlineData("""{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[16,48],[17,48],[18,48],[16,48]]]},"properties":{"name":"flat"}}""", 422)]
    [InlineData("""{"type":"Feature","geometry":{"type":"LineString","coordinates":[[16,89.5],[17,89.5]]},"properties":{"name":"polar","widthM":20}}""", 422)]
    [InlineData("""{"type":"Feature",""", 400)]
    [InlineData("", 400)]
    public async Task What_is_no_geofence_is_refused_with_the_field(string body, int expected)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        (int status, _, _) = await server.Client().SendAsync(HttpMethod.Post, "/v1/geofences", body);
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task A_scope_sees_the_fences_that_concern_it()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("a", "north/vienna");
        HttpClient admin = server.Client();
        foreach ((string id, string more) in new[]
        {
            ("everybody", ""), ("north", ""","groups":["north"]"""), ("graz", ""","groups":["north/graz"]"""), ("south", ""","groups":["south"]"""),
            ("only-a", ""","reps":["a"]"""), ("only-z", ""","reps":["z"]"""),
        })
            Assert.Equal(201, await admin.StatusAsync(HttpMethod.Post, "/v1/geofences", Circle(id, 250, more)));
        async Task<string[]> Seen(string scope) => [.. (await server.Client(Role.Reader, scope).GetJsonAsync("/v1/geofences"))
            .GetProperty("features").EnumerateArray().Select(f => f.GetProperty("id").GetString()!)];
        Assert.Equal(["everybody", "graz", "north", "only-a"], await Seen("group:north"));
        Assert.Equal(["everybody", "north", "only-a"], await Seen("rep:a"));
        Assert.Equal(404, await server.Client(Role.Reader, "rep:a").StatusAsync(HttpMethod.Get, "/v1/geofences/south"));
    }

    [Fact]
    public async Task An_import_takes_thousands_and_reports_what_is_wrong_with_the_others()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        var body = new StringBuilder("""{"type":"FeatureCollection","features":[""");
        for (int i = 0; i < 3000; i++) body.Append(i == 0 ? "" : ",").Append(Circle("f" + i, i % 100 == 7 ? -1 : 50));
        body.Append("]}");
        (int status, JsonElement report, _) = await server.Client(Role.Dispatcher).SendAsync(HttpMethod.Post, "/v1/geofences:import", body.ToString());
        Assert.Equal(200, status);
        Assert.Equal((2970, 2970, 30), (report.GetProperty("accepted").GetInt32(), report.GetProperty("created").GetInt32(), report.GetProperty("rejectedCount").GetInt32()));
        JsonElement rejected = report.GetProperty("rejected")[1];
        Assert.Equal(107, rejected.GetProperty("index").GetInt32());
        Assert.Contains("radiusM", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(2970, server.Registry.Geofences.Count);
        Assert.Equal(2970, ReadChanges(server).Count);
        Assert.Equal(422, await server.Client().StatusAsync(HttpMethod.Post, "/v1/geofences:import", Circle("x")));
    }

    private static List<long?> ReadChanges(LiveMapServer server)
    {
        List<long?> versions = [];
        for (long after = 0; after < server.Journal.DurableSequence;)
        {
            using JournalBlock block = server.Journal.ReadAsync(after, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
            JournalBlock.Enumerator records = block.GetEnumerator();
            while (records.MoveNext())
            {
                Assert.Equal(JournalRecordKind.GeofenceChanged, records.Current.Kind);
                Assert.True(GeofenceChangeJsonConverter.TryRead(records.Current.Payload.Span, out GeofenceChange? change));
                versions.Add(change.Geofence?.Version);
            }
            after = block.LastSequence;
        }
        return versions;
    }
}
