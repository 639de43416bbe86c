using Tracking.Contracts;

namespace Tracking.LiveMap.Tests.Redis;

/// <summary>Redis paused, killed, and not there at all. Each test has a Redis of its own.</summary>
public class OutageTests
{
    [Fact]
    public async Task A_pause_of_redis_is_made_up_for()
    {
        Assert.SkipUnless(RedisServer.IsOurs, "the server of TRACKING_TEST_REDIS is not to be paused");
        await using var redis = new RedisServer();
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(await redis.StartAsync(), RedisServer.NewPrefix()));
        Rep[] reps = [.. Enumerable.Range(0, 50).Select(i => nodes.Writer.AddRep($"r{i}"))];
        PositionTests.Move(nodes.Writer, reps, 48.2);
        await nodes.UntilSameAsync();
        await redis.PauseAsync();
        PositionTests.Move(nodes.Writer, reps, 48.3);
        foreach (LiveMapServer node in (LiveMapServer[])[nodes.Writer, nodes.Viewer])
            await Until.TrueAsync(async () => (await PositionTests.ReadinessAsync(node)).Status == "degraded", "nobody notices that Redis does not answer");
        PositionTests.Move(nodes.Writer, reps, 48.4);
        await nodes.Writer.AlertAsync("r0", "one");
        await redis.ResumeAsync();
        await nodes.UntilSameAsync();
        foreach (LiveMapServer node in (LiveMapServer[])[nodes.Writer, nodes.Viewer])
            await Until.TrueAsync(async () => await PositionTests.ReadinessAsync(node) == ("ready", "ok"), "the node stays degraded");
    }

    [Fact]
    public async Task A_redis_that_is_killed_and_comes_back_empty_is_filled_again()
    {
        Assert.SkipUnless(RedisServer.IsOurs, "the server of TRACKING_TEST_REDIS is not to be killed");
        await using var redis = new RedisServer();
        string prefix = RedisServer.NewPrefix();
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(await redis.StartAsync(), prefix));
        Rep[] reps = [.. Enumerable.Range(0, 50).Select(i => nodes.Writer.AddRep($"r{i}"))];
        PositionTests.Move(nodes.Writer, reps, 48.2);
        await nodes.UntilSameAsync();
        await redis.KillAsync();
        await Until.TrueAsync(async () => await PositionTests.MetricAsync(nodes.Writer, "tracking_redis_up") == 0, "nobody notices that Redis is gone");
        PositionTests.Move(nodes.Writer, reps[..20], 48.3);
        Assert.Equal(50, (await nodes.Viewer.Client().GetJsonAsync("/v1/reps")).GetProperty("reps").GetArrayLength());
        await redis.StartAsync();
        await nodes.UntilSameAsync();
        await Until.TrueAsync(async () => await redis.AskAsync("HLEN", prefix + "reps") == "50", "not everybody is in Redis again");
        PositionTests.Move(nodes.Writer, reps, 48.5);
        await nodes.UntilSameAsync();
    }

    [Fact]
    public async Task A_node_starts_without_redis_and_finds_it_later()
    {
        Assert.SkipUnless(RedisServer.IsOurs, "the server of TRACKING_TEST_REDIS is not to be killed");
        await using var redis = new RedisServer();
        string server = await redis.StartAsync();
        await redis.KillAsync();
        await using TwoNodes nodes = await TwoNodes.StartAsync(TwoNodes.Options(server, RedisServer.NewPrefix()));
        Rep rep = nodes.Writer.AddRep("a");
        nodes.Writer.Show(rep, 48.2, 16.37);
        (string status, string complaint) = await PositionTests.ReadinessAsync(nodes.Writer);
        Assert.Equal("degraded", status);
        Assert.DoesNotContain(server, complaint, StringComparison.Ordinal);
        await redis.StartAsync();
        await nodes.UntilSameAsync();
    }
}
