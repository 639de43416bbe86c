using StackExchange.Redis;

namespace Tracking.LiveMap.Redis;

/// <summary>A look at a Redis from outside a server; changes nothing there.</summary>
/// <param name="Version">Its version, as it tells it.</param>
/// <param name="Evicts">Whether it throws keys away when its memory is full; ours are not made for that.</param>
public sealed record RedisProbe(string Version, bool Evicts)
{
    /// <summary>The oldest version whose commands are enough.</summary>
    public const string OldestVersion = "6.2";

    /// <summary>Whether it is too old.</summary>
    public bool IsOld => System.Version.TryParse(Version, out Version? version) && version < System.Version.Parse(OldestVersion);

    /// <summary>Connects, looks and goes.</summary>
    /// <exception cref="RedisException">It cannot be reached, or refuses.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public static async Task<RedisProbe> RunAsync(RedisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(options.ToConfiguration()).WaitAsync(options.Timeout * 2);
        string info = (string?)await redis.GetDatabase().ExecuteAsync("INFO").WaitAsync(options.Timeout) ?? "";
        return new RedisProbe(ValueOf(info, "redis_version"), ValueOf(info, "maxmemory_policy") is not ("noeviction" or ""));
    }

    private static string ValueOf(string info, string name)
    {
        foreach (string line in info.Split('\n'))
            if (line.StartsWith(name + ":", StringComparison.Ordinal)) return line[(name.Length + 1)..].Trim();
        return "";
    }
}
