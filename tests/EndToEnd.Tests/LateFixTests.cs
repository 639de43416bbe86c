using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>A phone that sends the middle of its way last: the real server corrects what it told, and proves it.</summary>
public sealed class LateFixTests
{
    private const double ShopLatitudeDeg = 48.2, LongitudeDeg = 16.4;

    [Fact]
    public async Task A_visit_that_comes_late_is_told_late_and_the_day_is_replayed_as_it_stands()
    {
        await using ServerProcess server = await ServerProcess.StartWithSettingsAsync(
            """{"Tracking":{"Silo":{"Corrections":{"Quiet":"00:00:01","LookInterval":"00:00:00.200"}}}}""");
        string secret = await server.RunAsync("device", "add", "--id", "phone", "--rep", "ann");
        string token = (await server.RunAsync("token", "create", "--role", "reader", "--name", "replay")).Trim();
        HttpClient client = await server.ClientAsync();
        await PutShopAsync(client);
        DateTimeOffset began = DateTimeOffset.UtcNow.AddSeconds(2);
        using HttpClient phone = ServerProcess.Client(server.Http, secret);
        // Four minutes ahead at the most, which a clock may be: there at 20 m/s, a minute and a half in the shop, and back.
        await SendAsync(phone, began, 0, 40);
        await SendAsync(phone, began, 200, 240);
        Assert.Empty(await AlertsAsync(client));
        await SendAsync(phone, began, 40, 200);
        List<JsonElement> alerts = await Api.UntilAsync(() => AlertsAsync(client), found => found.Count >= 3, "three alerts");
        Assert.Equal(["geofenceEntered", "geofenceExited", "visitTooShort"], alerts.Select(a => a.GetProperty("kind").GetString()).Order(StringComparer.Ordinal));
        Assert.All(alerts, a => Assert.True(a.GetProperty("late").GetBoolean()));

        string day = began.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        JsonElement replay = await client.GetFromJsonAsync<JsonElement>($"/v1/reps/ann/days/{day}/replay");
        Assert.True(replay.GetProperty("same").GetBoolean(), replay.ToString());
        (int code, string output) = await ServerProcess.TryAsync("replay", "--server", server.Http.ToString(), "--token", token, "--rep", "ann", "--day", day);
        Assert.True(code == 0, output);
        Assert.Contains(replay.GetProperty("digest").GetString()!, output, StringComparison.Ordinal);
    }

    private static async Task<List<JsonElement>> AlertsAsync(HttpClient client)
    {
        List<JsonElement> all = await client.PagesAsync("/v1/alerts?rep=ann", "alerts");
        return [.. all.Where(a => a.GetProperty("kind").GetString()!.StartsWith("geofence", StringComparison.Ordinal) || a.GetProperty("kind").GetString()!.StartsWith("visit", StringComparison.Ordinal))];
    }

    private static async Task SendAsync(HttpClient phone, DateTimeOffset began, int from, int to)
    {
        object[] fixes = [.. Enumerable.Range(from, to - from).Select(second => new
        {
            fixedAt = began.AddSeconds(second).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            latitude = ShopLatitudeDeg + (AwayM(second) / 111_200),
            longitude = LongitudeDeg,
            accuracyM = 5,
        })];
        (await phone.PostAsJsonAsync("/v1/fixes", fixes)).EnsureSuccessStatusCode();
    }

    private static double AwayM(int second) => second < 75 ? 1500 - (second * 20) : second < 165 ? 0 : (second - 165) * 20;

    private static async Task PutShopAsync(HttpClient client)
    {
        var fence = new
        {
            type = "Feature",
            geometry = new { type = "Point", coordinates = new[] { LongitudeDeg, ShopLatitudeDeg } },
            properties = new { id = "shop", name = "Shop", radiusM = 200, purpose = "customer" },
        };
        (await client.PostAsJsonAsync("/v1/geofences", fence)).EnsureSuccessStatusCode();
    }
}
