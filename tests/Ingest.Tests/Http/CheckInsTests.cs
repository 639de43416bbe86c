using System.Net;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Ingest.Tests.Http;

public sealed class CheckInsTests
{
    private static Geofence Fence(string id, params string[] reps) =>
        new() { Id = id, Name = id, Purpose = GeofencePurpose.Customer, Reps = reps, Shape = new CircleShape(new GeoPoint(48.2, 16.37), 100) };

    [Fact]
    public async Task A_check_in_is_answered_when_it_is_in_the_journal_and_names_its_geofence_by_number()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        Assert.True(server.Registry.TryPutGeofences([Fence("cafe")], null, out IReadOnlyList<Geofence>? stored));
        const string Body = """[{"action":"in","geofenceId":"cafe","at":1795334398000,"note":"Lieferung"},{"action":"shiftEnd","at":"2026-11-22T08:00:00Z"}]""";
        using HttpResponseMessage answer = await server.PostAsync("/v1/check-ins", TestServer.Json(Body), secret);
        Assert.Equal((HttpStatusCode.OK, """{"accepted":2,"unusable":[]}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        List<JournalRecord> records = await server.ReadAsync(2);
        Assert.All(records, static r => Assert.Equal(JournalRecordKind.CheckIn, r.Kind));
        Assert.True(CheckInJson.TryRead(records[0].Payload.Span, records[0].Fix.ReceivedAt, out CheckIn one));
        Assert.Equal((CheckInAction.In, new Instant(1795334398000), stored[0].Key, "Lieferung"), (one.Action, one.At, one.GeofenceKey, one.Note));
        Assert.True(CheckInJson.TryRead(records[1].Payload.Span, records[1].Fix.ReceivedAt, out CheckIn two));
        Assert.Equal((CheckInAction.ShiftEnd, 0), (two.Action, two.GeofenceKey));
    }

    [Fact]
    public async Task Each_unusable_check_in_is_named_and_quarantined_and_a_geofence_of_others_does_not_exist()
    {
        await using TestServer server = await TestServer.StartAsync();
        string secret = server.Registry.AddDevice("van-7", "anna");
        Assert.True(server.Registry.TryPutGeofences([Fence("secret", "bob")], null, out _));
        const string Body = """
            [{"action":"in","geofenceId":"nowhere","at":1},{"action":"in","geofenceId":"secret","at":1},{"action":"in","at":1},{"action":"nap","at":1},
             {"action":"shiftStart"},{"at":1},{"action":"shiftStart","at":1,"note":5},7]
            """;
        using HttpResponseMessage answer = await server.PostAsync("/v1/check-ins", TestServer.Json(Body), secret);
        using var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, told.RootElement.GetProperty("accepted").GetInt32());
        Assert.Equal(["geofenceId is not known here: nowhere", "geofenceId is not known here: secret", "geofenceId is missing", "action has the wrong type or form: nap",
            "at is missing", "action is missing", "note has the wrong type or form: 5", "a check-in is expected to be an object"],
            told.RootElement.GetProperty("unusable").EnumerateArray().Select(u => u.GetProperty("reason").GetString()));
        Assert.Equal(8, (await server.QuarantinedAsync()).Count);
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task Nobody_checks_in_without_credentials()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage answer = await server.PostAsync("/v1/check-ins", TestServer.Json("""{"action":"shiftStart","at":1}"""), "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
