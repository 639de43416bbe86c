using System.Net;
using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Tests.Http;

public sealed class DeviceEventsTests
{
    [Fact]
    public async Task An_event_is_answered_when_it_is_in_the_journal_in_its_stable_form()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        const string Body = """{"kind":"batteryLow","at":"2026-11-22T07:59:58.250Z","batteryPct":6,"charging":false,"screen":"off"}""";
        using HttpResponseMessage answer = await server.PostAsync("/v1/device-events", TestServer.Json(Body), secret);
        Assert.Equal((HttpStatusCode.OK, """{"accepted":1,"unusable":[]}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        JournalRecord record = Assert.Single(await server.ReadAsync(1));
        Assert.Equal((JournalRecordKind.DeviceEvent, server.Registry.FindRep("anna")!.Key), (record.Kind, record.RepKey));
        Assert.Equal("""{"kind":"batteryLow","at":1795334398250,"protocol":"json","batteryPct":6,"charging":false,"data":{"screen":"off"}}""",
            Encoding.UTF8.GetString(record.Payload.Span));
    }

    [Fact]
    public async Task Each_unusable_event_is_named_and_quarantined_and_the_others_are_kept()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        const string Body = """
            {"kind":"appStopped","at":1}
            [{"kind":"appStopped"},{"at":2},{"kind":"a b","at":3},{"kind":"boot","at":true},7,{"kind":"sleeps","at":4}]
            """;
        using HttpResponseMessage answer = await server.PostAsync("/v1/device-events", TestServer.Json(Body, "application/x-ndjson"), secret);
        using var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(2, told.RootElement.GetProperty("accepted").GetInt32());
        Assert.Equal(["at is missing", "kind is missing", "kind has the wrong type or form: a b", "at has the wrong type or form", "an event is expected to be an object"],
            told.RootElement.GetProperty("unusable").EnumerateArray().Select(u => u.GetProperty("reason").GetString()));
        Assert.Equal(["kindMissing", "notAnEvent", "timeMissing", "wrongType", "wrongType"], (await server.QuarantinedAsync()).Select(e => e.Reason).Order());
        Assert.Contains("""tracking_device_events_total{kind="unusable"} 5""", server.MetricsText(), StringComparison.Ordinal);
        List<JournalRecord> records = await server.ReadAsync(2);
        Assert.True(DeviceEventJson.TryRead(records[1].Payload.Span, default, 0, out DeviceEvent other));
        Assert.Equal((DeviceEventKind.Other, "sleeps"), (other.Kind, other.Name));
    }

    [Theory]
    [InlineData("{\"kind\":\"boot\",\"at", "application/json", 400)]
    [InlineData("", "application/json", 400)]
    [InlineData("42", "application/json", 422)]
    [InlineData("x", "application/msgpack", 415)]
    public async Task What_is_wrong_with_a_body_has_its_status(string body, string type, int status)
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        using HttpResponseMessage answer = await server.PostAsync("/v1/device-events", TestServer.Json(body, type), secret);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task Nobody_tells_anything_without_credentials()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage answer = await server.PostAsync("/v1/device-events", TestServer.Json("""{"kind":"boot","at":1}"""), "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
