namespace Tracking.Store.Sqlite;

/// <summary>The registry's schema and statements.</summary>
internal sealed class SqliteRegistryStatements(SqliteFile file) : IDisposable
{
    public static readonly string[] Schema =
    [
        """
        CREATE TABLE change(number INTEGER NOT NULL);
        INSERT INTO change VALUES(0);
        CREATE TABLE rep(key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, path TEXT NOT NULL,
            zone TEXT NOT NULL, changed INTEGER NOT NULL);
        CREATE TABLE device(key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, rep INTEGER NOT NULL, crs INTEGER NOT NULL,
            secret BLOB, seal BLOB, enrolled INTEGER NOT NULL, changed INTEGER NOT NULL);
        CREATE TABLE token(key INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, role INTEGER NOT NULL, scope TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, changed INTEGER NOT NULL);
        CREATE TABLE geofence(key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, version INTEGER NOT NULL, text BLOB, changed INTEGER NOT NULL);
        CREATE INDEX rep_changed ON rep(changed);
        CREATE INDEX device_changed ON device(changed);
        CREATE INDEX token_changed ON token(changed);
        CREATE INDEX geofence_changed ON geofence(changed);
        """,
        """
        ALTER TABLE token ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
        ALTER TABLE token ADD COLUMN revoked INTEGER;
        CREATE TABLE audit(cursor INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
            target TEXT NOT NULL, detail TEXT NOT NULL);
        CREATE INDEX audit_action ON audit(action, cursor);
        """,
        """
        CREATE TABLE definition(kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, text BLOB, changed INTEGER NOT NULL,
            PRIMARY KEY(kind, id)) WITHOUT ROWID;
        CREATE INDEX definition_changed ON definition(changed);
        """,
        """
        CREATE TABLE erasure(rep INTEGER PRIMARY KEY, requested INTEGER NOT NULL, actor TEXT NOT NULL, subject TEXT, report TEXT NOT NULL, done INTEGER,
            changed INTEGER NOT NULL);
        CREATE INDEX erasure_changed ON erasure(changed);
        CREATE TABLE erasure_part(rep INTEGER NOT NULL, node TEXT NOT NULL, at INTEGER NOT NULL, found INTEGER NOT NULL, PRIMARY KEY(rep, node)) WITHOUT ROWID;
        """,
    ];

    public const string InsertAuditSql = "INSERT INTO audit(at, actor, action, target, detail) VALUES(?, ?, ?, ?, ?)";

    public SqliteStatement DataVersion { get; } = file.Prepare("PRAGMA data_version");
    public SqliteStatement Number { get; } = file.Prepare("SELECT number FROM change");
    public SqliteStatement NextNumber { get; } = file.Prepare("UPDATE change SET number = number + 1 RETURNING number");

    public SqliteStatement NewReps { get; } = file.Prepare("SELECT key, id, name, path, zone FROM rep WHERE changed > ?");
    public SqliteStatement NewDevices { get; } = file.Prepare("SELECT key, id, rep, crs, secret, seal, enrolled FROM device WHERE changed > ?");
    public SqliteStatement NewTokens { get; } = file.Prepare(
        "SELECT key, name, role, scope, hash, created, prefix, revoked FROM token WHERE changed > ?");
    public SqliteStatement NewGeofences { get; } = file.Prepare("SELECT key, version, text FROM geofence WHERE changed > ? ORDER BY changed, key");

    public SqliteStatement RepKey { get; } = file.Prepare("SELECT key FROM rep WHERE id = ?");
    public SqliteStatement InsertRep { get; } = file.Prepare(
        "INSERT INTO rep(id, name, path, zone, changed) VALUES(?, ?, ?, ?, ?) RETURNING key");
    public SqliteStatement UpdateRep { get; } = file.Prepare(
        "UPDATE rep SET name = coalesce(?2, name), path = coalesce(?3, path), zone = coalesce(?4, zone), changed = ?5 WHERE key = ?1");
    public SqliteStatement DeviceKey { get; } = file.Prepare("SELECT key FROM device WHERE id = ?");
    public SqliteStatement EnrolDevice { get; } = file.Prepare("INSERT INTO device(id, rep, crs, enrolled, changed) VALUES(?, ?, 0, 1, ?)");
    public SqliteStatement PutDevice { get; } = file.Prepare(
        """
        INSERT INTO device(id, rep, crs, secret, seal, enrolled, changed) VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6)
        ON CONFLICT(id) DO UPDATE SET rep = ?2, crs = ?3, secret = ?4, seal = ?5, enrolled = 0, changed = ?6
        """);
    public SqliteStatement InsertToken { get; } = file.Prepare(
        "INSERT INTO token(name, role, scope, hash, created, prefix, changed) VALUES(?, ?, ?, ?, ?, ?, ?)");
    public SqliteStatement RevokeToken { get; } = file.Prepare("UPDATE token SET revoked = ?2, changed = ?3 WHERE key = ?1");
    public SqliteStatement GeofenceById { get; } = file.Prepare("SELECT key, version FROM geofence WHERE id = ?");
    public SqliteStatement InsertGeofence { get; } = file.Prepare(
        "INSERT INTO geofence(id, version, text, changed) VALUES(?, 1, ?, ?) RETURNING key");
    public SqliteStatement UpdateGeofence { get; } = file.Prepare("UPDATE geofence SET version = ?2, text = ?3, changed = ?4 WHERE key = ?1");
    public SqliteStatement DropGeofence { get; } = file.Prepare("UPDATE geofence SET id = NULL, text = NULL, changed = ?2 WHERE key = ?1");
    public SqliteStatement NewDefinitions { get; } = file.Prepare("SELECT kind, id, version, text FROM definition WHERE changed > ?");
    public SqliteStatement DefinitionById { get; } = file.Prepare("SELECT version, text IS NOT NULL FROM definition WHERE kind = ? AND id = ?");
    public SqliteStatement PutDefinition { get; } = file.Prepare(
        """
        INSERT INTO definition(kind, id, version, text, changed) VALUES(?1, ?2, ?3, ?4, ?5)
        ON CONFLICT(kind, id) DO UPDATE SET version = ?3, text = ?4, changed = ?5
        """);
    public SqliteStatement InsertAudit { get; } = file.Prepare(InsertAuditSql);

    public void Dispose()
    {
        foreach (SqliteStatement statement in (SqliteStatement[])
            [DataVersion, Number, NextNumber, NewReps, NewDevices, NewTokens, NewGeofences, RepKey, InsertRep, UpdateRep, DeviceKey, EnrolDevice,
             PutDevice, InsertToken, RevokeToken, GeofenceById, InsertGeofence, UpdateGeofence, DropGeofence,
             NewDefinitions, DefinitionById, PutDefinition, InsertAudit])
            statement.Dispose();
    }
}
