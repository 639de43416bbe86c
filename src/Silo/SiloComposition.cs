using Microsoft.Extensions.DependencyInjection;
using Tracking.Contracts;
using Tracking.Silo.Local;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>Puts the host of the trackers together.</summary>
public static class SiloComposition
{
    /// <summary>
    /// Adds <see cref="LocalSilo"/>, as a singleton and as a hosted service. Needs the singletons of the store, <c>Metrics</c>
    /// and <see cref="TimeProvider"/>; hands live positions to every registered
    /// <see cref="ILiveSink"/>. Add it before what takes fixes in, so that it starts first and stops last.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static IServiceCollection AddLocalSilo(this IServiceCollection services, SiloOptions options)
    {
        options.Validate();
        return services
            .AddSingleton(options)
            .AddSingleton<LocalSilo>()
            .AddSingleton(static s => new ReadinessCheck("trackers", _ => ValueTask.FromResult(s.GetRequiredService<LocalSilo>().Problem))
            {
                // A server whose store is out still takes fixes and shows them.
                IsRequiredNow = () => !s.GetRequiredService<LocalSilo>().IsServing,
            })
            .AddHostedService(static s => s.GetRequiredService<LocalSilo>())
            .AddCorrections(static (s, cancel) => s.GetRequiredService<LocalSilo>().SettleAsync(cancel));
    }

    /// <summary>Adds what corrects alerts when late fixes come, and the <see cref="DayReplayer"/>, beside a host that was added before.</summary>
    /// <param name="services">With the singletons of the host, <see cref="SiloOptions"/> among them.</param>
    /// <param name="settleAsync">Of the host; see <see cref="LocalSilo.SettleAsync"/>.</param>
    internal static IServiceCollection AddCorrections(this IServiceCollection services, Func<IServiceProvider, CancellationToken, Task<Instant>> settleAsync) =>
        services.AddSingleton<DayReplayer>(s =>
        {
            var parts = CorrectionParts.Of(s.GetRequiredService<ITrackStore>(), s.GetRequiredService<AlertLog>(), s.GetRequiredService<Registry>(), cancel => settleAsync(s, cancel));
            RepOptions rules = s.GetRequiredService<SiloOptions>().Tracker;
            return (rep, from, to, cancel) => DayReplays.RunAsync(parts, rules, rep, from, to, cancel);
        })
        .AddHostedService(s => ActivatorUtilities.CreateInstance<CorrectionService>(s, (Func<CancellationToken, Task<Instant>>)(cancel => settleAsync(s, cancel))));
}
