using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tracking.Tests;

namespace Tracking.EndToEnd.Tests;

/// <summary>The real program on a real TimescaleDB: everything but the journal lies in the database.</summary>
public sealed class PostgresStoreTests(TimescaleServer timescale) : IClassFixture<TimescaleServer>
{
    private const string Fence = """
        {"type":"Feature","properties":{"id":"depot","name":"Depot","radiusM":200},"geometry":{"type":"Point","coordinates":[16.37,48.2]}}
        """;

    private static async Task SendAsync(ServerProcess server, string secret, int from, int count)
    {
        using HttpClient phone = ServerProcess.Client(server.Http, secret);
        DateTimeOffset begin = DateTimeOffset.UtcNow.AddMinutes(-30);
        // From far away into the depot.
        var fixes = Enumerable.Range(from, count).Select(i => new
        {
            id = $"f{i}",
            fixedAt = begin.AddSeconds(i * 10).ToUnixTimeMilliseconds(),
            latitude = 48.2 + Math.Max(0, 0.02 - (i * 0.001)),
            longitude = 16.37,
            accuracyM = 5,
            speedMps = 11,
        });
        using HttpResponseMessage answer = await phone.PostAsJsonAsync("/v1/fixes", fixes);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<string> FirstAlertAsync(HttpClient client)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using Stream stream = await client.GetStreamAsync("/v1/alerts/stream?after=0", timeout.Token);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonElement.Parse(line[6..]).GetProperty("kind").GetString()!;
        }
        throw new InvalidOperationException("the stream ended");
    }

    private static Task<List<JsonElement>> TrackOfAsync(HttpClient client, int count) =>
        Api.UntilAsync(() => client.TrackAsync("anna"), track => track.Count >= count, $"{count} fixes in the track");

    [Fact]
    public async Task A_server_on_a_database_keeps_only_its_journal_and_goes_on_after_kill_9_and_in_an_empty_folder()
    {
        string store = await timescale.CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartAsync("--store", store);
        string secret = await server.RunAsync("device", "add", "--store", store, "--id", "phone", "--rep", "anna"), token =
            await server.RunAsync("token", "create", "--store", store, "--role", "admin", "--name", "test");
        using (HttpClient client = ServerProcess.Client(server.Http, token))
        {
            using HttpResponseMessage put = await client.PostAsync("/v1/geofences", new StringContent(Fence, null, "application/geo+json"));
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
            await SendAsync(server, secret, 0, 60);
            Assert.Equal("geofenceEntered", await FirstAlertAsync(client));
            Assert.Equal(60, (await TrackOfAsync(client, 60)).Count);
            JsonElement ready = await client.GetFromJsonAsync<JsonElement>("/readyz");
            Assert.Equal(("ready", "ok"), (ready.GetProperty("status").GetString(), ready.GetProperty("checks").GetProperty("store").GetString()));
            await SendAsync(server, secret, 60, 60);
        }
        Assert.Equal(["journal.db", "quarantine.db"], server.Files("*.db"));
        await server.Kill9Async();

        await server.StartAsync();
        using (HttpClient client = ServerProcess.Client(server.Http, token))
        {
            Assert.Equal(120, (await TrackOfAsync(client, 120)).Count);
            Assert.Single(await client.PagesAsync("/v1/alerts?kind=geofenceEntered", "alerts"));
        }
        Assert.Equal(0, await server.StopAsync());

        // Another machine takes over the database.
        await using ServerProcess other = await ServerProcess.StartAsync("--store", store);
        using (HttpClient client = ServerProcess.Client(other.Http, token))
        {
            await SendAsync(other, secret, 120, 10);
            Assert.Equal(130, (await TrackOfAsync(client, 130)).Count);
            Assert.Single(await client.PagesAsync("/v1/alerts?kind=geofenceEntered", "alerts"));
        }
    }

    [Fact]
    public async Task A_second_server_of_the_same_name_and_a_database_that_is_away_are_told()
    {
        string store = await timescale.CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartAsync("--store", store);
        (int code, string output) = await ServerProcess.TryAsync("import", "/dev/null", "--rep", "anna", "--data", Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), "--store", store);
        Assert.Equal(1, code);
        Assert.Contains("Another server works as node 'main'", output, StringComparison.Ordinal);
        (code, output) = await ServerProcess.TryAsync("token", "create", "--role", "admin", "--name", "n", "--store", "Host=127.0.0.1;Port=1;Password=s3cret");
        Assert.Equal(1, code);
        Assert.Contains("PostgreSQL", output, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", output, StringComparison.Ordinal);
    }
}
