using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using System.Data;
using Tracking.Contracts;
using Tracking.Store.Archives;
using Tracking.Store.Tracks;

namespace Tracking.Store.Postgres;

/// <summary>An installation in a PostgreSQL database, read and written in one transaction while no node works there.</summary>
internal sealed partial class PostgresInstallation : IInstallation
{
    private const int FixesOfQuery = 500_000;

    private static readonly (string Name, string Sequence)[] Sequences =
        [("reps", "rep_key_seq"), ("devices", "device_key_seq"), ("tokens", "token_key_seq"), ("geofences", "geofence_key_seq"), ("letters", "letter_id_seq")];

    private static readonly (string Name, string Counter)[] CounterNames = [("alerts", "alert"), ("audit", "audit"), ("registry", "registry")];

    private readonly PostgresStore _store;
    private readonly PostgresTrackStore _tracks;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private PostgresInstallation(PostgresStore store, PostgresTrackStore tracks, NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_store, _tracks, _connection, _transaction) = (store, tracks, connection, transaction);

    public string Kind => _tracks.IsHypertable ? "TimescaleDB" : "PostgreSQL";

    public string Node => _store.Database.Node;

    /// <summary>Opens the database with the name of its node.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used, or a server works there.</exception>
    public static async Task<PostgresInstallation> OpenAsync(PostgresOptions options, CancellationToken cancel)
    {
        PostgresStore store = await PostgresStore.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, cancel);
        NpgsqlConnection? connection = null;
        try
        {
            PostgresTrackStore tracks = await PostgresTrackStore.OpenAsync(store.Database, new Metrics(), TimeProvider.System, cancel: cancel);
            connection = await store.Database.Source.OpenConnectionAsync(cancel);
            RequireAlone(connection, store.Database);
            NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
            connection.Run("SET LOCAL work_mem = '64MB'");
            return new PostgresInstallation(store, tracks, connection, transaction);
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            await store.DisposeAsync();
            if (PostgresDatabase.IsFailure(e)) throw PostgresDatabase.Unavailable(e);
            throw;
        }
    }

    /// <summary>The same, to write: nobody else writes there until the end.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used, or a server works there.</exception>
    public static async Task<PostgresInstallation> OpenEmptyAsync(PostgresOptions options, CancellationToken cancel)
    {
        PostgresInstallation installation = await OpenAsync(options, cancel);
        Use(() => installation._connection.Run($"LOCK TABLE {string.Join(", ", Tables)} IN EXCLUSIVE MODE"));
        return installation;
    }

    /// <summary>Whether an archive was brought into a database before.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public static async Task<bool> HasImportedAsync(PostgresOptions options, string archive, CancellationToken cancel)
    {
        await using PostgresDatabase database = await PostgresDatabase.OpenAsync(options, cancel: cancel);
        return database.Use(connection => connection.Ask("SELECT 1 FROM audit WHERE action = $1 AND target = $2", AuditAction.InstallationImported, archive) is not null);
    }

    private static IEnumerable<string> Tables => ArchiveTable.OfStore.Select(static t => t.PostgresTable).Concat(["fixes", "outlying_fixes", "counter"]);

    // The locks of the other nodes' names, held until the connection is closed.
    private static void RequireAlone(NpgsqlConnection connection, PostgresDatabase database)
    {
        const string sql = "SELECT name FROM node WHERE name <> $1 AND NOT pg_try_advisory_lock(hashtextextended('tracking node ' || $2 || ' ' || name, 1)) LIMIT 1";
        if (connection.Ask(sql, database.Node, database.Schema) is string other)
            throw new StoreUnavailableException($"A server works as node '{other}' in schema {database.Schema} of this database. Stop it first.");
    }

    // What Npgsql throws says what a user can do about it.
    private static T Use<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception e) when (PostgresDatabase.IsFailure(e))
        {
            throw PostgresDatabase.Unavailable(e);
        }
    }

    public long CountOf(ArchiveTable table) => Use(() => (long)_connection.Ask($"SELECT count(*) FROM {table.PostgresTable}")!);

    public void Read(ArchiveTable table, Action<object?[]> take) => Use(() =>
    {
        var cells = new object?[table.Columns.Length];
        using NpgsqlCommand ask = _connection.Command($"SELECT {table.PostgresColumns} FROM {table.PostgresTable} ORDER BY {table.PostgresOrder}");
        ask.CommandTimeout = 0;
        using NpgsqlDataReader row = ask.ExecuteReader();
        while (row.Read())
        {
            for (int i = 0; i < cells.Length; i++) cells[i] = row.IsDBNull(i) ? null : Cell(row, i, table.Columns[i].Kind);
            take(cells);
        }
        return true;
    });

    private static object Cell(NpgsqlDataReader row, int column, ColumnKind kind) => kind switch
    {
        ColumnKind.Short => (long)row.GetInt16(column),
        ColumnKind.Int => (long)row.GetInt32(column),
        ColumnKind.Flag => row.GetBoolean(column),
        ColumnKind.Number => row.GetFloat(column),
        ColumnKind.Time => row.InstantAt(column).EpochMs,
        ColumnKind.Text => row.GetString(column),
        ColumnKind.Words => row.GetFieldValue<string[]>(column),
        ColumnKind.Utf8 or ColumnKind.Bytes => row.GetFieldValue<byte[]>(column),
        _ => row.GetInt64(column),
    };

    public long CountFixes() => Use(() =>
    {
        using NpgsqlCommand ask = _connection.Command("SELECT (SELECT count(*) FROM fixes) + (SELECT count(*) FROM outlying_fixes)");
        ask.CommandTimeout = 0;
        return (long)ask.ExecuteScalar()!;
    });

    // Some reps at a time: one query for all would sort everything, one for each would be planned for each.
    public void ReadFixes(TakeFix take) => Use(() =>
    {
        foreach ((int first, int last) in Spans())
        {
            const string of = "SELECT {0} FROM {1} WHERE rep BETWEEN $1 AND $2";
            string sql = $"{string.Format(null, of, FixRows.Columns, "fixes")} UNION ALL {string.Format(null, of, FixRows.Columns, "outlying_fixes")} ORDER BY rep, fixed_at, arrival";
            using NpgsqlCommand ask = _connection.Command(sql, first, last);
            ask.CommandTimeout = 0;
            using NpgsqlDataReader row = ask.ExecuteReader();
            while (row.Read()) take(FixRows.RepOf(row), new StoredFix(FixRows.Read(row), FixRows.AttributesOf(row)));
        }
        return true;
    });

    private List<(int First, int Last)> Spans()
    {
        const string sql = "SELECT rep, sum(n)::bigint FROM (SELECT rep, count(*) AS n FROM fixes GROUP BY rep UNION ALL SELECT rep, count(*) FROM outlying_fixes GROUP BY rep) f GROUP BY rep ORDER BY rep";
        var spans = new List<(int First, int Last)>();
        using NpgsqlCommand ask = _connection.Command(sql);
        ask.CommandTimeout = 0;
        using NpgsqlDataReader row = ask.ExecuteReader();
        long open = 0;
        while (row.Read())
        {
            int rep = row.GetInt32(0);
            if (open == 0) spans.Add((rep, rep));
            else spans[^1] = (spans[^1].First, rep);
            open += row.GetInt64(1);
            if (open >= FixesOfQuery) open = 0;
        }
        return spans;
    }

    public List<object?[]> ReadCounters() => Use(() =>
    {
        List<object?[]> counters = [];
        foreach ((string name, string sequence) in Sequences)
            counters.Add([name, (long)_connection.Ask($"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}")!]);
        foreach ((string name, string counter) in CounterNames) counters.Add([name, (long)_connection.Ask("SELECT value FROM counter WHERE name = $1", counter)!]);
        return counters;
    });

    public void Audit(in AuditEntry entry)
    {
        AuditEntry noted = entry;
        Use(() => _connection.Run(PostgresAuditTable.InsertSql, noted.At, noted.Actor, noted.Action, noted.Target, noted.Detail));
    }

    public void Commit() => Use(() =>
    {
        _transaction.Commit();
        return true;
    });

    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
        _tracks.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
