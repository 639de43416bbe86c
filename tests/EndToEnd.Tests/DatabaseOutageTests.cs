using System.Net.Http.Json;
using System.Text.Json;
using Tracking.Tests;

namespace Tracking.EndToEnd.Tests;

/// <summary>PostgreSQL dies under load and comes back: devices are answered and the map moves all the time, and everything arrives once.</summary>
public sealed class DatabaseOutageTests : IAsyncDisposable
{
    private const int Phones = 4, FixesOfAnOutage = 300;
    private readonly TimescaleServer _timescale = new();

    /// <summary>The default: what is judged waits in memory. A low limit: the host runs ahead and applies the journal again.</summary>
    [Theory]
    [InlineData("{}", null)]
    [InlineData("{\"MaxUnflushedRecords\":1000,\"CheckpointRecords\":200}", "the store is out; what comes in is shown and kept in the journal")]
    public async Task Devices_are_answered_and_the_map_moves_while_the_database_is_away_and_everything_arrives_once(string silo, string? problem)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRACKING_TEST_PG") is { Length: > 0 }, "The server of TRACKING_TEST_PG is not ours to stop.");
        string store = await _timescale.CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartWithSettingsAsync($$"""{"Tracking": {"Store": "{{store}}", "Silo": {{silo}} } }""");
        using HttpClient client = await server.ClientAsync();
        LapPhone[] phones = await AddPhonesAsync(server);
        await PutFenceAsync(client);
        var subscriber = new AlertStreamReader(client);
        using CancellationTokenSource ends = new(), leaves = new();
        Task reading = subscriber.ReadUntilAsync(leaves.Token);
        Task sending = Task.WhenAll(phones.Select(phone => phone.SendUntilAsync(server.Http, ends.Token)));

        await AcknowledgedAsync(phones, sending);
        await _timescale.KillAsync();
        await AssertOutageAsync(client, phones, sending, problem);
        await _timescale.ResumeAsync();
        await IsReadyAsync(client);
        await AcknowledgedAsync(phones, sending);
        await _timescale.HaltAsync();
        await AssertOutageAsync(client, phones, sending, problem);
        await _timescale.ResumeAsync();
        await ends.CancelAsync();
        await sending;

