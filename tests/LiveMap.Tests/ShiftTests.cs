using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Tests;

public class ShiftTests
{
    private const string Early = """{"name":"Early","groups":["north"],"windows":[{"day":"monday","begin":"08:00","end":"17:00"}],"exceptions":[{"date":"2026-12-25"}]}""";

    [Fact]
    public async Task A_shift_is_put_read_listed_and_deleted_with_conditions_and_every_change_is_in_the_journal()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        HttpClient admin = server.Client(), dispatcher = server.Client(Role.Dispatcher);
        Assert.Equal(201, await admin.StatusAsync(HttpMethod.Put, "/v1/shifts/early", Early));
        Assert.Equal(200, await dispatcher.StatusAsync(HttpMethod.Put, "/v1/shifts/early", Early.Replace("08:00", "07:30", StringComparison.Ordinal)));
        JsonElement shift = await admin.GetJsonAsync("/v1/shifts/early");
        Assert.Equal(("early", 2, "schedule", "07:30"), (shift.GetProperty("id").GetString(), shift.GetProperty("version").GetInt32(),
            shift.GetProperty("dutyBy").GetString(), shift.GetProperty("windows")[0].GetProperty("begin").GetString()));
        Assert.Equal(1, (await admin.GetJsonAsync("/v1/shifts")).GetProperty("shifts").GetArrayLength());
        Assert.Equal(204, await admin.StatusAsync(HttpMethod.Delete, "/v1/shifts/early"));
        Assert.Equal(404, await admin.StatusAsync(HttpMethod.Delete, "/v1/shifts/early"));

