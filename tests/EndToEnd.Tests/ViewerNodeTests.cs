using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tracking.Tests;

namespace Tracking.EndToEnd.Tests;

/// <summary>Two processes over one TimescaleDB and one Redis: the first tracks, the second serves viewers only.</summary>
public sealed class ViewerNodeTests(TimescaleServer timescale, RedisServer redis) : IClassFixture<TimescaleServer>, IClassFixture<RedisServer>
{
    private const string Fence = """
        {"type":"Feature","properties":{"id":"depot","name":"Depot","radiusM":200},"geometry":{"type":"Point","coordinates":[16.37,48.2]}}
        """;

    [Fact]
    public async Task A_node_for_viewers_shows_what_the_other_tracks_and_goes_on_after_redis_was_gone()
    {
        string store = await timescale.CreateDatabaseAsync(), link = await redis.StartAsync();
        await using ServerProcess tracker = await ServerProcess.StartAsync("--store", store, "--redis", link);
        await using ServerProcess viewer = await ServerProcess.StartAsync("--store", store, "--redis", link, "--roles", "live");
        Assert.Null(viewer.Devices);
        string token = await tracker.RunAsync("token", "create", "--store", store, "--role", "admin", "--name", "test");
        using HttpClient here = ServerProcess.Client(tracker.Http, token), there = ServerProcess.Client(viewer.Http, token);
        using (HttpResponseMessage put = await here.PostAsync("/v1/geofences", Feature())) Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await MoveAsync(tracker, store, 0);
        await UntilSameAsync(here, there, 3);
        // The viewers' node reads tracks and alerts from the database, and takes neither fixes nor geofences.
        await Api.UntilAsync(() => there.TrackAsync("rep-0"), static track => track.Count == 5, "the track at the viewers' node");
        List<JsonElement> alerts = await Api.UntilAsync(() => there.PagesAsync("/v1/alerts", "alerts"), static found => found.Count > 0, "alerts at the viewers' node");
        Assert.All(alerts, static alert => Assert.Equal("geofenceEntered", alert.GetProperty("kind").GetString()));
        using (HttpResponseMessage refused = await there.PostAsync("/v1/geofences", Feature())) Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        using (HttpResponseMessage none = await there.PostAsJsonAsync("/v1/fixes", Array.Empty<object>())) Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        if (!RedisServer.IsOurs) return;
        await redis.KillAsync();
        await Api.UntilAsync(() => StatusAsync(there), static status => status == "degraded", "the viewers' node notices");
        await MoveAsync(tracker, store, 1);
        await redis.StartAsync();
        await UntilSameAsync(here, there, 3);
        await Api.UntilAsync(() => StatusAsync(there), static status => status == "ready", "all is well again");
        Assert.Equal(0, await viewer.StopAsync());
        Assert.Equal(0, await tracker.StopAsync());
    }

    private static StringContent Feature() => new(Fence, null, "application/geo+json");

    private static async Task MoveAsync(ServerProcess tracker, string store, int round)
    {
        DateTimeOffset begin = DateTimeOffset.UtcNow.AddMinutes(-5 + (round * 2));
        for (int rep = 0; rep < 3; rep++)
        {
            string secret = await tracker.RunAsync("device", "add", "--store", store, "--id", $"phone-{rep}-{round}", "--rep", $"rep-{rep}");
            using HttpClient phone = ServerProcess.Client(tracker.Http, secret);
            var fixes = Enumerable.Range(0, 5).Select(i => new
            {
                fixedAt = begin.AddSeconds(i * 10).ToUnixTimeMilliseconds(),
                latitude = 48.2 + (rep * 0.05) + (0.005 * (4 - i)) + (round * 0.001),
                longitude = 16.37,
                accuracyM = 5,
                speedMps = 40,
            });
            // The server hears of the new device within a second.
            await Api.UntilAsync(() => phone.PostAsJsonAsync("/v1/fixes", fixes), static answer => answer.StatusCode == HttpStatusCode.OK, "fixes are taken");
        }
    }

    private static async Task UntilSameAsync(HttpClient here, HttpClient there, int reps)
    {
        await Api.UntilAsync(async () => (Here: await RepsAsync(here), There: await RepsAsync(there)),
            both => both.Here.Length == reps && both.Here.All(static rep => rep.Contains("position", StringComparison.Ordinal)) && both.Here.SequenceEqual(both.There),
            "both nodes show the same map");
    }

    private static async Task<string[]> RepsAsync(HttpClient client) =>
        [.. (await client.PagesAsync("/v1/reps", "reps")).Select(static rep => rep.GetRawText()).Order(StringComparer.Ordinal)];

    private static async Task<string?> StatusAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync("/readyz");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString();
    }
}
