using System.Net.Http.Headers;
using System.Text.Json;

namespace Tracking.Server.Tests;

/// <summary>The program with <c>--redis</c>.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task A_server_shows_its_reps_and_alerts_in_redis_and_the_doctor_finds_it()
    {
        await using var redis = new RedisServer();
        string address = await redis.StartAsync(), prefix = RedisServer.NewPrefix();
        using var folder = new TemporaryFolder();
        folder.Write("appsettings.json", """{"Tracking":{"RedisLink":{"Prefix":"PREFIX"}}}""".Replace("PREFIX", prefix, StringComparison.Ordinal));
        await using TrackingProgram server = await TrackingProgram.ServeAsync(folder.Path, "serve", "--redis", address);
        (int code, string secret, string errors) = await TrackingProgram.RunAsync("device", "add", "--data", folder.Path, "--id", "phone", "--rep", "anna");
        Assert.True(code == 0, errors);
        using var client = new HttpClient { BaseAddress = server.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        string fix = $$"""{"fixedAt":{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}},"latitude":48.2,"longitude":16.37,"accuracyM":5,"activity":"still","mock":true}""";
        using HttpResponseMessage answer = await client.PostAsync("/v1/fixes", new StringContent(fix, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
        for (int i = 0; i < 600 && await redis.AskAsync("ZSCORE", prefix + "reps:geo", "anna") == ""; i++) await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Equal("anna", await redis.AskAsync("GEOSEARCH", prefix + "reps:geo", "FROMLONLAT", "16.37", "48.2", "BYRADIUS", "10", "m"));
        JsonElement ready = JsonElement.Parse(await client.GetStringAsync("/readyz", TestContext.Current.CancellationToken));
        Assert.Equal("ok", ready.GetProperty("checks").GetProperty("redis").GetString());
        (_, string findings, _) = await TrackingProgram.RunAsync("doctor", "--data", folder.Path, "--redis", address);
        Assert.Contains($"ok   redis {address}: version ", findings, StringComparison.Ordinal);
        (_, findings, _) = await TrackingProgram.RunAsync("doctor", "--data", folder.Path, "--redis", "127.0.0.1:1");
        Assert.Contains("warn redis 127.0.0.1:1: cannot be used", findings, StringComparison.Ordinal);
    }
}
