using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tracking.EndToEnd.Tests;

/// <summary>The disk of the data folder is full: devices are told to come later, everybody is told why, and it goes on by itself when there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly DateTimeOffset Began = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly string _note = new('n', 3000);

    [Fact]
    public async Task What_a_full_disk_cannot_take_is_refused_and_nothing_that_was_taken_is_lost()
    {
        await using ServerProcess server = await ServerProcess.StartOnSmallDiskAsync(mib: 48);
        string secret = await server.RunAsync("device", "add", "--id", "phone", "--rep", "rep");
        using HttpClient reader = await server.ClientAsync(), phone = ServerProcess.Client(server.Http, secret);
        int taken = 0;
        for (; taken < 50; taken++) Assert.Equal(HttpStatusCode.OK, (await SendAsync(phone, taken)).StatusCode);

        server.FillDisk();
        HttpResponseMessage? refused = null;
        // What the files have room for is taken still.
        while ((refused = await SendAsync(phone, taken)).StatusCode == HttpStatusCode.OK) taken++;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero, "no Retry-After");
        (HttpStatusCode status, JsonElement ready) = await ReadyAsync(reader);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "notReady"), (status, ready.GetProperty("status").GetString()));
        Assert.Contains("disk is full", ready.GetProperty("checks").GetProperty("journal").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(phone, taken)).StatusCode);

        server.FreeDisk();
        await Api.UntilAsync(() => ReadyAsync(reader), static r => r.Ready.GetProperty("status").GetString() == "ready", "a server that has gone on by itself");
        for (int more = 0; more < 50; more++, taken++) Assert.Equal(HttpStatusCode.OK, (await SendAsync(phone, taken)).StatusCode);

        server.FillDisk();
        await server.Kill9Async();
        server.FreeDisk();
        await server.StartAsync();
        using HttpClient again = await server.ClientAsync();
        List<JsonElement> track = await Api.UntilAsync(() => again.TrackAsync("rep"), t => t.Count >= taken, "the track");
        Assert.Equal(Enumerable.Range(0, taken).Select(TimeOf), track.Select(static fix => fix.GetProperty("fixedAt").GetString()!));
        Assert.Equal(0, await server.StopAsync());
    }

    private Task<HttpResponseMessage> SendAsync(HttpClient phone, int fix) => phone.PostAsJsonAsync("/v1/fixes", new
    {
        fixedAt = TimeOf(fix),
        latitude = 48.2 + (fix * 1e-4),
        longitude = 16.4,
        accuracyM = 5,
        note = _note,
    });

    private static string TimeOf(int fix) => Began.UtcDateTime.AddSeconds(fix).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static async Task<(HttpStatusCode Status, JsonElement Ready)> ReadyAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative));
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }
}
