using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>The track store on a real PostgreSQL, each test in a database of its own; on plain PostgreSQL here.</summary>
public class PostgresTrackStoreTests(PlainPostgresServer server) : TrackStoreConformance
{
    private readonly List<PostgresDatabase> _databases = [];
    private string? _connection;

    protected virtual PostgresServer Server => server;

    protected override async Task<ITrackStore> OpenAsync() => await OpenNodeAsync("main");

    protected async Task<PostgresTrackStore> OpenNodeAsync(string node)
    {
        _connection ??= await Server.CreateDatabaseAsync();
        PostgresDatabase database = await PostgresDatabase.OpenAsync(new PostgresOptions { ConnectionString = _connection, Node = node });
        _databases.Add(database);
        return await PostgresTrackStore.OpenAsync(database, Metrics, TimeProvider.System);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (PostgresDatabase database in _databases) await database.DisposeAsync();
        await Server.DropDatabaseAsync(_connection!);
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same on TimescaleDB.</summary>
public sealed class TimescaleTrackStoreTests(TimescaleServer timescale, PlainPostgresServer plain) : PostgresTrackStoreTests(plain)
{
    protected override PostgresServer Server => timescale;
}
