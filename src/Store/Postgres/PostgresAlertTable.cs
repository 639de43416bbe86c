using System.Text;
using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>The alert log in PostgreSQL, which other nodes write too.</summary>
internal sealed class PostgresAlertTable(PostgresDatabase database) : IAlertTable
{
    public bool IsShared => true;

    public AlertBounds ReadBounds() => database.Use(connection =>
    {
        const string sql = "SELECT value, coalesce((SELECT min(cursor) - 1 FROM alert), value) FROM counter WHERE name = 'alert'";
        using NpgsqlCommand ask = connection.Command(sql);
        using NpgsqlDataReader row = ask.ExecuteReader();
        return row.Read() ? new AlertBounds(row.GetInt64(0), row.GetInt64(1)) : throw Lost();
    });

    private static StoreUnavailableException Lost() => new("The database has lost the counter of the alerts. Restore it from a backup.");

    public void Insert(IReadOnlyList<Alert> alerts, Instant at, List<StoredAlert> written) => written.AddRange(database.Use(connection =>
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        (long newest, HashSet<string> known) = Lock(connection, alerts);
        var stored = new List<StoredAlert>(alerts.Count);
        foreach (Alert alert in alerts)
        {
            if (known.Add(alert.Id)) stored.Add(StoredAlert.Of(alert, ++newest));
        }
        if (stored.Count == 0) return stored;
        Insert(connection, stored, at);
        transaction.Commit();
        return stored;
    }));

    // Holds the counter's row, and so every other writer, until the end; only then is it asked what the others have written.
    private static (long Newest, HashSet<string> Known) Lock(NpgsqlConnection connection, IReadOnlyList<Alert> alerts)
    {
        long newest = connection.Ask("SELECT value FROM counter WHERE name = 'alert' FOR UPDATE") as long? ?? throw Lost();
        using NpgsqlCommand ask = connection.Command("SELECT id FROM alert WHERE id = ANY($1)", (object)alerts.Select(static a => a.Id).ToArray());
        using NpgsqlDataReader row = ask.ExecuteReader();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read()) known.Add(row.GetString(0));
        return (newest, known);
    }

    // One statement for all, because others wait; the notice goes out with the commit.
    private void Insert(NpgsqlConnection connection, List<StoredAlert> stored, Instant at)
    {
        const string sql = """
            WITH put AS (
                INSERT INTO alert(cursor, id, kind, rep, at, written_at, json)
                SELECT a.cursor, a.id, a.kind, a.rep, a.at, $7, a.json FROM unnest($1, $2, $3, $4, $5, $6) AS a(cursor, id, kind, rep, at, json)),
            counted AS (UPDATE counter SET value = $8 WHERE name = 'alert' RETURNING value)
            SELECT pg_notify($9, $10) FROM counted
            """;
        connection.Ask(sql, stored.ConvertAll(static s => s.Alert.Cursor).ToArray(), stored.ConvertAll(static s => s.Alert.Id).ToArray(),
            stored.ConvertAll(static s => s.Alert.Kind).ToArray(), stored.ConvertAll(static s => s.Alert.RepId).ToArray(),
            stored.ConvertAll(static s => s.Alert.At).ToArray(), stored.ConvertAll(static s => s.Json).ToArray(), at, stored[^1].Alert.Cursor,
            database.Schema, PostgresNotices.PayloadOf(PostgresNotices.AlertTopic, database));
    }

    public int Sweep(Instant before, int atMost) => database.Use(connection =>
        connection.Run("DELETE FROM alert WHERE written_at < $1 AND cursor IN (SELECT cursor FROM alert ORDER BY cursor LIMIT $2)", before, atMost));

    public int Erase(string repId, int atMost) => database.Use(connection =>
        connection.Run("DELETE FROM alert WHERE cursor IN (SELECT cursor FROM alert WHERE rep = $1 LIMIT $2)", repId, atMost));

    public async ValueTask<List<StoredAlert>> ReadAsync(long after, long until, int limit, AlertFilter filter, CancellationToken cancel) =>
        await database.UseAsync(async (connection, token) =>
        {
            var found = new List<StoredAlert>();
            await using NpgsqlCommand ask = connection.Command(SelectFor(filter), after, until, limit, filter.RepId, filter.From, filter.To, filter.Kinds.ToArray());
            await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
            while (await row.ReadAsync(token)) found.Add(StoredAlert.From(row.GetFieldValue<byte[]>(0)));
            return found;
        }, cancel);

    // Conditions that do not hold stand as constants, so that the planner sees those that do.
    private static string SelectFor(AlertFilter filter)
    {
        var sql = new StringBuilder("SELECT json FROM alert WHERE cursor > $1 AND cursor <= $2");
        sql.Append(filter.RepId is null ? " AND $4::text IS NULL" : " AND rep = $4");
        sql.Append(filter.From is null ? " AND $5::timestamptz IS NULL" : " AND at >= $5");
        sql.Append(filter.To is null ? " AND $6::timestamptz IS NULL" : " AND at < $6");
        sql.Append(filter.Kinds.Count == 0 ? " AND $7::text[] = '{}'" : " AND kind = ANY($7)");
        return sql.Append(" ORDER BY cursor LIMIT $3").ToString();
    }

    // The database is its owner's.
    public void Dispose() { }
}
