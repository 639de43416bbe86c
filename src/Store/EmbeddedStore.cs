using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>Puts the embedded store together.</summary>
public static class EmbeddedStore
{
    /// <summary>
    /// Adds <see cref="Registry"/>, <see cref="AuditLog"/>, <see cref="Journal"/>, <see cref="AlertLog"/>, <see cref="ITrackStore"/>,
    /// <see cref="ISubscriptionStore"/> and <see cref="Quarantine"/> as singletons over the files of one data folder, which this process holds alone from the first
    /// use of any of them. Needs <see cref="Metrics"/> and <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddEmbeddedStore(this IServiceCollection services, StoreOptions options) => services
        .AddNodeFiles(options, Archives.ArchiveTable.EmbeddedNode)
        .AddSingleton(s => Registry.Open(PathOf(s, "tracking.db"), options.Registry, Clock(s), s.GetService<ILogger<Registry>>()))
        .AddSingleton(s => AuditLog.Open(PathOf(s, "tracking.db"), options.Audit, Clock(s), s.GetService<ILogger<AuditLog>>()))
        .AddSingleton(s => AlertLog.Open(PathOf(s, "alerts.db"), options.Alerts, MetricsOf(s), Clock(s), s.GetService<ILogger<AlertLog>>()))
        .AddSingleton<ITrackStore>(s => OpenTracks(s, options))
        .AddTrackRetention(options.Tracks.Retention)
        .AddSingleton<ISubscriptionStore>(s => SqliteSubscriptionStore.Open(PathOf(s, "subscriptions.db"), options.Subscriptions, Clock(s), s.GetService<ILogger<SqliteSubscriptionStore>>()));

    /// <summary>What every node keeps in its own folder, whatever the store: the journal and the quarantine.</summary>
    internal static IServiceCollection AddNodeFiles(this IServiceCollection services, StoreOptions options, string? node) => services
        .AddSingleton(s => PartsOf(s, node))
        .AddSingleton(s => new ErasureService(s.GetRequiredService<ErasureParts>(), MetricsOf(s), Clock(s), s.GetService<ILogger<ErasureService>>() ?? NullLogger<ErasureService>.Instance))
        .AddSingleton<IHostedService>(s => s.GetRequiredService<ErasureService>())
        .AddSingleton(options)
        .AddSingleton(static s => new ReadinessCheck("registry", _ => ValueTask.FromResult(
            s.GetRequiredService<Registry>().IsReachable ? null : "the registry cannot be read; what is known stays valid"))
        {
            IsRequired = false,
        })
        .AddSingleton(static s => new ReadinessCheck("alerts", _ => ValueTask.FromResult(
            s.GetRequiredService<AlertLog>().IsWritable ? null : "alerts cannot be written; they wait, none is lost"))
        {
            IsRequired = false,
        })
        .AddSingleton(_ => DataFolder.Hold(options.DataFolder))
        .AddSingleton(s => Journal.Open(PathOf(s, "journal.db"), options.Journal, MetricsOf(s), Clock(s), s.GetService<ILogger<Journal>>()))
        .AddSingleton(s => Quarantine.Open(PathOf(s, "quarantine.db"), options.Quarantine, MetricsOf(s), Clock(s), s.GetService<ILogger<Quarantine>>()));

    private static SqliteTrackStore OpenTracks(IServiceProvider services, StoreOptions options)
    {
        SqliteTrackStore tracks = SqliteTrackStore.Open(PathOf(services, "tracks.db"), options.Tracks, MetricsOf(services), Clock(services), services.GetService<ILogger<SqliteTrackStore>>());
        tracks.IsErased = services.GetRequiredService<Registry>().IsErased;
        return tracks;
    }

    private static ErasureParts PartsOf(IServiceProvider services, string? node) => new()
    {
        Registry = services.GetRequiredService<Registry>(),
        Tracks = services.GetRequiredService<ITrackStore>(),
        Alerts = services.GetRequiredService<AlertLog>(),
        Subscriptions = services.GetRequiredService<ISubscriptionStore>(),
        Quarantine = services.GetRequiredService<Quarantine>(),
        Journal = services.GetRequiredService<Journal>(),
        Folder = services.GetRequiredService<DataFolder>(),
        Node = node,
        Places = [.. services.GetServices<ErasurePlace>()],
    };

    private static string PathOf(IServiceProvider services, string name) => services.GetRequiredService<DataFolder>().FileOf(name);

    private static Metrics MetricsOf(IServiceProvider services) => services.GetRequiredService<Metrics>();

    private static TimeProvider Clock(IServiceProvider services) => services.GetRequiredService<TimeProvider>();
}