        foreach (LapPhone phone in phones) await AssertTrackAsync(client, phone);
        await AssertAlertsAsync(client, phones, subscriber);
        await IsReadyAsync(client);
        await leaves.CancelAsync();
        await reading;
        Assert.True(subscriber.Connections > 2, "the subscriber never came back");
        Assert.Equal(0, await server.StopAsync());
    }

    public ValueTask DisposeAsync() => _timescale.DisposeAsync();

    private static async Task<LapPhone[]> AddPhonesAsync(ServerProcess server)
    {
        DateTimeOffset began = DateTimeOffset.UtcNow.AddDays(-2);
        return await Task.WhenAll(Enumerable.Range(0, Phones).Select(async rep =>
            new LapPhone(rep, await server.RunAsync("device", "add", "--id", $"phone-{rep}", "--rep", $"rep-{rep}"), began)));
    }

    private static async Task PutFenceAsync(HttpClient client)
    {
        var fence = new
        {
            type = "Feature",
            geometry = new { type = "Point", coordinates = new[] { LapPhone.FenceLongitudeDeg, LapPhone.FenceLatitudeDeg } },
            properties = new { id = "depot", name = "Depot", radiusM = 200 },
        };
        (await client.PostAsJsonAsync("/v1/geofences", fence)).EnsureSuccessStatusCode();
    }

    /// <summary>Waits until every phone has handed in some more fixes; fails with a phone that was refused.</summary>
    private static async Task AcknowledgedAsync(LapPhone[] phones, Task sending)
    {
        int[] goals = [.. phones.Select(phone => phone.Acknowledged + FixesOfAnOutage)];
        await Api.UntilAsync(async () =>
        {
            if (sending.IsCompleted) await sending;
            return phones.Index().All(p => p.Item.Acknowledged >= goals[p.Index]);
        }, done => done, "fixes to be acknowledged");
    }

    private static async Task AssertOutageAsync(HttpClient client, LapPhone[] phones, Task sending, string? problem)
    {
        await AcknowledgedAsync(phones, sending);
        JsonElement ready = await Api.UntilAsync(() => ReadyAsync(client),
            r => r.GetProperty("checks").GetProperty("trackers").GetString() is var told && (problem is null ? told != "ok" : told == problem), "a server that tells what is wrong");
        Assert.Equal("PostgreSQL does not answer; fixes wait in the journal", ready.GetProperty("checks").GetProperty("store").GetString());
        Assert.NotEqual("ready", ready.GetProperty("status").GetString());
        await AcknowledgedAsync(phones, sending);
        foreach (LapPhone phone in phones)
        {
            string newest = phone.TimeOf(phone.Acknowledged - 1);
            await Api.UntilAsync(() => client.GetFromJsonAsync<JsonElement>($"/v1/reps/{phone.RepId}"),
                live => string.CompareOrdinal(live.GetProperty("position").GetProperty("fixedAt").GetString(), newest) >= 0, $"the live position of {phone.RepId}");
        }
        if (sending.IsCompleted) await sending;
    }

    private static async Task<JsonElement> ReadyAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private static async Task IsReadyAsync(HttpClient client) =>
        await Api.UntilAsync(() => ReadyAsync(client), r => r.GetProperty("status").GetString() == "ready", "a server that is ready again");

    private static async Task AssertTrackAsync(HttpClient client, LapPhone phone)
    {
        List<JsonElement> track = await Api.UntilAsync(
            () => ReadWhenBackAsync(() => client.TrackAsync(phone.RepId)), t => t.Count >= phone.Acknowledged, $"the track of {phone.RepId}");
        Assert.Equal(phone.Times, track.Select(fix => fix.GetProperty("fixedAt").GetString()!));
    }

    /// <summary>Enter and exit alternate in the order of the log, and the stream brought just that, resumed or not.</summary>
    private static async Task AssertAlertsAsync(HttpClient client, LapPhone[] phones, AlertStreamReader subscriber)
    {
        int expected = phones.Sum(phone => phone.Crossings);
        List<JsonElement> alerts = await Api.UntilAsync(
            () => client.PagesAsync("/v1/alerts?limit=1000", "alerts"), found => found.Count(IsGeofence) >= expected, "the alerts");
        JsonElement[] received = await Api.UntilAsync(() => Task.FromResult(subscriber.Received), r => r.Length >= alerts.Count, "the alerts of the stream");
        Assert.Equal(alerts.Select(IdOf), received.Select(IdOf));
        Assert.Distinct(received.Select(IdOf));
        foreach (LapPhone phone in phones)
        {
            JsonElement[] own = [.. received.Where(IsGeofence).Where(alert => alert.GetProperty("repId").GetString() == phone.RepId)];
            Assert.Equal(phone.Crossings, own.Length);
            Assert.All(own.Index(), a => Assert.Equal(a.Index % 2 == 0 ? "geofenceEntered" : "geofenceExited", a.Item.GetProperty("kind").GetString()));
            string[] times = [.. own.Select(alert => alert.GetProperty("at").GetString()!)];
            Assert.Equal(times.Order(StringComparer.Ordinal), times);
        }
    }

    private static async Task<List<JsonElement>> ReadWhenBackAsync(Func<Task<List<JsonElement>>> read)
    {
        try
        {
            return await read();
        }
        catch (HttpRequestException)
        {
            // Broken connections of the pool may be tried first.
            return [];
        }
    }

    private static bool IsGeofence(JsonElement alert) => alert.GetProperty("kind").GetString()!.StartsWith("geofence", StringComparison.Ordinal);

    private static string IdOf(JsonElement alert) => alert.GetProperty("id").GetString()!;
}
