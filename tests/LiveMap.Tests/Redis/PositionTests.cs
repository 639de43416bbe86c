using System.Globalization;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.LiveMap.Redis;

namespace Tracking.LiveMap.Tests.Redis;

public sealed class PositionTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string City = """[{"bounds":[16,48,17,49],"zoom":12}]""";

    [Fact]
    public async Task Both_nodes_show_the_same_map_and_others_can_ask_for_who_is_near()
    {
        string prefix = RedisServer.NewPrefix();
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(await redis.StartAsync(), prefix));
        Rep[] reps = [.. Enumerable.Range(0, 30).Select(i => nodes.Writer.AddRep($"r{i}"))];
        Move(nodes.Writer, reps, 48.2);
        nodes.Writer.Board.Publish(new RepLive { RepKey = nodes.Writer.AddRep("silent").Key, Status = SignalStatus.OffDuty, HeardAt = new Instant(1_795_000_000_000) });
        nodes.Writer.Show(nodes.Writer.AddRep("pole"), 89.9, 10);
        await nodes.UntilSameAsync();
        await using HubClient client = await HubClient.OpenAsync(nodes.Viewer, nodes.Viewer.Token());
        Assert.Null(await client.CallAsync("Watch", City));
        Assert.Equal(reps.Select(r => r.Key).Order(), HubClient.KeysOf(await client.NextAsync("Snapshot")));
        Move(nodes.Writer, reps, 48.3);
        HashSet<int> moved = [];
        while (moved.Count < reps.Length) moved.UnionWith(HubClient.KeysOf(await client.NextAsync("Positions")));
        await nodes.UntilSameAsync();
        string here = (await nodes.Writer.Client().GetJsonAsync("/v1/reps")).GetRawText(), there = (await nodes.Viewer.Client().GetJsonAsync("/v1/reps")).GetRawText();
        Assert.Equal(here, there);
        // From another city, a rep is in the old cell's channel and the new one's, and in one place of the GEO set.
        nodes.Writer.Show(reps[7], 52.52, 13.40);
        await nodes.UntilSameAsync();
        Assert.Equal("r7", await redis.AskAsync("GEOSEARCH", prefix + "reps:geo", "FROMLONLAT", "13.4", "52.5", "BYRADIUS", "10", "km", "ASC"));
        Assert.Equal("", await redis.AskAsync("ZSCORE", prefix + "reps:geo", "pole"));
        Assert.Equal("32", await redis.AskAsync("HLEN", prefix + "reps"));
    }

    [Fact]
    public async Task A_node_that_comes_late_gets_everybody()
    {
        RedisOptions options = TwoNodes.Options(await redis.StartAsync(), RedisServer.NewPrefix());
        await using TwoNodes nodes = await TwoNodes.StartAsync(options);
        Rep[] reps = [.. Enumerable.Range(0, 3000).Select(i => nodes.Writer.AddRep($"r{i}"))];
        Move(nodes.Writer, reps, 48.2);
        await nodes.UntilSameAsync();
        await using LiveMapServer late = await nodes.StartLateAsync(options with { Writes = false, Reads = true });
        await Until.TrueAsync(() => reps.All(r => late.Board.TryRead(r.Key, out _)));
    }

    [Fact]
    public async Task Who_has_been_removed_from_the_registry_is_removed_from_redis()
    {
        string prefix = RedisServer.NewPrefix(), server = await redis.StartAsync();
        await redis.AskAsync("HSET", prefix + "reps", "gone", "x");
        await redis.AskAsync("GEOADD", prefix + "reps:geo", "16.37", "48.2", "gone");
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(server, prefix));
        nodes.Writer.Show(nodes.Writer.AddRep("here"), 48.2, 16.37);
        await nodes.UntilSameAsync();
        Assert.Equal("here", await redis.AskAsync("HKEYS", prefix + "reps"));
        Assert.Equal("here", await redis.AskAsync("ZRANGE", prefix + "reps:geo", "0", "-1"));
    }

    [Fact]
    public async Task Messages_that_make_no_sense_are_counted_and_change_nothing()
    {
        string prefix = RedisServer.NewPrefix();
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(await redis.StartAsync(), prefix));
        Rep rep = nodes.Writer.AddRep("a");
        nodes.Writer.Show(rep, 48.2, 16.37);
        await nodes.UntilSameAsync();
        foreach (string bad in (string[])["", "no message", "\x91\x01", "\x95\x01\x01\x01\x01\x91\xc0"])
            await redis.AskAsync("PUBLISH", prefix + "live:8/139/88", bad);
        await Until.TrueAsync(async () => (await MetricAsync(nodes.Viewer, "tracking_redis_messages_total{result=\"unusable\"}")) >= 3, "bad messages are not counted");
        nodes.Writer.Show(rep, 48.3, 16.4);
        await nodes.UntilSameAsync();
    }

    internal static void Move(LiveMapServer server, Rep[] reps, double latitude)
    {
        for (int i = 0; i < reps.Length; i++) server.Show(reps[i], latitude + i % 100 * 0.001, 16.3 + i % 70 * 0.002);
    }

    internal static async Task<double> MetricAsync(LiveMapServer server, string series)
    {
        string text = await server.Client(null).GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        string? line = text.Split('\n').FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line.AsSpan(series.Length + 1), CultureInfo.InvariantCulture);
    }

    internal static async Task<(string Status, string Redis)> ReadinessAsync(LiveMapServer server)
    {
        JsonElement answer = await server.Client(null).GetJsonAsync("/readyz");
        return (answer.GetProperty("status").GetString()!, answer.GetProperty("checks").GetProperty("redis").GetString()!);
    }
}