        var changes = new List<DefinitionChange>();
        using JournalBlock block = await server.Journal.ReadAsync(0, TestContext.Current.CancellationToken);
        foreach (JournalRecord record in block)
        {
            Assert.Equal(JournalRecordKind.DefinitionChanged, record.Kind);
            Assert.True(DefinitionChange.TryRead(record.Payload, out DefinitionChange? change));
            changes.Add(change);
        }
        while (changes.Count < 3)
        {
            using JournalBlock more = await server.Journal.ReadAsync(changes.Count, TestContext.Current.CancellationToken);
            foreach (JournalRecord record in more)
            {
                Assert.True(DefinitionChange.TryRead(record.Payload, out DefinitionChange? change));
                changes.Add(change);
            }
        }
        Assert.Equal([1, 2, null], changes.Select(static c => c.Definition?.Version));
        Assert.True(ShiftJson.TryRead(changes[1].Definition!.Json, "early", 2, out Shift? read, out _));
        Assert.Equal(new TimeOnly(7, 30), read.Windows[0].Begin);
        Assert.Empty(Assert.Single(read.Exceptions).Windows);
    }

    [Theory]
    [InlineData("""{"windows":[{"day":"monday","begin":"08:00","end":"17:00"},{"day":"monday","begin":"16:00","end":"18:00"}]}""", "windows[1]")]
    [InlineData("""{"windows":[{"day":"someday","begin":"08:00","end":"17:00"}]}""", "windows[0].day")]
    [InlineData("""{"windows":[{"day":"monday","begin":"8","end":"17:00"}]}""", "windows[0].begin")]
    [InlineData("""{"exceptions":[{"date":"2026-02-30"}]}""", "exceptions[0].date")]
    [InlineData("""{"exceptions":[{"date":"2026-02-03"},{"date":"2026-02-03"}]}""", "exceptions[1].date")]
    [InlineData("""{"exceptions":[{"date":"2026-02-03","windows":[{"begin":"22:00","end":"02:00"},{"begin":"23:00","end":"23:30"}]}]}""", "exceptions[0].windows[1]")]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"dutyBy":"whim"}""", "dutyBy")]
    [InlineData("""{"groupz":[]}""", "groupz")]
    [InlineData("""{"id":"late"}""", "id")]
    [InlineData("7", "")]
    public async Task What_is_wrong_with_a_shift_is_named(string body, string field)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        using HttpResponseMessage answer = await server.Client().PutAsync("/v1/shifts/early", new StringContent(body, null, "application/json"), TestContext.Current.CancellationToken);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.True(problem.RootElement.GetProperty("errors").TryGetProperty(field, out _), problem.RootElement.ToString());
        Assert.Equal(0, server.Journal.DurableSequence);
    }

    [Fact]
    public async Task Shifts_are_changed_by_those_who_may_and_seen_by_those_whom_they_concern()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("ann", "north");
        Assert.Equal(403, await server.Client(Role.Reader).StatusAsync(HttpMethod.Put, "/v1/shifts/early", Early));
        Assert.Equal(403, await server.Client(Role.Dispatcher, "group:north").StatusAsync(HttpMethod.Put, "/v1/shifts/early", Early));
        Assert.Equal(201, await server.Client().StatusAsync(HttpMethod.Put, "/v1/shifts/early", Early));
        Assert.Equal(200, await server.Client(Role.Reader, "rep:ann").StatusAsync(HttpMethod.Get, "/v1/shifts/early"));
        Assert.Equal(404, await server.Client(Role.Reader, "group:south").StatusAsync(HttpMethod.Get, "/v1/shifts/early"));
        Assert.Equal(401, await server.Client(null).StatusAsync(HttpMethod.Get, "/v1/shifts"));
    }

    [Fact]
    public async Task A_rep_off_duty_is_listed_without_a_position_and_leaves_the_map()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("ann", "north");
        server.Show(rep, 48.2, 16.37);
        server.Board.Publish(new RepLive { RepKey = rep.Key, Status = SignalStatus.OffDuty, HeardAt = Instant.Now(TimeProvider.System) });
        JsonElement shown = await server.Client().GetJsonAsync("/v1/reps/ann");
        Assert.Equal("offDuty", shown.GetProperty("status").GetString());
        Assert.False(shown.TryGetProperty("position", out _));
        Assert.Equal(1, (await server.Client().GetJsonAsync("/v1/reps?status=offDuty")).GetProperty("reps").GetArrayLength());
    }

    [Fact]
    public async Task Check_ins_are_listed_with_their_verdicts_within_the_scope()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        server.AddRep("ann", "north");
        server.AddRep("bob", "south");
        JsonElement data = JsonElement.Parse("""{"action":"in","note":"x","failed":[{"condition":"outside","text":{"en":"e","zh":"z"}}]}""");
        await server.Alerts.AppendAsync([
            LiveMapServer.MakeAlert("1", "ann", AlertKind.CheckInRefused) with { Data = data }, LiveMapServer.MakeAlert("2", "ann"),
            LiveMapServer.MakeAlert("3", "bob", AlertKind.CheckInAccepted) with { Data = JsonElement.Parse("""{"action":"out"}""") }], TestContext.Current.CancellationToken);
        JsonElement all = await server.Client().GetJsonAsync("/v1/check-ins");
        Assert.Equal([("ann", "refused", "in"), ("bob", "accepted", "out")],
            all.GetProperty("checkIns").EnumerateArray().Select(static c => (c.GetProperty("repId").GetString(), c.GetProperty("verdict").GetString(), c.GetProperty("action").GetString())));
        Assert.Equal("outside", all.GetProperty("checkIns")[0].GetProperty("failed")[0].GetProperty("condition").GetString());
        Assert.Equal(1, (await server.Client(Role.Reader, "group:north").GetJsonAsync("/v1/check-ins")).GetProperty("checkIns").GetArrayLength());
        JsonElement page = await server.Client().GetJsonAsync("/v1/check-ins?limit=1");
        Assert.Equal("bob", (await server.Client().GetJsonAsync($"/v1/check-ins?after={page.GetProperty("next").GetString()}")).GetProperty("checkIns")[0].GetProperty("repId").GetString());
    }

    [Fact]
    public async Task What_devices_told_is_read_by_kind_and_page_within_the_scope()
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep rep = server.AddRep("ann", "north");
        Instant at = Instant.Now(TimeProvider.System) - TimeSpan.FromMinutes(5);
        RepDeviceEvent[] told = [.. Enumerable.Range(0, 5).Select(i => new RepDeviceEvent(rep.Key, new DeviceEvent
        {
            Kind = i == 4 ? DeviceEventKind.BatteryLow : DeviceEventKind.Heartbeat,
            At = at + TimeSpan.FromSeconds(i),
            ReceivedAt = at,
            BatteryPct = 10 - i,
            Data = i == 4 ? """{"x":1}"""u8.ToArray() : null,
        }))];
        await server.Tracks.CommitAsync(new Checkpoint { Sequence = 1, Fixes = [], States = [], GeofenceChanges = [], DeviceEvents = told }, TestContext.Current.CancellationToken);
        JsonElement low = (await server.Client().GetJsonAsync("/v1/reps/ann/device-events?kind=batteryLow")).GetProperty("events")[0];
        Assert.Equal((6, 1), (low.GetProperty("batteryPct").GetInt32(), low.GetProperty("data").GetProperty("x").GetInt32()));
        JsonElement page = await server.Client().GetJsonAsync("/v1/reps/ann/device-events?limit=3");
        Assert.Equal(3, page.GetProperty("events").GetArrayLength());
        Assert.Equal(2, (await server.Client().GetJsonAsync($"/v1/reps/ann/device-events?limit=3&after={page.GetProperty("next").GetString()}")).GetProperty("events").GetArrayLength());
        Assert.Equal(404, await server.Client(Role.Reader, "group:south").StatusAsync(HttpMethod.Get, "/v1/reps/ann/device-events"));
        Assert.Equal(422, await server.Client().StatusAsync(HttpMethod.Get, "/v1/reps/ann/device-events?kind=mood"));
    }
}
