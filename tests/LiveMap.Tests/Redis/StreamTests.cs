using System.Globalization;
using System.Text.Json;
using Tracking.LiveMap.Redis;

namespace Tracking.LiveMap.Tests.Redis;

public class StreamTests
{
    [Fact]
    public async Task Every_alert_is_in_the_stream_once_and_in_order_whatever_happens_to_redis()
    {
        Assert.SkipUnless(RedisServer.IsOurs, "the server of TRACKING_TEST_REDIS is not to be killed");
        await using var redis = new RedisServer();
        RedisOptions options = TwoNodes.Options(await redis.StartAsync(), RedisServer.NewPrefix());
        string stream = options.Prefix + "alerts";
        await using TwoNodes nodes = await TwoNodes.StartAsync(options);
        // A second writer of the same log: the stream has no alert twice.
        await using LiveMapServer second = await nodes.StartLateAsync(options with { Writes = true, Reads = false });
        await WriteAsync(nodes, 0, 700);
        await ExpectAsync(redis, stream, 700);
        await redis.PauseAsync();
        await WriteAsync(nodes, 700, 100);
        await Until.TrueAsync(async () => await PositionTests.MetricAsync(nodes.Writer, "tracking_redis_up") == 0, "nobody notices the pause");
        await redis.ResumeAsync();
        await ExpectAsync(redis, stream, 800);
        // Its last second is lost: the stream is cut back, and filled again.
        await redis.AskAsync("EVAL", "redis.call('XTRIM', KEYS[1], 'MAXLEN', 0) redis.call('DEL', KEYS[1]) return redis.call('XADD', KEYS[1], '500-0', 'id', 'x')", "1", stream);
        await WriteAsync(nodes, 800, 10);
        await Until.TrueAsync(async () => await LengthAsync(redis, stream) == 311, "what was lost is not written again");
        await redis.KillAsync();
        await WriteAsync(nodes, 810, 10);
        await redis.StartAsync();
        await ExpectAsync(redis, stream, 820);
    }

    [Fact]
    public async Task A_refusal_is_told_and_overcome()
    {
        await using var redis = new RedisServer();
        RedisOptions options = TwoNodes.Options(await redis.StartAsync(), RedisServer.NewPrefix());
        string stream = options.Prefix + "alerts";
        await redis.AskAsync("SET", stream, "somebody else's");
        await using TwoNodes nodes = await TwoNodes.StartAsync(options);
        await nodes.Writer.AlertAsync("a", "one");
        await Until.TrueAsync(async () => (await PositionTests.ReadinessAsync(nodes.Writer)).Redis.StartsWith("Redis refuses", StringComparison.Ordinal), "nobody is told");
        nodes.Writer.Show(nodes.Writer.AddRep("a"), 48.2, 16.37);
        await nodes.UntilSameAsync();
        await redis.AskAsync("DEL", stream);
        await ExpectAsync(redis, stream, 1);
    }

    private static Task WriteAsync(TwoNodes nodes, int from, int count) =>
        nodes.Writer.AlertAsync("a", [.. Enumerable.Range(from, count).Select(i => i.ToString(CultureInfo.InvariantCulture))]);

    private static async Task<int> LengthAsync(RedisServer redis, string stream) =>
        int.Parse(await redis.AskAsync("XLEN", stream), CultureInfo.InvariantCulture);

    private static async Task ExpectAsync(RedisServer redis, string stream, int count)
    {
        await Until.TrueAsync(async () => await LengthAsync(redis, stream) >= count, "alerts are missing");
        string[] lines = (await redis.AskAsync("XRANGE", stream, "-", "+")).Split('\n');
        Assert.Equal(count * 9, lines.Length);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal($"{i + 1}-0", lines[9 * i]);
            JsonElement alert = JsonElement.Parse(lines[9 * i + 8]);
            Assert.Equal(i + 1, alert.GetProperty("cursor").GetInt64());
            Assert.Equal(alert.GetProperty("id").GetString(), lines[9 * i + 2]);
        }
    }
}
