using Tracking.Store.Sqlite;

namespace Tracking.Store.Tracks;

/// <summary>The track store's schema and the writer's statements.</summary>
internal sealed class TrackStatements(SqliteFile file) : IDisposable
{
    public const int PageBytes = 8192;

    public static readonly string[] Schema =
    [
        """
        CREATE TABLE position(sequence INTEGER NOT NULL, flushing INTEGER NOT NULL, flushed_rep INTEGER NOT NULL);
        INSERT INTO position VALUES(0, 0, -1);
        CREATE TABLE log(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        CREATE TABLE chunk(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
            bytes BLOB NOT NULL, attributes BLOB);
        CREATE TABLE rep(key INTEGER PRIMARY KEY, newest INTEGER NOT NULL, state BLOB);
        CREATE TABLE geofence(key INTEGER PRIMARY KEY, text BLOB NOT NULL);
        """,
        """
        CREATE TABLE late(rep INTEGER PRIMARY KEY, from_fix INTEGER NOT NULL, to_fix INTEGER NOT NULL, first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL, touches INTEGER NOT NULL);
        """,
        """
        CREATE TABLE device_event(rep INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, device INTEGER NOT NULL, name TEXT NOT NULL,
            received_at INTEGER NOT NULL, protocol INTEGER NOT NULL, battery REAL, charging INTEGER, data BLOB,
            PRIMARY KEY(rep, at, kind, device, name)) WITHOUT ROWID;
        """,
        """
        CREATE TABLE definition(kind INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, json BLOB NOT NULL,
            PRIMARY KEY(kind, id)) WITHOUT ROWID;
        """,
    ];

    public SqliteStatement SetSequence { get; } = file.Prepare("UPDATE position SET sequence = ?");
    public SqliteStatement SetFlushed { get; } = file.Prepare("UPDATE position SET flushing = ?, flushed_rep = ?");
    public SqliteStatement InsertLog { get; } = file.Prepare("INSERT INTO log(id, bytes) VALUES(?, ?)");
    public SqliteStatement DeleteLog { get; } = file.Prepare("DELETE FROM log WHERE id <= ?");
    public SqliteStatement PutGeofence { get; } = file.Prepare("INSERT OR REPLACE INTO geofence(key, text) VALUES(?, ?)");
    public SqliteStatement DeleteGeofence { get; } = file.Prepare("DELETE FROM geofence WHERE key = ?");
    public SqliteStatement LastChunk { get; } = file.Prepare(
        "SELECT id, count, bytes, attributes FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1");
    public SqliteStatement PutChunk { get; } = file.Prepare(
        "INSERT OR REPLACE INTO chunk(id, first, last, count, bytes, attributes) VALUES(?, ?, ?, ?, ?, ?)");
    public SqliteStatement Chunks { get; } = file.Prepare("SELECT bytes FROM chunk WHERE id BETWEEN ? AND ? ORDER BY id");
    public SqliteStatement PutRep { get; } = file.Prepare(
        """
        INSERT INTO rep(key, newest, state) VALUES(?1, ?2, ?3)
        ON CONFLICT(key) DO UPDATE SET newest = max(newest, ?2), state = coalesce(?3, state)
        """);
    public SqliteStatement Newest { get; } = file.Prepare("SELECT newest FROM rep WHERE key = ?");
    public SqliteStatement FirstChunkFrom { get; } = file.Prepare("SELECT id FROM chunk WHERE id >= ? ORDER BY id LIMIT 1");
    public SqliteStatement OldChunks { get; } = file.Prepare(
        "SELECT id, last, count, bytes, attributes FROM chunk WHERE id BETWEEN ?1 AND ?2 AND first < ?3 ORDER BY id LIMIT 500");
    public SqliteStatement DeleteChunk { get; } = file.Prepare("DELETE FROM chunk WHERE id = ?");

    public SqliteStatement PutLate { get; } = file.Prepare(
        """
        INSERT INTO late(rep, from_fix, to_fix, first_at, last_at, touches) VALUES(?1, ?2, ?3, ?4, ?4, 1)
        ON CONFLICT(rep) DO UPDATE SET from_fix = min(from_fix, ?2), to_fix = max(to_fix, ?3), last_at = ?4, touches = touches + 1
        """);
    public SqliteStatement ForgetLate { get; } = file.Prepare("DELETE FROM late WHERE rep = ?1 AND touches = ?2 AND first_at = ?3");
    public SqliteStatement AddDeviceEvent { get; } = file.Prepare(
        """
        INSERT OR IGNORE INTO device_event(rep, at, kind, device, name, received_at, protocol, battery, charging, data)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);
    public SqliteStatement PutDefinition { get; } = file.Prepare("INSERT OR REPLACE INTO definition(kind, id, version, json) VALUES(?, ?, ?, ?)");
    public SqliteStatement DeleteDefinition { get; } = file.Prepare("DELETE FROM definition WHERE kind = ? AND id = ?");
    public SqliteStatement DeleteDeviceEvents { get; } = file.Prepare("DELETE FROM device_event WHERE at < ?");

    public void Dispose()
    {
        foreach (SqliteStatement statement in (SqliteStatement[])
            [SetSequence, SetFlushed, InsertLog, DeleteLog, PutGeofence, DeleteGeofence, LastChunk, PutChunk, Chunks, PutRep, Newest, FirstChunkFrom,
             OldChunks, DeleteChunk, PutLate, ForgetLate, AddDeviceEvent, DeleteDeviceEvents, PutDefinition, DeleteDefinition])
            statement.Dispose();
    }
}
