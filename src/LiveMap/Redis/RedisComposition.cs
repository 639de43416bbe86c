using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Redis;

/// <summary>Puts the link to Redis into a server.</summary>
public static class RedisComposition
{
    /// <summary>Registers the link; call it after <see cref="LiveMapComposition.AddLiveMap"/>.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message names the key and the value.</exception>
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Server.Length == 0) return services;
        if (options.Validate() is { } problem) throw new ArgumentException(problem, nameof(options));
        services.AddSingleton(options);
        services.AddSingleton<RedisLink>();
        services.AddHostedService(static provider => provider.GetRequiredService<RedisLink>());
        services.AddSingleton(static provider => new ErasurePlace("redis", IsShared: true, (person, cancel) => provider.GetRequiredService<RedisLink>().EraseAsync(person.RepId, cancel)));
        services.AddSingleton(static provider => MakeCheck(provider.GetRequiredService<RedisLink>()));
        return services;
    }

    private static ReadinessCheck MakeCheck(RedisLink link) => new("redis", _ => ValueTask.FromResult(link.Complaint)) { IsRequired = false };
}
