using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>The audit log in PostgreSQL.</summary>
internal sealed class PostgresAuditTable(PostgresDatabase database) : IAuditTable
{
    public const string InsertSql = """
        WITH next AS (UPDATE counter SET value = value + 1 WHERE name = 'audit' RETURNING value)
        INSERT INTO audit(cursor, at, actor, action, target, detail) SELECT value, $1, $2, $3, $4, $5 FROM next
        """;

    public async ValueTask AppendAsync(AuditEntry entry, CancellationToken cancel) => await database.UseAsync(async (connection, token) =>
    {
        await using NpgsqlCommand insert = connection.Command(InsertSql, entry.At, entry.Actor, entry.Action, entry.Target, entry.Detail);
        await insert.ExecuteNonQueryAsync(token);
    }, cancel);

    public async ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, string? action, bool newestFirst, CancellationToken cancel)
    {
        string sql = $"""
            SELECT cursor, at, actor, action, target, detail FROM audit WHERE cursor > $1 AND ($3::text IS NULL OR action = $3)
            ORDER BY cursor{(newestFirst ? " DESC" : "")} LIMIT $2
            """;
        return await database.UseAsync(async (connection, token) =>
        {
            var found = new List<AuditEntry>();
            await using NpgsqlCommand ask = connection.Command(sql, after, limit, action);
            await using NpgsqlDataReader row = await ask.ExecuteReaderAsync(token);
            while (await row.ReadAsync(token))
                found.Add(new AuditEntry(row.GetInt64(0), row.InstantAt(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)));
            return found;
        }, cancel);
    }

    public async ValueTask<int> SweepAsync(Instant before, int atMost, CancellationToken cancel) => await database.UseAsync(async (connection, token) =>
    {
        const string sql = "DELETE FROM audit WHERE at < $1 AND cursor IN (SELECT cursor FROM audit ORDER BY cursor LIMIT $2)";
        await using NpgsqlCommand sweep = connection.Command(sql, before, atMost);
        return await sweep.ExecuteNonQueryAsync(token);
    }, cancel);

    // The database is its owner's.
    public void Dispose() { }
}
