using System.Net;
using System.Text;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Tests.Http;

public sealed class AppsTests
{
    [Fact]
    public async Task OsmAnd_is_heard_on_both_ports_by_query_form_and_json()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Registry.AddDevice("123456", "anna");
        const string Parameters = "id=123456&timestamp=1795334398&lat=48.2082&lon=16.3738&speed=25.918&batt=81.0";
        HttpResponseMessage[] answers =
        [
            await server.Devices.GetAsync("/?" + Parameters),
            await server.PostAsync("/?" + Parameters, null, client: server.Devices),
            await server.PostAsync("/", TestServer.Json(Parameters, "application/x-www-form-urlencoded"), client: server.Devices),
            await server.PostAsync("/osmand?" + Parameters, TestServer.Json("id=123456&lat=1&lon=1", "application/x-www-form-urlencoded")),
            await server.PostAsync("/", TestServer.Json("""{"location":{"timestamp":"2026-11-22T07:59:58Z","coords":{"latitude":48.2082,"longitude":16.3738,"speed":13.333371},"battery":{"level":0.81,"is_charging":false}},"device_id":"123456"}"""), client: server.Devices),
        ];
        foreach (HttpResponseMessage answer in answers)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
        foreach (JournalRecord record in await server.ReadAsync(5))
        {
            Assert.Equal((GeoPoint.FromE7(482082000, 163738000), 81f), (record.Fix.Position, record.Fix.BatteryPct));
            Assert.Equal(new Instant(1_795_334_398_000), record.Fix.FixedAt);
            Assert.Equal(25.918f * 1852 / 3600, record.Fix.SpeedMps, 0.0001f);
            Assert.Equal(Protocol.OsmAnd, record.Fix.Protocol);
        }
    }

    /// <summary>A stranger before it uses up the look that a request may make at once; the next one is let in all the same.</summary>
    [Fact]
    public async Task Whom_another_process_added_this_moment_is_let_in_whoever_asked_before()
    {
        string folder = Directory.CreateTempSubdirectory("tracking-ingest").FullName;
        await AddAndSendAsync(folder);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task AddAndSendAsync(string folder)
    {
        await using TestServer server = await TestServer.StartAsync(folder: folder);
        await using Registry beside = Registry.Open(Path.Combine(folder, "tracking.db"), new RegistryOptions(), TimeProvider.System);
        string gateway = beside.CreateToken("g", Role.Gateway, Scope.All);
        const string Fix = "\"fixedAt\":1795334398000,\"latitude\":48.2,\"longitude\":16.4";
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.SendAsync(HttpMethod.Get, $"/osmand?id=stranger&lat=1&lon=1&timestamp=1795334398")).StatusCode);
            string secret = beside.AddDevice($"a-{round}", "anna");
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v1/fixes", TestServer.Json($"{{{Fix}}}"), bearer: secret)).StatusCode);
            beside.AddDevice($"b-{round}", "anna");
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Get, $"/osmand?id=b-{round}&lat=1&lon=1&timestamp=1795334398")).StatusCode);
            beside.AddDevice($"c-{round}", "anna");
            string answer = await (await server.PostAsync("/v1/fixes", TestServer.Json($"{{\"deviceId\":\"c-{round}\",{Fix}}}"), bearer: gateway)).Content.ReadAsStringAsync();
            Assert.Contains("\"accepted\":1", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OsmAnd_asks_for_a_known_id_and_a_right_secret_where_one_is_given()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("1", "anna");
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Devices.GetAsync("/?id=2&lat=1&lon=2")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Devices.GetAsync("/?lat=1&lon=2")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Devices.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Devices.GetAsync("/?id=1&lat=1&lon=2&secret=wrong")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Devices.GetAsync("/?id=1&lat=1&lon=2&secret=" + secret)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Devices.GetAsync("/?id=1&lat=1&lon=2")).StatusCode);
        const string Body = """{"location":{"timestamp":1,"coords":{"latitude":1,"longitude":2}},"device_id":"1"}""";
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/osmand?secret=wrong", TestServer.Json(Body))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/osmand?secret=" + secret, TestServer.Json(Body))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.SendAsync(HttpMethod.Put, "/osmand?id=1")).StatusCode);
    }

    [Fact]
    public async Task An_unknown_id_is_enrolled_where_that_is_allowed()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { AutoEnrol = true });
        Assert.Equal(HttpStatusCode.OK, (await server.Devices.GetAsync("/?id=new-phone&lat=1&lon=2")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/pub", TestServer.Json("""{"_type":"location","tst":1,"lat":1,"lon":2}"""), headers: [("X-Limit-U", "anna"), ("X-Limit-D", "pixel")])).StatusCode);
        List<JournalRecord> records = await server.ReadAsync(2);
        Assert.Equal("new-phone", server.Registry.FindRep(records[0].RepKey)!.Id);
        Assert.Equal("anna-pixel", server.Registry.FindRep(records[1].RepKey)!.Id);
    }

    [Theory]
    [InlineData("/osmand?id=1&lat=95&lon=2", "", "latitudeRange")]
    [InlineData("/osmand?id=1&lat=0&lon=0", "", "nullIsland")]
    [InlineData("/osmand?id=1&lat=abc&lon=0", "", "wrongType")]
    [InlineData("/osmand", "{\"location\":", "malformed")]
    [InlineData("/owntracks", "{\"_type\":", "malformed")]
    [InlineData("/owntracks", "{\"_type\":\"location\",\"tst\":1}", "positionMissing")]
    [InlineData("/owntracks", "{\"_type\":\"encrypted\",\"data\":\"AA\"}", "encrypted")]
    [InlineData("/overland", "{\"locations\":7}", "malformed")]
    [InlineData("/overland", "{\"locations\":[{}]}", "positionMissing")]
    public async Task What_an_app_cannot_mend_is_answered_well_and_quarantined(string path, string body, string reason)
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("1", "anna");
        HttpContent? content = body.Length == 0 ? null : TestServer.Json(body);
        using HttpResponseMessage answer = path == "/owntracks" ? await server.PostAsync(path, content, basic: "1:" + secret) : await server.PostAsync(path, content, secret);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string expected = path switch { "/owntracks" => "[]", "/overland" => """{"result":"ok"}""", _ => "" };
        Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
        QuarantineEntry kept = Assert.Single(await server.QuarantinedAsync());
        Assert.Equal(reason, kept.Reason);
        Assert.NotEmpty(kept.Raw);
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task Too_large_and_damaged_bodies_of_apps_are_answered_well_and_quarantined()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("1", "anna");
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/overland", TestServer.Bytes(new byte[5 << 20], "application/json"), secret)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/owntracks", TestServer.Bytes([1, 2, 3], "application/json", "gzip"), basic: "1:" + secret)).StatusCode);
        Assert.Equal(["encoding", "tooLarge"], (await server.QuarantinedAsync()).Select(e => e.Reason));
    }

    [Fact]
    public async Task OwnTracks_takes_positions_and_events_and_ignores_the_rest()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("pixel", "anna");
        foreach (string body in (string[])[
            """{"_type":"location","tst":1795334398,"lat":48.2082,"lon":16.3738,"vel":36}""", """{"_type":"transition","event":"enter","desc":"home","tst":1}""",
            """{"_type":"waypoints"}""", ""])
        {
            using HttpResponseMessage answer = await server.PostAsync("/pub", TestServer.Json(body), basic: "pixel:" + secret);
            Assert.Equal((HttpStatusCode.OK, "[]"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
        List<JournalRecord> records = await server.ReadAsync(2);
        Assert.Equal(10f, records[0].Fix.SpeedMps);
        Assert.Equal(JournalRecordKind.DeviceEvent, records[1].Kind);
        Assert.True(DeviceEventJson.TryRead(records[1].Payload.Span, records[1].Fix.ReceivedAt, 1, out DeviceEvent told));
        Assert.Equal((DeviceEventKind.Other, "transition enter home", new Instant(1000), Protocol.OwnTracks), (told.Kind, told.Name, told.At, told.Protocol));
        Assert.Contains("\"desc\":\"home\"", Encoding.UTF8.GetString(records[1].Payload.Span), StringComparison.Ordinal);
        Assert.Contains("tracking_device_messages_ignored_total 1", server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnTracks_asks_for_the_secret_of_a_device_that_has_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Registry.AddDevice("pixel", "anna");
        const string Body = """{"_type":"location","tst":1,"lat":1,"lon":2}""";
        foreach (HttpResponseMessage answer in (HttpResponseMessage[])[
            await server.PostAsync("/owntracks", TestServer.Json(Body)),
            await server.PostAsync("/owntracks", TestServer.Json(Body), basic: "pixel:wrong"),
            await server.PostAsync("/owntracks", TestServer.Json(Body), basic: "pixel:"),
            await server.PostAsync("/owntracks", TestServer.Json(Body), basic: "nobody:x"),
            await server.PostAsync("/owntracks?d=pixel", TestServer.Json(Body)),
            await server.PostAsync("/owntracks", TestServer.Json(Body), headers: [("X-Limit-D", "pixel")])])
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Overland_is_told_ok()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("iphone", "anna");
        const string Body = """{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[16.3738,48.2082]},"properties":{"timestamp":"2026-11-22T07:59:58Z","device_id":"any name"}}]}""";
        using HttpResponseMessage answer = await server.PostAsync("/overland", TestServer.Json(Body), secret);
        Assert.Equal("""{"result":"ok"}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(GeoPoint.FromE7(482082000, 163738000), Assert.Single(await server.ReadAsync(1)).Fix.Position);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/overland", TestServer.Json(Body), "wrong")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/overland", TestServer.Json(Body))).StatusCode);
    }

    [Fact]
    public async Task A_heartbeat_is_journalled_without_a_position()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Registry.AddDevice("1", "anna");
        Assert.Equal(HttpStatusCode.OK, (await server.Devices.GetAsync("/?id=1&batt=15")).StatusCode);
        JournalRecord record = Assert.Single(await server.ReadAsync(1));
        Assert.False(record.Fix.HasPosition);
        Assert.Equal(15f, record.Fix.BatteryPct);
    }

    [Fact]
    public async Task Other_paths_go_on_but_for_the_devices_port()
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Equal("beyond", await server.Main.GetStringAsync("/"));
        Assert.Equal("beyond", await server.Main.GetStringAsync("/healthz"));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Devices.GetAsync("/healthz")).StatusCode);
    }
}
