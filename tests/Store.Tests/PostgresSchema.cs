using Npgsql;
using Tracking.Store.Postgres;

namespace Tracking.Store.Tests;

/// <summary>A schema of its own for each test, in one database; opened as often as nodes are needed.</summary>
internal sealed class PostgresSchema(PostgresServer server) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly string _name = "test_" + Guid.NewGuid().ToString("N");
    private string _connection = "";

    public async Task StartAsync() => _connection = await server.SharedDatabaseAsync();

    /// <summary>Opens the schema as another node; on a port where the server is reached by way of something else.</summary>
    public PostgresDatabase Open(int? port = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(_connection) { Pooling = true };
        if (port is { } other) settings.Port = other;
        var options = new PostgresOptions { ConnectionString = settings.ConnectionString, Schema = _name };
        return Keep(Task.Run(() => PostgresDatabase.OpenAsync(options)).GetAwaiter().GetResult());
    }

    public int Port => new NpgsqlConnectionStringBuilder(_connection).Port;

    /// <summary>A listener of a node, stopped with the test.</summary>
    public PostgresNotices Listen(PostgresDatabase database) => Keep(new PostgresNotices(database, TimeProvider.System));

    public T Keep<T>(T opened) where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    /// <summary>Runs a statement beside the store.</summary>
    public object? Ask(string sql)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connection) { SearchPath = _name, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>Ends the connections of this schema that listen; how many there were.</summary>
    public long EndListeners() => (long)Ask($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query = 'LISTEN {_name}'")!;

    public async ValueTask DisposeAsync()
    {
        for (int i = _opened.Count - 1; i >= 0; i--) await _opened[i].DisposeAsync();
    }
}
