using System.Text.Json;
using Tracking.Contracts;

namespace Tracking.LiveMap.Tests;

public class OfficialClientTests
{
    [Theory]
    [InlineData("json", "WebSockets")]
    [InlineData("json", "ServerSentEvents")]
    [InlineData("json", "LongPolling")]
    [InlineData("messagepack", "WebSockets")]
    [InlineData("messagepack", "LongPolling")]
    public async Task The_official_client_watches_resumes_streams_and_is_told_its_errors(string protocol, string transport)
    {
        await using LiveMapServer server = await LiveMapServer.StartAsync();
        Rep a = server.AddRep("a", "north"), b = server.AddRep("b", "north"), far = server.AddRep("far");
        await server.AlertAsync("a", "first", "second");
        server.Show(a, 48.2, 16.37);
        server.Show(b, 48.21, 16.38);
        server.Show(far, 40, -74);
        using var ended = new CancellationTokenSource();
        Task moving = MoveAsync(server, a, ended.Token);
        JsonElement seen = JsonElement.Parse(await Node.RunAsync("hub.mjs", server.Address, server.Token(Role.Reader), protocol, transport));
        await ended.CancelAsync();
        await moving;

        JsonElement[] frames = [.. seen.GetProperty("frames").EnumerateArray()];
        Assert.Equal(Enumerable.Range(1, frames.Length), frames.Select(f => f.GetProperty("sequence").GetInt32()));
        JsonElement first = frames[0];
        Assert.Equal(("Snapshot", "snapshot"), (first.GetProperty("call").GetString(), first.GetProperty("kind").GetString()));
        Assert.Equal([a.Key, b.Key], first.GetProperty("keys").EnumerateArray().Select(k => k.GetInt32()).Order());
        Assert.All(first.GetProperty("latitudes").EnumerateArray(), l => Assert.InRange(l.GetDouble(), 48.1, 48.3));
        JsonElement counts = frames.First(f => f.GetProperty("kind").GetString() == "countsSnapshot");
        Assert.Equal(3, counts.GetProperty("live").GetInt32());
        Assert.Equal("Name of a", seen.GetProperty("names").GetProperty(a.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)).GetProperty("name").GetString());
        JsonElement[] streamed = [.. seen.GetProperty("streamed").EnumerateArray()];
        Assert.Equal(["first", "second"], streamed.Select(s => s.GetProperty("id").GetString()));
        JsonElement listed = (await server.Client().GetJsonAsync("/v1/alerts?limit=1")).GetProperty("alerts")[0];
        Assert.True(JsonElement.DeepEquals(listed, streamed[0]), $"{listed} is not {streamed[0]}");
        JsonElement errors = seen.GetProperty("errors");
        Assert.Contains("bounds", errors.GetProperty("watch").GetString(), StringComparison.Ordinal);
        Assert.Contains("no such rep", errors.GetProperty("hidden").GetString(), StringComparison.Ordinal);
        foreach (string error in new[] { "unknown", "type", "cursor" }) Assert.NotNull(errors.GetProperty(error).GetString());
        Assert.NotNull(seen.GetProperty("streamError").GetString());
        Assert.True(seen.GetProperty("closed").GetBoolean());
        JsonElement back = seen.GetProperty("again");
        Assert.Equal(1, back.GetProperty("frames")[0].GetProperty("sequence").GetInt32());
        Assert.Equal([a.Key, b.Key], back.GetProperty("frames")[0].GetProperty("keys").EnumerateArray().Select(k => k.GetInt32()).Order());
        Assert.True(back.GetProperty("first").GetBoolean());
    }

    private static async Task MoveAsync(LiveMapServer server, Rep rep, CancellationToken end)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        try
        {
            for (int i = 0; await timer.WaitForNextTickAsync(end); i++)
            {
                server.Show(rep, 48.2 + i * 0.00001, 16.37);
                if (i % 10 == 0) await server.AlertAsync(rep.Id, "moving-" + i);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
