using System.Buffers;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Contracts.MessagePack;
using Tracking.Store;

namespace Tracking.Ingest.Tests.Http;

public sealed class FixesTests
{
    private const string OneFix = """{"fixedAt":"2026-11-22T07:59:58.250Z","latitude":48.20821234567,"longitude":16.3738,"speedMps":13.25,"note":"x"}""";

    [Fact]
    public async Task A_fix_is_answered_when_it_is_in_the_journal()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), secret);
        Assert.Equal("""{"accepted":1,"unusable":[]}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, server.Journal.DurableSequence);
        JournalRecord record = Assert.Single(await server.ReadAsync(1));
        Assert.Equal(JournalRecordKind.Fix, record.Kind);
        Assert.Equal(server.Registry.FindDevice("van-7")!.Key, record.DeviceKey);
        Assert.Equal(server.Registry.FindRep("anna")!.Key, record.RepKey);
        Assert.Equal(GeoPoint.FromE7(482082123, 163738000), record.Fix.Position);
        Assert.Equal(13.25f, record.Fix.SpeedMps);
        Assert.Equal("""{"note":"x"}""", Encoding.UTF8.GetString(record.Payload.Span));
    }

    [Fact]
    public async Task Each_unusable_fix_is_named_and_quarantined_and_the_others_are_kept()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes",
            TestServer.Json("""[{"fixedAt":1,"latitude":1,"longitude":2},{"fixedAt":2,"latitude":95,"longitude":2},7]"""), secret);
        Assert.Equal("""{"accepted":1,"unusable":[{"index":1,"reason":"latitude out of range: 95"},{"index":2,"reason":"a fix is expected to be an object"}]}""",
            await answer.Content.ReadAsStringAsync());
        QuarantineEntry kept = (await server.QuarantinedAsync())[^1];
        Assert.Equal("latitudeRange", kept.Reason);
        Assert.Equal("van-7", kept.DeviceId);
        Assert.Equal("""{"fixedAt":2,"latitude":95,"longitude":2}""", Encoding.UTF8.GetString(kept.Raw));
        Assert.Contains("""tracking_fixes_total{protocol="json",outcome="unusable"} 2""", server.MetricsText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"fixedAt\":1,\"latitude\":1,\"longi", "application/json", 400)]
    [InlineData("\"\\ud800\"", "application/json", 422)]
    [InlineData("", "application/json", 400)]
    [InlineData("42", "application/json", 422)]
    [InlineData(OneFix, "text/csv", 415)]
    [InlineData("x", "application/msgpack", 400)]
    public async Task What_is_wrong_with_a_body_has_its_status_and_a_problem_document(string body, string type, int status)
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json(body, type), secret);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status || (body == "x" && answer.StatusCode == HttpStatusCode.UnprocessableEntity), $"{answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        using var problem = JsonDocument.Parse(text);
        Assert.Equal((int)answer.StatusCode, problem.RootElement.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task A_malformed_body_names_the_field()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json("""[{"fixedAt":1},{"latitude":4x}]"""), secret);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.True(problem.RootElement.GetProperty("errors").TryGetProperty("$[1].latitude", out _), problem.RootElement.ToString());
        Assert.Equal("malformed", (await server.QuarantinedAsync())[0].Reason);
    }

    [Fact]
    public async Task Credentials_decide()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        string reader = server.Registry.CreateToken("r", Role.Reader, Scope.All);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), secret + "x")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), basic: "van-7:" + secret)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), reader)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.Main.GetAsync("/v1/fixes")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), secret)).StatusCode);
    }

    [Fact]
    public async Task Too_many_wrong_credentials_are_told_to_wait_while_right_ones_pass()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { MaxFailedCredentials = 3 });
        string secret = server.Registry.AddDevice("van-7", "anna");
        for (int i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), "wrong")).StatusCode);
        using HttpResponseMessage refused = await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), "wrong");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), secret)).StatusCode);
    }

    [Fact]
    public async Task A_gateway_sends_for_the_devices_of_its_scope()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Registry.AddDevice("a", "anna", "north/vienna");
        server.Registry.AddDevice("b", "bert", "south");
        string token = server.Registry.CreateToken("gw", Role.Gateway, new Scope(ScopeKind.Group, "north"));
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json(
            """[{"deviceId":"a","fixedAt":1,"latitude":1,"longitude":2},{"deviceId":"b","fixedAt":1,"latitude":1,"longitude":2},{"fixedAt":1,"latitude":1,"longitude":2},{"deviceId":"zz","fixedAt":1,"latitude":1,"longitude":2}]"""), token);
        Assert.Equal("""{"accepted":1,"unusable":[{"index":1,"reason":"deviceId is not known here: b"},{"index":2,"reason":"deviceId is missing"},{"index":3,"reason":"deviceId is not known here: zz"}]}""",
            await answer.Content.ReadAsStringAsync());
        Assert.Equal(server.Registry.FindRep("anna")!.Key, Assert.Single(await server.ReadAsync(1)).RepKey);
    }

    [Fact]
    public async Task A_device_cannot_send_for_another()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("a", "anna");
        server.Registry.AddDevice("b", "bert");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json("""{"deviceId":"b","fixedAt":1,"latitude":1,"longitude":2}"""), secret);
        Assert.StartsWith("""{"accepted":0,""", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("raw deflate")]
    public async Task Compressed_bodies_are_read(string encoding)
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        byte[] packed = Packed(Encoding.UTF8.GetBytes(OneFix), encoding);
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Bytes(packed, "application/json", encoding.Split(' ')[^1]), secret);
        Assert.Equal("""{"accepted":1,"unusable":[]}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Large_bodies_bombs_damage_and_unknown_encodings_are_refused()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { MaxBatch = 100 });
        string secret = server.Registry.AddDevice("van-7", "anna");
        byte[] bomb = Packed(new byte[64 << 20], "gzip");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusOf(bomb, "gzip"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusOf(new byte[(4 << 20) + 1], null));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusOf(bomb, "zstd"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusOf([1, 2, 3, 4], "gzip"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge,
            await StatusOf(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("""{"fixedAt":1,"latitude":1,"longitude":2}""", 101)) + "]"), null));
        Assert.Equal(0, server.Journal.DurableSequence);

        async Task<HttpStatusCode> StatusOf(byte[] body, string? encoding) =>
            (await server.PostAsync("/v1/fixes", TestServer.Bytes(body, "application/json", encoding), secret)).StatusCode;
    }

    [Fact]
    public async Task A_chunked_body_beyond_the_limit_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using var content = new StreamContent(new MemoryStream(new byte[(4 << 20) + 10]));
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentLength = null;
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", content, secret, headers: ("Transfer-Encoding", "chunked"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_messagepack_batch_and_the_compact_form_are_accepted()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Bytes(Batch(50), "application/msgpack"), secret);
        Assert.Equal("""{"accepted":50,"unusable":[]}""", await answer.Content.ReadAsStringAsync());
        List<JournalRecord> records = await server.ReadAsync(50);
        Assert.All(records, (r, i) => Assert.Equal((new Instant(1_795_334_398_250 + i * 1000), Protocol.MessagePack), (r.Fix.FixedAt, r.Fix.Protocol)));
    }

    [Fact]
    public async Task The_coordinate_system_comes_from_the_fix_or_else_from_the_device()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("phone", "li", crs: Crs.Gcj02);
        await server.PostAsync("/v1/fixes", TestServer.Json(
            """[{"fixedAt":1,"latitude":39.91640428150164,"longitude":116.41024449916938},{"fixedAt":2,"latitude":39.915,"longitude":116.404,"crs":"wgs84"}]"""), secret);
        List<JournalRecord> records = await server.ReadAsync(2);
        Assert.Equal(records[1].Fix.Position, records[0].Fix.Position);
        Assert.Equal(GeoPoint.FromE7(399150000, 1164040000), records[0].Fix.Position);
    }

    [Fact]
    public async Task A_full_journal_is_answered_with_503_and_nothing_is_counted()
    {
        await using TestServer server = await TestServer.StartAsync(journal: new JournalOptions { MaxDiskBytes = 1 });
        string secret = server.Registry.AddDevice("van-7", "anna");
        foreach (HttpResponseMessage answer in (HttpResponseMessage[])[
            await server.PostAsync("/v1/fixes", TestServer.Json(OneFix), secret),
            await server.PostAsync("/osmand?id=van-7&lat=1&lon=2", null),
            await server.PostAsync("/owntracks", TestServer.Json("""{"_type":"location","tst":1,"lat":1,"lon":2}"""), basic: "van-7:" + secret),
            await server.PostAsync("/overland", TestServer.Json("""{"locations":[{"geometry":{"coordinates":[2,1]},"properties":{"timestamp":"2026-11-22T07:59:58Z"}}]}"""), secret)])
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task A_device_that_sends_more_than_its_share_is_told_to_wait()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { MaxBatch = 10, MaxFixesAtOnce = 10, MaxFixesPerSecond = 1 });
        string secret = server.Registry.AddDevice("van-7", "anna");
        string batch = "[" + string.Join(',', Enumerable.Repeat(OneFix, 10)) + "]";
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v1/fixes", TestServer.Json(batch), secret)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await server.PostAsync("/v1/fixes", TestServer.Json(batch), secret)).StatusCode);
    }

    [Fact]
    public async Task A_fix_older_than_the_retention_is_unusable()
    {
        await using TestServer server = await TestServer.StartAsync(o => o with { Retention = TimeSpan.FromDays(30) });
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/fixes", TestServer.Json("""{"fixedAt":"2020-01-01T00:00:00Z","latitude":1,"longitude":2}"""), secret);
        Assert.Contains("fixedAt is older than the retention: 2020-01-01T00:00:00.000Z", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    internal static byte[] Batch(int count)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(count);
        for (int i = 0; i < count; i++)
        {
            writer.WriteArrayHeader(5);
            writer.WriteInt64(1_795_334_398_250 + i * 1000L);
            writer.WriteDouble(48.2 + i * 1e-4);
            writer.WriteDouble(16.37);
            writer.WriteInt64(5);
            writer.WriteSingle(13.5f);
        }
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Packed(byte[] bytes, string encoding)
    {
        var packed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
            stream.Write(bytes);
        return packed.ToArray();
    }
}
