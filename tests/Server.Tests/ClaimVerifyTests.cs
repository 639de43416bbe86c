using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Tracking.Server.Tests;

public sealed class ClaimVerifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claim-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_claim_of_a_running_server_is_verified_and_a_forged_one_is_not()
    {
        await using TrackingProgram server = await TrackingProgram.ServeAsync(_folder);
        string token = await OutputAsync("token", "create", "--data", _folder, "--role", "admin", "--name", "t");
        string secret = await OutputAsync("device", "add", "--data", _folder, "--id", "d", "--rep", "r 17", "--zone", "Europe/Vienna");
        using var http = new HttpClient { BaseAddress = server.Http };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await SendDriveAsync(server.Http, secret);
        using HttpResponseMessage put = await http.PutAsync("/v1/rates/at%201", new StringContent(
            """{"vehicle":"car","currency":"EUR","validFrom":"2026-01-01","tiers":[{"upTo":1,"rate":0.5},{"rate":0.42}]}""", Encoding.UTF8, "application/json"));
        Assert.Equal(201, (int)put.StatusCode);
        string text = await ClaimAsync(http);
        string file = Path.Combine(_folder, "claim.txt");
        await File.WriteAllTextAsync(file, text);
        (int code, string output, string errors) = await TrackingProgram.RunAsync("claim", "verify", file, "--server", server.Http.ToString(), "--token", token);
        Assert.True(code == 0, output + errors);
        Assert.Contains("the server says the same", output, StringComparison.Ordinal);
        Assert.EndsWith("verified", output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(" EUR", "0 EUR", StringComparison.Ordinal));
        (code, output, _) = await TrackingProgram.RunAsync("claim", "verify", file);
        Assert.Equal(1, code);
        Assert.EndsWith("not verified", output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, "hello");
        (code, _, errors) = await TrackingProgram.RunAsync("claim", "verify", file);
        Assert.Equal(1, code);
        Assert.Contains("Line 1", errors, StringComparison.Ordinal);
    }

    /// <summary>Ten minutes north at 10 m/s, one fix in 10 s.</summary>
    private static async Task SendDriveAsync(Uri server, string secret)
    {
        IEnumerable<string> fixes = Enumerable.Range(0, 60).Select(static i => string.Create(CultureInfo.InvariantCulture,
            $$"""{"fixedAt":"{{new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero).AddSeconds(i * 10):O}}","latitude":{{48.1 + (i * 0.0009)}},"longitude":16.37,"accuracyM":5,"speedMps":10}"""));
        using var device = new HttpClient { BaseAddress = server };
        device.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using HttpResponseMessage sent = await device.PostAsync("/v1/fixes", new StringContent($"[{string.Join(',', fixes)}]", Encoding.UTF8, "application/json"));
        Assert.Equal(200, (int)sent.StatusCode);
    }

    private static async Task<string> ClaimAsync(HttpClient http)
    {
        const string path = "/v1/reps/r%2017/claims?from=2026-03-01&to=2026-03-03";
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            // The store takes what the trackers judged at its next checkpoint.
            JsonElement claim = JsonElement.Parse(await http.GetStringAsync(path, limit.Token));
            if (claim.GetProperty("total").GetProperty("paidM").GetInt64() > 5000) return await http.GetStringAsync(path + "&format=text", limit.Token);
            await Task.Delay(200, limit.Token);
        }
    }

    private static async Task<string> OutputAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await TrackingProgram.RunAsync(arguments);
        Assert.True(code == 0, errors);
        return output;
    }
}
