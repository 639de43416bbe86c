using Npgsql;
using Tracking.Contracts;

namespace Tracking.Store.Postgres;

/// <summary>A change of the registry under way in PostgreSQL.</summary>
internal sealed class PostgresRegistryTransaction(NpgsqlConnection connection, long number) : IRegistryTransaction
{
    private const int GeofencesAtOnce = 500;

    public int PutRep(string id, string? name, string? group, string? timeZone)
    {
        if (connection.Ask("SELECT key FROM rep WHERE id = $1", id) is int key)
        {
            const string update = "UPDATE rep SET name = coalesce($2::text, name), path = coalesce($3::text, path), zone = coalesce($4::text, zone), changed = $5 WHERE key = $1";
            if (name is not null || group is not null || timeZone is not null) connection.Run(update, key, name, group, timeZone, number);
            return key;
        }
        const string insert = "INSERT INTO rep(id, name, path, zone, changed) VALUES($1, $2, $3, $4, $5) RETURNING key";
        return (int)connection.Ask(insert, id, name ?? id, group ?? "", timeZone ?? "UTC", number)!;
    }

    public void PutDevice(string id, int repKey, Crs crs, SecretHash hash, byte[] sealKey)
    {
        const string sql = """
            INSERT INTO device(id, rep, crs, secret, seal, enrolled, changed) VALUES($1, $2, $3, $4, $5, false, $6)
            ON CONFLICT (id) DO UPDATE SET rep = $2, crs = $3, secret = $4, seal = $5, enrolled = false, changed = $6
            """;
        connection.Run(sql, id, repKey, (short)crs, hash.ToArray(), sealKey, number);
    }

    public bool HasDevice(string id) => connection.Ask("SELECT key FROM device WHERE id = $1", id) is not null;

    public void EnrolDevice(string id, int repKey) =>
        connection.Run("INSERT INTO device(id, rep, crs, enrolled, changed) VALUES($1, $2, 0, true, $3)", id, repKey, number);

    public void AddToken(ApiToken token, SecretHash hash) => connection.Run(
        "INSERT INTO token(name, role, scope, hash, created, prefix, changed) VALUES($1, $2, $3, $4, $5, $6, $7)",
        token.Name, (short)token.Role, token.Scope.ToString(), hash.ToArray(), token.CreatedAt, token.Prefix, number);

    public void RevokeToken(int key, Instant at) => connection.Run("UPDATE token SET revoked = $2, changed = $3 WHERE key = $1", key, at, number);

    public Dictionary<string, (int Key, long Version)> FindGeofences(IReadOnlyCollection<string> ids)
    {
        var found = new Dictionary<string, (int, long)>(StringComparer.Ordinal);
        using NpgsqlCommand ask = connection.Command("SELECT id, key, version FROM geofence WHERE id = ANY($1)", (object)ids.ToArray());
        using NpgsqlDataReader row = ask.ExecuteReader();
        while (row.Read()) found[row.GetString(0)] = (row.GetInt32(1), row.GetInt64(2));
        return found;
    }

    public int[] InsertGeofences(IReadOnlyList<Geofence> geofences)
    {
        const string sql = """
            INSERT INTO geofence(id, version, geofence, changed)
            SELECT f.id, 1, f.geofence, $3 FROM unnest($1, $2) WITH ORDINALITY AS f(id, geofence, place) ORDER BY f.place RETURNING id, key
            """;
        var keys = new Dictionary<string, int>(geofences.Count, StringComparer.Ordinal);
        foreach (Geofence[] some in geofences.Chunk(GeofencesAtOnce))
        {
            using NpgsqlCommand insert = connection.Command(sql, Array.ConvertAll(some, static f => f.Id), TextsOf(some), number);
            using NpgsqlDataReader row = insert.ExecuteReader();
            while (row.Read()) keys[row.GetString(0)] = row.GetInt32(1);
        }
        return [.. geofences.Select(f => keys[f.Id])];
    }

