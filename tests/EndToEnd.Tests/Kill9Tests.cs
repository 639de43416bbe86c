using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>The process dies at any instant under load; what was acknowledged is there, once.</summary>
public sealed class Kill9Tests
{
    private const int Reps = 8;
    private const int Rounds = 6;
    private const double FenceLatitudeDeg = 48.2;

    [Fact]
    public async Task Nothing_acknowledged_is_missing_or_doubled_and_no_alert_either()
    {
        await using ServerProcess server = await ServerProcess.StartWithSettingsAsync("{\"Tracking\":{\"Webhooks\":{\"AllowPrivateTargets\":true}}}");
        string[] secrets = new string[Reps];
        for (int rep = 0; rep < Reps; rep++)
            secrets[rep] = await server.RunAsync("device", "add", "--id", $"phone-{rep}", "--rep", $"rep-{rep}");
        HttpClient client = await server.ClientAsync();
        await PutFenceAsync(client);
        using var subscriber = new WebhookTarget();
        await subscriber.SubscribeAsync(client);

        var senders = Enumerable.Range(0, Reps).Select(rep => new Sender(rep, secrets[rep])).ToArray();
        var random = new Random(20261122);
        for (int round = 0; round < Rounds; round++)
        {
            using var ends = new CancellationTokenSource();
            Task[] sending = [.. senders.Select(sender => sender.SendUntilAsync(server.Http, ends.Token))];
            await Task.Delay(random.Next(300, 1500));
            await server.Kill9Async();
            await ends.CancelAsync();
            await Task.WhenAll(sending);
            await server.StartAsync();
        }
        client = await server.ClientAsync();
        foreach (Sender sender in senders) await sender.SendRestAsync(server.Http);
        foreach (Sender sender in senders) await AssertTrackAsync(client, sender);
        await AssertAlertsAsync(client, senders);
        await AssertDeliveredAsync(client, subscriber);
        Assert.True(senders.Sum(s => s.Acknowledged.Count) > 500, "the load was too small to prove anything");
        Assert.Equal(0, await server.StopAsync());
    }

    private static async Task PutFenceAsync(HttpClient client)
    {
        var fence = new
        {
            type = "Feature",
            geometry = new { type = "Point", coordinates = new[] { 16.4, FenceLatitudeDeg } },
            properties = new { id = "depot", name = "Depot", radiusM = 200 },
        };
        (await client.PostAsJsonAsync("/v1/geofences", fence)).EnsureSuccessStatusCode();
    }

    private static async Task AssertTrackAsync(HttpClient client, Sender sender)
    {
        List<JsonElement> track = await Api.UntilAsync(
            () => client.TrackAsync($"rep-{sender.Rep}"), t => t.Count >= sender.Acknowledged.Count, $"the track of rep-{sender.Rep}");
        string[] stored = [.. track.Select(fix => fix.GetProperty("fixedAt").GetString()!)];
        Assert.Equal(stored.Length, stored.Distinct().Count());
        Assert.Empty(sender.Acknowledged.Except(stored));
    }

    /// <summary>Everyone drives through the fence over and over: enter and exit alternate, ids are unique.</summary>
    private static async Task AssertAlertsAsync(HttpClient client, Sender[] senders)
    {
        int expected = senders.Sum(sender => sender.Crossings);
        List<JsonElement> alerts = await Api.UntilAsync(
            () => client.PagesAsync("/v1/alerts?limit=1000", "alerts"),
            found => found.Count(IsGeofence) >= expected, "the alerts");
        string[] ids = [.. alerts.Select(alert => alert.GetProperty("id").GetString()!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        foreach (Sender sender in senders)
        {
            string[] kinds = [.. alerts.Where(IsGeofence).Where(a => a.GetProperty("repId").GetString() == $"rep-{sender.Rep}")
                .OrderBy(a => a.GetProperty("at").GetString(), StringComparer.Ordinal).Select(a => a.GetProperty("kind").GetString()!)];
            Assert.Equal(sender.Crossings, kinds.Length);
            Assert.All(kinds.Index(), k => Assert.Equal(k.Index % 2 == 0 ? "geofenceEntered" : "geofenceExited", k.Item));
        }
    }

    /// <summary>The webhook's subscriber has every alert, in the log's order within each rep, and a repeat is the same alert.</summary>
    private static async Task AssertDeliveredAsync(HttpClient client, WebhookTarget subscriber)
    {
        List<JsonElement> alerts = await client.PagesAsync("/v1/alerts?limit=1000", "alerts");
        string[] log = [.. alerts.Select(alert => alert.GetRawText())];
        string[] received = await Api.UntilAsync(
            () => Task.FromResult(subscriber.Received), found => found.Distinct().Count() >= log.Length, "the webhook's alerts");
        Assert.Empty(received.Except(log));
        foreach (IGrouping<string, string> rep in received.Distinct().GroupBy(RepOf))
            Assert.Equal(log.Where(alert => RepOf(alert) == rep.Key), rep);

        static string RepOf(string alert) => JsonElement.Parse(alert).GetProperty("repId").GetString()!;
    }

    private static bool IsGeofence(JsonElement alert) => alert.GetProperty("kind").GetString()!.StartsWith("geofence", StringComparison.Ordinal);

    /// <summary>A phone that keeps a fix until it is acknowledged, then goes on: north and south through the fence at 20 m/s.</summary>
    private sealed class Sender(int rep, string secret)
    {
        private const int LapFixes = 200;
        private static readonly DateTime Began = new(2026, 11, 20, 6, 0, 0, DateTimeKind.Utc);
        private int _next;

        public int Rep => rep;

        public List<string> Acknowledged { get; } = [];

        /// <summary>Two crossings a lap, whole laps only: <see cref="SendRestAsync"/> ends at the end of one.</summary>
        public int Crossings => _next / LapFixes * 2;

        public async Task SendUntilAsync(Uri address, CancellationToken cancel)
        {
            using HttpClient client = ServerProcess.Client(address, secret);
            try
            {
                while (!cancel.IsCancellationRequested) await SendAsync(client, 5, cancel);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
            {
                // The server was killed: whether the last batch arrived is not known, so it is sent again.
            }
        }

        public async Task SendRestAsync(Uri address)
        {
            using HttpClient client = ServerProcess.Client(address, secret);
            do await SendAsync(client, 5, CancellationToken.None); while (_next % LapFixes != 0);
        }

        private async Task SendAsync(HttpClient client, int count, CancellationToken cancel)
        {
            object[] fixes = [.. Enumerable.Range(_next, count).Select(FixAt)];
            using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/fixes", fixes, cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            for (int fix = _next; fix < _next + count; fix++) Acknowledged.Add(TimeOf(fix));
            _next += count;
        }

        private object FixAt(int number)
        {
            int place = number % LapFixes;
            double northM = (number / LapFixes % 2 == 0 ? place : LapFixes - place) * 20.0 - LapFixes * 10.0;
            return new
            {
                fixedAt = TimeOf(number),
                latitude = FenceLatitudeDeg + northM / 111_200,
                longitude = 16.4 + rep * 1e-5,
                accuracyM = 5,
                speedMps = 20,
            };
        }

        private static string TimeOf(int number) =>
            Began.AddSeconds(number).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }
}
