using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>A node's hold on a PostgreSQL database: the database, the node's name, and the ear for other nodes. Dispose it after everything that was put together from it.</summary>
public sealed class PostgresStore : IAsyncDisposable
{
    private readonly PostgresNode? _node;

    private PostgresStore(PostgresDatabase database, PostgresNode? node, PostgresNotices notices) => (Database, _node, Notices) = (database, node, notices);

    /// <summary>The database.</summary>
    public PostgresDatabase Database { get; }

    internal PostgresNotices Notices { get; }

    /// <summary>Opens a database as a node, and brings its schema up to date.</summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message says which.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be used, or another server has the node's name.</exception>
    public static async Task<PostgresStore> OpenAsync(PostgresOptions options, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        PostgresDatabase database = await PostgresDatabase.OpenAsync(options, loggers.CreateLogger<PostgresDatabase>(), cancel);
        try
        {
            PostgresNode? node = options.ServesOnly ? null : await PostgresNode.HoldAsync(database, clock, loggers.CreateLogger<PostgresNode>(), cancel);
            return new PostgresStore(database, node, new PostgresNotices(database, clock, loggers.CreateLogger<PostgresNotices>()));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the registry alone, for a command beside a server; it closes the database with itself.</summary>
    /// <exception cref="ArgumentException">The options cannot be used; the message says which.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be used.</exception>
    public static async Task<Registry> OpenRegistryAsync(PostgresOptions options, RegistryOptions limits, TimeProvider clock, CancellationToken cancel) =>
        Registry.Over(new PostgresRegistryTables(await PostgresDatabase.OpenAsync(options, cancel: cancel), ownsDatabase: true), limits, clock, null);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Notices.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
        await Database.DisposeAsync();
    }
}

/// <summary>Puts the store in PostgreSQL together.</summary>
public static class PostgresStoreComposition
{
    /// <summary>
    /// Adds what <see cref="EmbeddedStore.AddEmbeddedStore"/> adds, with everything in PostgreSQL but the <see cref="Journal"/> and the
    /// <see cref="Quarantine"/>, which stay in the node's data folder.
    /// </summary>
    public static IServiceCollection AddPostgresStore(this IServiceCollection services, StoreOptions options, PostgresStore store) => services
        .AddNodeFiles(options, store.Database.Options.ServesOnly ? null : store.Database.Node)
        .AddSingleton(s => OpenRegistry(s, options, store))
        .AddSingleton(s => AuditLog.Over(new PostgresAuditTable(store.Database), options.Audit, Clock(s), s.GetService<ILogger<AuditLog>>()))
        .AddSingleton(s => OpenAlertLog(s, options, store))
        .AddSingleton<ITrackStore>(s => OpenTracks(s, store))
        .AddTrackRetention(store.Database.Options.Retention ?? options.Tracks.Retention)
        .AddSingleton<ISubscriptionStore>(s => new PostgresSubscriptionStore(store.Database, options.Subscriptions, s.GetService<ILogger<PostgresSubscriptionStore>>()))
        .AddSingleton(new ReadinessCheck("store", cancel => CheckAsync(store, cancel)) { IsRequired = false });

    private static Registry OpenRegistry(IServiceProvider services, StoreOptions options, PostgresStore store)
    {
        Registry registry = Registry.Over(new PostgresRegistryTables(store.Database), options.Registry, Clock(services), services.GetService<ILogger<Registry>>());
        store.Notices.Hear(PostgresNotices.RegistryTopic, registry.Look);
        return registry;
    }

    private static AlertLog OpenAlertLog(IServiceProvider services, StoreOptions options, PostgresStore store)
    {
        AlertLog log = AlertLog.Over(new PostgresAlertTable(store.Database), options.Alerts, services.GetRequiredService<Metrics>(), Clock(services), services.GetService<ILogger<AlertLog>>());
        store.Notices.Hear(PostgresNotices.AlertTopic, log.Look);
        return log;
    }

    private static PostgresTrackStore OpenTracks(IServiceProvider services, PostgresStore store) =>
        PostgresTrackStore.OpenAsync(store.Database, services.GetRequiredService<Metrics>(), Clock(services), services.GetService<ILogger<PostgresTrackStore>>()).GetAwaiter().GetResult();

    private static TimeProvider Clock(IServiceProvider services) => services.GetRequiredService<TimeProvider>();

    private static async ValueTask<string?> CheckAsync(PostgresStore store, CancellationToken cancel)
    {
        try
        {
            await store.Database.UseAsync(async (connection, token) =>
            {
                await using var ask = connection.Command("SELECT 1");
                await ask.ExecuteScalarAsync(token);
            }, cancel);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return "PostgreSQL does not answer; fixes wait in the journal";
        }
    }
}
