using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>
/// The track store in PostgreSQL. A checkpoint is one transaction: the fixes by binary COPY into a table that TimescaleDB
/// partitions by time, the snapshots, and the cursor of this node's journal, whose row is locked meanwhile. Several nodes may
/// share a database; each has a journal and trackers of its own.
/// </summary>
public sealed partial class PostgresTrackStore : ITrackStore
{
    private readonly PostgresDatabase _database;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _rows;
    private readonly Histogram _commitTime;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private bool _failing, _isHypertable;

    private PostgresTrackStore(PostgresDatabase database, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_database, _metrics, _clock, _logger) = (database, metrics, clock, logger);
        _rows = metrics.Counter("tracking_store_rows_total", "Fixes written to the track store.");
        _commitTime = metrics.Histogram("tracking_store_commit_seconds", "Time of a checkpoint's transaction.");
    }

    /// <summary>Opens the store in a database, which stays the caller's to dispose.</summary>
    /// <exception cref="StoreUnavailableException">The server cannot be used now.</exception>
    public static async Task<PostgresTrackStore> OpenAsync(
        PostgresDatabase database, Metrics metrics, TimeProvider clock, ILogger? logger = null, CancellationToken cancel = default)
    {
        var store = new PostgresTrackStore(database, metrics, clock, logger ?? NullLogger.Instance);
        await database.UseAloneAsync(store.ArrangeAsync, cancel);
        await store.ArrangeExtrasAsync(cancel);
        return store;
    }

    /// <summary>Whether the fixes are partitioned.</summary>
    internal bool IsHypertable => _isHypertable;

    /// <summary>False since a checkpoint could not be written, until one can.</summary>
    public bool IsWritable => !Volatile.Read(ref _failing);

    // What depends on the server: partitions where it has TimescaleDB, else an index by which old fixes are found.
    private async Task ArrangeAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (!_database.Options.ServesOnly)
        {
            await using var add = new NpgsqlCommand("INSERT INTO node(name) VALUES($1) ON CONFLICT DO NOTHING", connection) { Parameters = { new() { Value = _database.Node } } };
            await add.ExecuteNonQueryAsync(cancel);
        }
        if (_database.HasTimescale) _isHypertable = await IsHypertableAsync(connection, cancel) || await PartitionAsync(connection, cancel);
        if (_isHypertable) return;
        await using var index = new NpgsqlCommand("CREATE INDEX IF NOT EXISTS fixes_time ON fixes USING brin(fixed_at)", connection);
        await index.ExecuteNonQueryAsync(cancel);
    }

    private async Task<bool> IsHypertableAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const string sql = "SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = $1 AND hypertable_name = 'fixes'";
        await using var ask = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = _database.Schema } } };
        return await ask.ExecuteScalarAsync(cancel) is not null;
    }

    // A table with fixes in it was made before the extension came; to move them would stop every node for as long as it takes.
    private async Task<bool> PartitionAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using (var ask = new NpgsqlCommand("SELECT EXISTS(SELECT FROM fixes)", connection))
        {
            if (await ask.ExecuteScalarAsync(cancel) is true)
            {
                LogStaysPlain(_logger, _database.Schema);
                return false;
            }
        }
        const string sql = "SELECT create_hypertable('fixes', 'fixed_at', chunk_time_interval => $1::interval, create_default_indexes => false)";
        await using (var create = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = _database.Options.ChunkInterval } } })
            await create.ExecuteNonQueryAsync(cancel);
        await using (var drop = new NpgsqlCommand("DROP INDEX IF EXISTS fixes_time", connection)) await drop.ExecuteNonQueryAsync(cancel);
        return true;
    }

    /// <inheritdoc/>
    public long Restore(Action<Geofence> geofence, Action<Definition> definition, Action<int, ReadOnlyMemory<byte>> state)
    {
        try
        {
            using NpgsqlConnection connection = _database.Source.OpenConnection();
            // One view of all of it, even while this node's last transaction is still being decided.
            using NpgsqlTransaction transaction = connection.BeginTransaction(System.Data.IsolationLevel.RepeatableRead);
            using (var ask = new NpgsqlCommand("SELECT key, geofence FROM tracker_geofence WHERE node = $1 ORDER BY key", connection) { Parameters = { new() { Value = _database.Node } } })
            using (NpgsqlDataReader row = ask.ExecuteReader())
            {
                while (row.Read()) geofence(GeofenceText.Read(row.GetFieldValue<byte[]>(1)) with { Key = row.GetInt32(0) });
            }
            using (var ask = new NpgsqlCommand("SELECT kind, id, version, json FROM tracker_definition WHERE node = $1 ORDER BY kind, id", connection) { Parameters = { new() { Value = _database.Node } } })
            using (NpgsqlDataReader row = ask.ExecuteReader())
            {
                while (row.Read())
                    definition(new Definition((DefinitionKind)row.GetInt16(0), row.GetString(1), row.GetInt64(2), row.GetFieldValue<byte[]>(3)));
            }
            using (var ask = new NpgsqlCommand("SELECT rep, state FROM tracker WHERE node = $1", connection) { Parameters = { new() { Value = _database.Node } } })
            using (NpgsqlDataReader row = ask.ExecuteReader())
            {
                while (row.Read()) state(row.GetInt32(0), row.GetFieldValue<byte[]>(1));
            }
            using var cursor = new NpgsqlCommand("SELECT sequence, checkpoint FROM node WHERE name = $1", connection) { Parameters = { new() { Value = _database.Node } } };
            using NpgsqlDataReader node = cursor.ExecuteReader();
            node.Read();
            RefuseIfTaken(node.GetInt64(1));
            return node.GetInt64(0);
        }
        catch (Exception e) when (PostgresDatabase.IsFailure(e))
        {
            throw PostgresDatabase.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        _closed = true;
        _writing.Release();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The track store cannot be written; checkpoints wait in the journal: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The fixes in schema {Schema} were there before TimescaleDB, and stay in one plain table; export and import them to partition it.")]
    private static partial void LogStaysPlain(ILogger logger, string schema);
}
