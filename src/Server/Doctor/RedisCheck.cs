using Tracking.LiveMap.Redis;

namespace Tracking.Server.Doctor;

/// <summary>Looks at the Redis that the server is told to use.</summary>
internal static class RedisCheck
{
    /// <summary>One finding; none where no Redis is configured. The server works without, so nothing here is worse than a warning.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(RedisOptions options)
    {
        if (options.Server.Length == 0) return [];
        string subject = $"redis {options.Address}";
        try
        {
            RedisProbe found = await RedisProbe.RunAsync(options);
            string text = $"version {found.Version}";
            if (found.IsOld) return [new(Health.Warning, subject, text, $"Version {RedisProbe.OldestVersion} or newer is needed.")];
            return found.Evicts
                ? [new(Health.Warning, subject, $"{text}, throws keys away when its memory is full", "Let it refuse writes instead: redis-cli CONFIG SET maxmemory-policy noeviction")]
                : [new(Health.Good, subject, text)];
        }
#pragma warning disable CA1031 // whatever the connection throws is the finding
        catch (Exception unreachable)
#pragma warning restore CA1031
        {
            return [new(Health.Warning, subject, $"cannot be used: {unreachable.Message.Split('\n')[0]}",
                "The server goes on without it; other nodes and subscribers of the stream wait. Check --redis, the password, and that it runs.")];
        }
    }
}