    public void UpdateGeofences(IReadOnlyList<Geofence> geofences)
    {
        const string sql = """
            UPDATE geofence SET version = f.version, geofence = f.geofence, changed = $4
            FROM unnest($1, $2, $3) AS f(key, version, geofence) WHERE geofence.key = f.key
            """;
        foreach (Geofence[] some in geofences.Chunk(GeofencesAtOnce))
            connection.Run(sql, Array.ConvertAll(some, static f => f.Key), Array.ConvertAll(some, static f => f.Version), TextsOf(some), number);
    }

    private static ReadOnlyMemory<byte>[] TextsOf(Geofence[] geofences) => Array.ConvertAll(geofences, static f => (ReadOnlyMemory<byte>)GeofenceText.Write(f));

    public void DropGeofence(int key) => connection.Run("UPDATE geofence SET id = NULL, geofence = NULL, changed = $2 WHERE key = $1", key, number);

    public (long Version, bool Exists) FindDefinition(DefinitionKind kind, string id)
    {
        using NpgsqlCommand ask = connection.Command("SELECT version, definition IS NOT NULL FROM definition WHERE kind = $1 AND id = $2", (short)kind, id);
        using NpgsqlDataReader row = ask.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetBoolean(1)) : (0, false);
    }

    public void PutDefinition(in DefinitionRow row)
    {
        const string sql = """
            INSERT INTO definition(kind, id, version, definition, changed) VALUES($1, $2, $3, $4::bytea, $5)
            ON CONFLICT (kind, id) DO UPDATE SET version = $3, definition = $4::bytea, changed = $5
            """;
        connection.Run(sql, (short)row.Kind, row.Id, row.Version, row.Json, number);
    }

    public void PutErasure(in ErasureRow row) => connection.Run(
        """
        INSERT INTO erasure(rep, requested_at, actor, subject, report, done_at, changed) VALUES($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (rep) DO UPDATE SET subject = $4, report = $5, done_at = $6, changed = $7
        """, row.RepKey, row.RequestedAt, row.Actor, row.Person, row.Report, row.DoneAt, number);

    public void Bury(int repKey, string repId, string tombstone, Instant at)
    {
        connection.Run("UPDATE rep SET id = $2, name = '', path = '', zone = 'UTC', changed = $3 WHERE key = $1", repKey, tombstone, number);
        connection.Run("UPDATE device SET id = $2 || '-' || key, secret = NULL, seal = NULL, changed = $3 WHERE rep = $1", repKey, tombstone, number);
        connection.Run("UPDATE token SET scope = 'rep:' || $2, revoked = coalesce(revoked, $3), changed = $4 WHERE scope = 'rep:' || $1", repId, tombstone, at, number);
    }

    public void PutErasurePart(int repKey, string node, Instant at, long found) => connection.Run(
        "INSERT INTO erasure_part(rep, node, at, found) VALUES($1, $2, $3, $4) ON CONFLICT (rep, node) DO UPDATE SET at = $3, found = erasure_part.found + $4", repKey, node, at, found);

    public long? FoundOnNodes(int repKey) => connection.Ask(
        """
        SELECT coalesce(sum(found), 0)::bigint FROM erasure_part WHERE rep = $1
        HAVING NOT EXISTS(SELECT FROM node n WHERE NOT EXISTS(SELECT FROM erasure_part p WHERE p.rep = $1 AND p.node = n.name))
        """, repKey) as long?;

    public long RedactAudit(string word, string json, string tombstone) => connection.Run(
        "UPDATE audit SET target = CASE WHEN target = $1 THEN $3 ELSE target END, detail = '{}' WHERE target = $1 OR strpos(detail, $2) > 0", word, json, tombstone);

    public void Audit(in AuditEntry entry) =>
        connection.Run(PostgresAuditTable.InsertSql, entry.At, entry.Actor, entry.Action, entry.Target, entry.Detail);
}
