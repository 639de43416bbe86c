using System.Data;
using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>The registry in PostgreSQL, which other nodes and the command line write too.</summary>
internal sealed class PostgresRegistryTables(PostgresDatabase database, bool ownsDatabase = false) : IRegistryTables
{
    public string Place => $"PostgreSQL, schema {database.Schema}";

    // To ask costs as much as to look for the newest number, which the next step does.
    public bool MayHaveChanged() => true;

    public RegistryChanges? Load(long after) => database.Use(connection =>
    {
        if (NumberOf(connection) == after) return null;
        using NpgsqlTransaction transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        RegistryChanges changes = Read(connection, NumberOf(connection), after);
        transaction.Commit();
        return changes;
    });

    private static long NumberOf(NpgsqlConnection connection) =>
        connection.Ask("SELECT value FROM counter WHERE name = 'registry'") as long?
        ?? throw new StoreUnavailableException("The database has lost the counter of the registry. Restore it from a backup.");

    public T Write<T>(Func<IRegistryTransaction, T> work, long after, out RegistryChanges? changes)
    {
        (T result, changes) = database.Use(connection =>
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            // Holds the row, and so every other writer, until the end.
            connection.Run("UPDATE counter SET value = value + 1 WHERE name = 'registry'");
            long number = NumberOf(connection);
            T result = work(new PostgresRegistryTransaction(connection, number));
            if (result is null) return (result, null);
            RegistryChanges read = Read(connection, number, after);
            connection.Notify(database, PostgresNotices.RegistryTopic);
            transaction.Commit();
            return (result, (RegistryChanges?)read);
        });
        return result;
    }

    private static RegistryChanges Read(NpgsqlConnection connection, long number, long after)
    {
        var changes = new RegistryChanges(number);
        Each(connection, "SELECT key, id, name, path, zone FROM rep WHERE changed > $1", after,
            row => changes.Reps.Add(new Rep(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4))));
        Each(connection, "SELECT key, id, rep, crs, secret, seal, enrolled FROM device WHERE changed > $1", after, row => changes.Devices.Add(DeviceAt(row)));
        Each(connection, "SELECT key, name, role, scope, hash, created, prefix, revoked FROM token WHERE changed > $1 ORDER BY key", after,
            row => changes.Tokens.Add(TokenAt(row)));
        Each(connection, "SELECT rep, requested_at, actor, subject, report, done_at FROM erasure WHERE changed > $1", after, row => changes.Erasures.Add(
            new ErasureRow(row.GetInt32(0), row.InstantAt(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.InstantAt(5))));
        Each(connection, "SELECT key, version, geofence FROM geofence WHERE changed > $1 ORDER BY changed, key", after,
            row => changes.Geofences.Add(new GeofenceRow(row.GetInt32(0), row.GetInt64(1), row.BytesOrNullAt(2))));
        Each(connection, "SELECT kind, id, version, definition FROM definition WHERE changed > $1", after,
            row => changes.Definitions.Add(new DefinitionRow((DefinitionKind)row.GetInt16(0), row.GetString(1), row.GetInt64(2), row.BytesOrNullAt(3))));
        return changes;
    }

    // One by one: a batch would be sent by the thread pool, of which whoever waits here may hold the last thread.
    private static void Each(NpgsqlConnection connection, string sql, long after, Action<NpgsqlDataReader> take)
    {
        using NpgsqlCommand ask = connection.Command(sql, after);
        using NpgsqlDataReader row = ask.ExecuteReader();
        while (row.Read()) take(row);
    }

    private static DeviceRow DeviceAt(NpgsqlDataReader row)
    {
        var device = new Device(row.GetInt32(0), row.GetString(1), row.GetInt32(2), (Crs)row.GetInt16(3));
        SecretHash? hash = row.BytesOrNullAt(4) is { } bytes ? SecretHash.From(bytes) : null;
        return new DeviceRow(device, row.GetBoolean(6), hash, row.BytesOrNullAt(5) ?? []);
    }

    private static TokenRow TokenAt(NpgsqlDataReader row)
    {
        ApiToken? token = Scope.TryParse(row.GetString(3), out Scope scope)
            ? new ApiToken(row.GetString(1), (Role)row.GetInt16(2), scope, row.GetString(6), row.InstantAt(5))
            : null;
        return new TokenRow(token, row.GetInt32(0), SecretHash.From(row.GetFieldValue<byte[]>(4)), !row.IsDBNull(7));
    }

    public void Dispose()
    {
        if (ownsDatabase) database.Source.Dispose();
    }
}
