using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Tracking.Store.Postgres;

/// <summary>
/// A node's name, held for as long as the node runs by a lock of one connection. Two nodes of one name would count their
/// journals in one row, and each would take the other's fixes for its own; <see cref="PostgresTrackStore"/> refuses that where the lock
/// was lost with the database.
/// </summary>
internal sealed partial class PostgresNode : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly PostgresDatabase _database;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private NpgsqlConnection? _connection;
    private Task _keeping = Task.CompletedTask;

    private PostgresNode(PostgresDatabase database, TimeProvider clock, ILogger? logger) =>
        (_database, _clock, _logger) = (database, clock, logger ?? NullLogger.Instance);

    /// <summary>Takes the name.</summary>
    /// <exception cref="StoreUnavailableException">Another node has it, or the server cannot be used.</exception>
    public static async Task<PostgresNode> HoldAsync(PostgresDatabase database, TimeProvider clock, ILogger? logger, CancellationToken cancel)
    {
        var node = new PostgresNode(database, clock, logger);
        node._connection = await node.TakeAsync(cancel)
            ?? throw new StoreUnavailableException(
                $"Another server works as node '{database.Node}' in schema {database.Schema} of this database. Stop it, or give this one another name with Tracking:Postgres:Node.");
        node._keeping = Task.Run(node.KeepAsync, CancellationToken.None);
        return node;
    }

    private async Task<NpgsqlConnection?> TakeAsync(CancellationToken cancel)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _database.Source.OpenConnectionAsync(cancel);
            await using NpgsqlCommand take = connection.Command("SELECT pg_try_advisory_lock(hashtextextended($1, 1))", $"tracking node {_database.Schema} {_database.Node}");
            if (await take.ExecuteScalarAsync(cancel) is true) return connection;
            await connection.DisposeAsync();
            return null;
        }
        catch (Exception e) when (PostgresDatabase.IsFailure(e))
        {
            if (connection is not null) await connection.DisposeAsync();
            throw PostgresDatabase.Unavailable(e);
        }
    }

    // The lock ends with its connection, and that with the server: then it is taken again.
    private async Task KeepAsync()
    {
        bool told = false;
        while (true)
        {
            await Task.Delay(LookEvery, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_closing.IsCancellationRequested) return;
            try
            {
                if (_connection is null) _connection = await TakeAsync(_closing.Token);
                else await AskAsync(_connection);
                if (_connection is null && !told) LogTaken(_logger, _database.Node);
                told = _connection is null;
            }
            catch (Exception e) when (PostgresDatabase.IsFailure(e) || e is StoreUnavailableException or OperationCanceledException)
            {
                if (_connection is not null) await _connection.DisposeAsync();
                _connection = null;
            }
        }
    }

    private async Task AskAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand ask = connection.Command("SELECT 1");
        await ask.ExecuteScalarAsync(_closing.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        await _keeping;
        if (_connection is not null) await _connection.DisposeAsync();
        _closing.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Another server has taken the name of this node, '{Node}', while the database was away. Stop one of them: from the other's first checkpoint on this one stores nothing, and its fixes wait in its journal.")]
    private static partial void LogTaken(ILogger logger, string node);
}
