using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.LiveMap.Redis;

namespace Tracking.LiveMap.Tests.Redis;

/// <summary>A node with (played) trackers and one that serves viewers only, over one registry and alert log, with a Redis between them.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private TwoNodes(LiveMapServer writer, LiveMapServer viewer) => (Writer, Viewer) = (writer, viewer);

    public LiveMapServer Writer { get; }

    public LiveMapServer Viewer { get; }

    public static RedisOptions Options(string server, string prefix) => new()
    {
        Server = server,
        Prefix = prefix,
        Timeout = TimeSpan.FromSeconds(2),
        BackOffFirst = TimeSpan.FromMilliseconds(100),
        BackOffMost = TimeSpan.FromMilliseconds(500),
        Beat = TimeSpan.FromMilliseconds(200),
    };

    public static async Task<TwoNodes> StartAsync(RedisOptions options)
    {
        LiveMapServer writer = await LiveMapServer.StartAsync(more: services => services.AddRedis(options));
        return new TwoNodes(writer, await StartBesideAsync(writer, options with { Writes = false, Reads = true }));
    }

    /// <summary>Starts another node over the same registry and alert log.</summary>
    public Task<LiveMapServer> StartLateAsync(RedisOptions options) => StartBesideAsync(Writer, options);

    private static Task<LiveMapServer> StartBesideAsync(LiveMapServer writer, RedisOptions options) => LiveMapServer.StartAsync(more: services => services
        .AddSingleton(writer.Registry).AddSingleton(writer.Alerts).AddSingleton(writer.Tracks).AddRedis(options));

    /// <summary>Waits until both boards show the same of all reps.</summary>
    public async Task UntilSameAsync()
    {
        await Until.TrueAsync(() => Writer.Registry.Reps.All(rep => IsSame(rep.Key)), () => string.Join('\n', Writer.Registry.Reps.Where(rep => !IsSame(rep.Key)).Take(5).Select(Compare)));
    }

    private bool IsSame(int key)
    {
        bool isHere = Writer.Board.TryRead(key, out RepLive here), isThere = Viewer.Board.TryRead(key, out RepLive there);
        return isHere == isThere && here with { InsideGeofences = [] } == there with { InsideGeofences = [] }
            && (!isHere || here.InsideGeofences.SequenceEqual(there.InsideGeofences));
    }

    private string Compare(Rep rep)
    {
        Writer.Board.TryRead(rep.Key, out RepLive here);
        Viewer.Board.TryRead(rep.Key, out RepLive there);
        return $"{rep.Id}: {here} but {there}";
    }

    public async ValueTask DisposeAsync()
    {
        await Viewer.DisposeAsync();
        await Writer.DisposeAsync();
    }
}

/// <summary>Waits for conditions, with a limit that a slow machine does not reach.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, Func<string>? what = null)
    {
        for (int i = 0; i < 3000; i++)
        {
            if (condition()) return;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        Assert.Fail(what?.Invoke() ?? "the condition never came true");
    }

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.Fail(what);
    }
}
