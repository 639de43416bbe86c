using System.Text.Json;
using System.Xml.Linq;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class ReadingTests
{
    private static readonly Instant Morning = Instant.From(new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Reps_are_paged_filtered_and_shown_with_what_is_known()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        for (int i = 10; i < 40; i++) server.AddRep("r" + i, i < 20 ? "north" : "south");
        Rep shown = server.Registry.FindRep("r15")!;
        server.Show(shown, 48.2, 16.37, at: Morning);
        HttpClient client = server.Client();
        JsonElement first = await client.GetJsonAsync("/v1/reps?limit=25");
        JsonElement second = await client.GetJsonAsync("/v1/reps?limit=25&after=" + first.GetProperty("next").GetString());
        Assert.Equal(Enumerable.Range(10, 30).Select(i => "r" + i), first.GetProperty("reps").EnumerateArray()
            .Concat(second.GetProperty("reps").EnumerateArray()).Select(r => r.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal(10, (await client.GetJsonAsync("/v1/reps?group=north")).GetProperty("reps").GetArrayLength());
        Assert.Equal(1, (await client.GetJsonAsync("/v1/reps?status=live")).GetProperty("reps").GetArrayLength());
        Assert.Equal(1, (await client.GetJsonAsync("/v1/reps?q=NAME%20OF%20R33")).GetProperty("reps").GetArrayLength());
        Assert.Equal(422, await client.StatusAsync(HttpMethod.Get, "/v1/reps?status=asleep"));
        JsonElement rep = await client.GetJsonAsync("/v1/reps/r15");
        JsonElement position = rep.GetProperty("position");
        Assert.Equal("2026-03-02T07:00:00.000Z", position.GetProperty("fixedAt").GetString());
        Assert.Equal((48.2, 16.37, 12.5), (position.GetProperty("latitude").GetDouble(), position.GetProperty("longitude").GetDouble(), position.GetProperty("speedMps").GetDouble()));
        Assert.Equal("moving", rep.GetProperty("motion").GetString());
        JsonElement unheard = await client.GetJsonAsync("/v1/reps/r16");
        Assert.False(unheard.TryGetProperty("position", out _));
        Assert.False(unheard.TryGetProperty("batteryPct", out _));
        Assert.Equal("lost", unheard.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_track_comes_in_pages_and_in_every_format()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.Registry.PutRep("r", "<Eva & Co>", "", "Europe/Vienna");
        await server.TrackAsync(rep, 1, Drive(10_000));
        HttpClient client = server.Client();
        const string range = "from=2026-03-02&to=2026-03-04";
        List<string> instants = [];
        string? next = null;
        do
        {
            JsonElement page = await client.GetJsonAsync($"/v1/reps/r/track?{range}&limit=3000" + (next is null ? "" : "&after=" + next));
            instants.AddRange(page.GetProperty("fixes").EnumerateArray().Select(f => f.GetProperty("fixedAt").GetString()!));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);
        Assert.Equal(10_000, instants.Count);
        Assert.Equal(instants.Order(StringComparer.Ordinal), instants);

        async Task<string> Text(string format) => await client.GetStringAsync($"/v1/reps/r/track?{range}&format={format}", TestContext.Current.CancellationToken);
        string[] rows = (await Text("csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10_001, rows.Length);
        Assert.All(rows, row => Assert.Equal(11, row.Split(',').Length));
        JsonElement[] features = [.. JsonElement.Parse(await Text("geojson")).GetProperty("features").EnumerateArray()];
        Assert.Equal(10_000, features.Length);
        Assert.Equal("spike", features[50].GetProperty("properties").GetProperty("outcome").GetString());
        var gpx = XDocument.Parse(await Text("gpx"));
        Assert.Equal(9_900, gpx.Descendants().Count(e => e.Name.LocalName == "trkpt"));
        Assert.Equal("<Eva & Co>", gpx.Descendants().First(e => e.Name.LocalName == "name").Value);
        var kml = XDocument.Parse(await Text("kml"));
        Assert.Equal((9_900, 9_900), (kml.Descendants().Count(e => e.Name.LocalName == "coord"), kml.Descendants().Count(e => e.Name.LocalName == "when")));
    }

    [Fact]
    public async Task A_track_says_nothing_about_what_is_unknown_and_reads_epoch_milliseconds()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("r");
        await server.TrackAsync(rep, 1, new JudgedFix(new Fix { FixedAt = Morning, ReceivedAt = Morning, Position = new(48.2, 16.3), SpeedMps = 3.5f }, FixOutcome.Late));
        HttpClient client = server.Client();
        JsonElement fix = (await client.GetJsonAsync($"/v1/reps/r/track?from={Morning.EpochMs}&to={Morning.EpochMs + 1}")).GetProperty("fixes")[0];
        Assert.Equal(["fixedAt", "receivedAt", "latitude", "longitude", "speedMps", "outcome"], fix.EnumerateObject().Select(p => p.Name));
        Assert.Equal(0, (await client.GetJsonAsync("/v1/reps/r/track")).GetProperty("fixes").GetArrayLength());
        foreach ((string query, int status) in new[] { ("format=shp", 422), ("from=soon", 400), ("from=2026-03-03&to=2026-03-02", 422), ("after=x", 400), ("limit=0", 422) })
            Assert.Equal(status, await client.StatusAsync(HttpMethod.Get, "/v1/reps/r/track?" + query));
    }

    [Fact]
    public async Task A_day_is_derived_in_the_time_zone_of_the_rep()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("r", timeZone: "Asia/Shanghai");
        await server.TrackAsync(rep, 1, Drive(3600, pause: 1200));
        await server.Alerts.AppendAsync([LiveMapServer.MakeAlert("today", "r", at: Morning), LiveMapServer.MakeAlert("tomorrow", "r", at: Morning + TimeSpan.FromHours(10))],
            TestContext.Current.CancellationToken);
        HttpClient client = server.Client();
        Assert.Equal(201, await client.StatusAsync(HttpMethod.Post, "/v1/geofences",
            """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[16.3,48.1],[16.5,48.1],[16.5,48.3],[16.3,48.3],[16.3,48.1]]]},"properties":{"id":"town","name":"Town"}}"""));
        JsonElement day = await client.GetJsonAsync("/v1/reps/r/days/2026-03-02");
        Assert.Equal("2026-03-01T16:00:00.000Z", day.GetProperty("beganAt").GetString());
        Assert.Equal("today", Assert.Single(day.GetProperty("alerts").EnumerateArray()).GetProperty("id").GetString());
        Assert.True(day.GetProperty("rawM").GetDouble() > 1000);
        Assert.NotEqual(0, day.GetProperty("trips").GetArrayLength());
        JsonElement stop = day.GetProperty("stops").EnumerateArray().First();
        Assert.Equal("town", Assert.Single(stop.GetProperty("geofenceIds").EnumerateArray()).GetString());
        Assert.Equal(JsonValueKind.Array, day.GetProperty("visits").ValueKind);
        Assert.Equal(400, await client.StatusAsync(HttpMethod.Get, "/v1/reps/r/days/2026-02-30"));
        Assert.Equal(0, (await client.GetJsonAsync("/v1/reps/r/days/2020-01-01")).GetProperty("rawM").GetDouble());
    }

    [Fact]
    public async Task Quarantined_input_is_listed_newest_first()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        for (int i = 0; i < 5; i++) await server.Quarantine.AddAsync(Protocol.OsmAnd, "d" + i, "latitudeRange", "latitude out of range: 95", "lat=95"u8);
        JsonElement page = await server.Client().GetJsonAsync("/v1/quarantine?limit=3");
        Assert.Equal(["d4", "d3", "d2"], page.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("deviceId").GetString()));
        page = await server.Client().GetJsonAsync("/v1/quarantine?limit=3&after=" + page.GetProperty("next").GetString());
        Assert.Equal(2, page.GetProperty("entries").GetArrayLength());
        Assert.Equal("lat=95", System.Text.Encoding.UTF8.GetString(page.GetProperty("entries")[0].GetProperty("raw").GetBytesFromBase64()));
    }

    /// <summary>A drive north at 10 m/s, one fix a second, every hundredth a spike; at the end a pause.</summary>
    private static IEnumerable<JudgedFix> Drive(int seconds, int pause = 0)
    {
        for (int i = 0; i < seconds + pause; i++)
        {
            Instant at = Morning + TimeSpan.FromSeconds(i);
            yield return new(new Fix
            {
                FixedAt = at,
                ReceivedAt = at,
                Position = new GeoPoint(48.1 + Math.Min(i, seconds) * 0.00009 % 0.1, 16.37).Quantised(),
                AccuracyM = 5,
                SpeedMps = i < seconds ? 10 : 0,
            }, pause == 0 && i % 100 == 50 ? FixOutcome.Spike : FixOutcome.Accepted);
        }
    }
}
