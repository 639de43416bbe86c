using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>The main job: three recorded drives through three protocols come back complete, with alerts and mileage.</summary>
public sealed class RecordedDrivesTests
{
    private static readonly DrivePoint CircleCenter = new(default, 48.1977, 16.3792);
    private const double CircleRadiusM = 250;

    [Fact]
    public async Task Three_drives_come_back_complete_with_fence_alerts_and_mileage()
    {
        IReadOnlyList<IReadOnlyList<DrivePoint>> drives = Drive.ReadAll();
        await using ServerProcess server = await ServerProcess.StartAsync("--auto-enrol");
        HttpClient client = await server.ClientAsync();
        await PutCircleAsync(client);
        using HttpClient devices = ServerProcess.Client(server.Devices);
        string ownSecret = await server.RunAsync("device", "add", "--id", "own", "--rep", "own");
        string trackSecret = await server.RunAsync("device", "add", "--id", "owntracks", "--rep", "owntracks");

        await PostOsmAndAsync(devices, "osmand", drives[0]);
        await PostOwnAsync(ServerProcess.Client(server.Http, ownSecret), drives[1]);
        await PostOwnTracksAsync(ServerProcess.Client(server.Http), "owntracks", trackSecret, drives[2]);

        await AssertCompleteAsync(client, "osmand", drives[0]);
        await AssertCompleteAsync(client, "own", drives[1]);
        await AssertCompleteAsync(client, "owntracks", drives[2]);
        await AssertMileageAsync(client, "osmand", drives[0]);
        await AssertMileageAsync(client, "owntracks", drives[2]);
        await AssertCircleAlertsAsync(client, "own", drives[1]);
    }

    private static async Task PutCircleAsync(HttpClient client)
    {
        var fence = new
        {
            type = "Feature",
            geometry = new { type = "Point", coordinates = new[] { CircleCenter.LongitudeDeg, CircleCenter.LatitudeDeg } },
            properties = new { id = "center", name = "Center", radiusM = CircleRadiusM },
        };
        (await client.PostAsJsonAsync("/v1/geofences", fence)).EnsureSuccessStatusCode();
    }

    private static async Task PostOsmAndAsync(HttpClient devices, string id, IReadOnlyList<DrivePoint> drive)
    {
        foreach (DrivePoint point in drive)
        {
            string query = string.Create(CultureInfo.InvariantCulture,
                $"/?id={id}&lat={point.LatitudeDeg}&lon={point.LongitudeDeg}&timestamp={point.At.ToUnixTimeSeconds()}&accuracy=5");
            using HttpResponseMessage answer = await devices.PostAsync(new Uri(query, UriKind.Relative), null);
            Assert.Equal("", await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        }
    }

    private static async Task PostOwnAsync(HttpClient client, IReadOnlyList<DrivePoint> drive)
    {
        foreach (DrivePoint[] batch in drive.Chunk(100))
        {
            object[] fixes = [.. batch.Select(p => new { fixedAt = p.At, latitude = p.LatitudeDeg, longitude = p.LongitudeDeg, accuracyM = 5 })];
            JsonElement answer = await (await client.PostAsJsonAsync("/v1/fixes", fixes)).EnsureSuccessStatusCode()
                .Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(batch.Length, answer.GetProperty("accepted").GetInt32());
        }
    }

    private static async Task PostOwnTracksAsync(HttpClient client, string id, string secret, IReadOnlyList<DrivePoint> drive)
    {
        client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
        foreach (DrivePoint point in drive)
        {
            var message = new { _type = "location", lat = point.LatitudeDeg, lon = point.LongitudeDeg, tst = point.At.ToUnixTimeSeconds(), acc = 5 };
            using HttpResponseMessage answer = await client.PostAsJsonAsync("/owntracks", message);
            Assert.Equal("[]", await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
        }
    }

    private static async Task AssertCompleteAsync(HttpClient client, string rep, IReadOnlyList<DrivePoint> drive)
    {
        List<JsonElement> track = await Api.UntilAsync(() => client.TrackAsync(rep), t => t.Count >= drive.Count, $"the track of {rep}");
        Assert.Equal(Keys(drive), [.. track.Select(KeyOf).Order()]);
        Assert.True(track.Count(fix => fix.GetProperty("outcome").GetString() == "accepted") >= 0.97 * drive.Count, $"{rep}: too few accepted");
        DateTimeOffset[] times = [.. track.Select(fix => fix.GetProperty("fixedAt").GetDateTimeOffset())];
        Assert.Equal(times.Order(), times);
    }

    private static IEnumerable<(long, int, int)> Keys(IReadOnlyList<DrivePoint> drive) =>
        drive.Select(p => (p.At.ToUnixTimeSeconds(), E7(p.LatitudeDeg), E7(p.LongitudeDeg))).Order();

    private static (long, int, int) KeyOf(JsonElement fix) =>
        (fix.GetProperty("fixedAt").GetDateTimeOffset().ToUnixTimeSeconds(),
            E7(fix.GetProperty("latitude").GetDouble()), E7(fix.GetProperty("longitude").GetDouble()));

    private static int E7(double degrees) => (int)Math.Round(degrees * 1e7);

    /// <summary>A drive without stops or gaps pays its length: between that of one point a second and that of all, give or take 2 %.</summary>
    private static async Task AssertMileageAsync(HttpClient client, string rep, IReadOnlyList<DrivePoint> drive)
    {
        JsonElement day = await client.GetFromJsonAsync<JsonElement>($"/v1/reps/{rep}/days/{drive[0].At.UtcDateTime:yyyy-MM-dd}");
        double bySecondM = Drive.LengthM([.. drive.GroupBy(p => p.At).Select(second => second.Last())]);
        Assert.InRange(day.GetProperty("acceptedM").GetDouble(), 0.98 * bySecondM, 1.02 * Drive.LengthM(drive));
    }

    /// <summary>The alerts of the circle are the crossings of the recorded points, each within 15 s, exits up to the 50 m band.</summary>
    private static async Task AssertCircleAlertsAsync(HttpClient client, string rep, IReadOnlyList<DrivePoint> drive)
    {
        bool[] inside = [.. drive.Select(p => Drive.DistanceM(p, CircleCenter) < CircleRadiusM)];
        int[] crossings = [.. Enumerable.Range(1, drive.Count - 1).Where(i => inside[i] != inside[i - 1])];
        List<JsonElement> alerts = await Api.UntilAsync(
            () => client.PagesAsync($"/v1/alerts?rep={rep}", "alerts"),
            found => found.Count(a => a.TryGetProperty("geofenceId", out _)) >= crossings.Length, "the alerts of the circle");
        JsonElement[] placed = [.. alerts.Where(a => a.TryGetProperty("geofenceId", out _))];
        Assert.Equal(crossings.Select(i => inside[i] ? "geofenceEntered" : "geofenceExited"), placed.Select(a => a.GetProperty("kind").GetString()));
        foreach ((int i, JsonElement alert) in crossings.Zip(placed))
        {
            int beyond = inside[i] ? i : Enumerable.Range(i, drive.Count - i).First(j => Drive.DistanceM(drive[j], CircleCenter) > CircleRadiusM + 50);
            Assert.InRange(alert.GetProperty("at").GetDateTimeOffset(), drive[i - 1].At.AddSeconds(-15), drive[beyond].At.AddSeconds(15));
        }
    }
}
