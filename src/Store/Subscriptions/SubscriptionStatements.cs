using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>The schema of the embedded subscription store, and the statements that change it.</summary>
internal sealed class SubscriptionStatements(SqliteFile file) : IDisposable
{
    public const string Schema =
        """
        CREATE TABLE webhook(id TEXT PRIMARY KEY, url TEXT NOT NULL, kinds TEXT NOT NULL, scope TEXT NOT NULL, ownerScope TEXT NOT NULL,
            owner TEXT NOT NULL, secret TEXT NOT NULL, state INTEGER NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE progress(subscriber TEXT PRIMARY KEY, cursor INTEGER NOT NULL, missed INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE letter(id INTEGER PRIMARY KEY AUTOINCREMENT, webhook TEXT NOT NULL, cursor INTEGER NOT NULL, alert TEXT NOT NULL, json BLOB NOT NULL,
            reason TEXT NOT NULL, attempts INTEGER NOT NULL, at INTEGER NOT NULL, replay INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX letter_webhook ON letter(webhook, id);
        """;

    public SqliteStatement CountWebhooks { get; } = file.Prepare("SELECT count(*) FROM webhook");
    public SqliteStatement InsertWebhook { get; } = file.Prepare(
        "INSERT OR IGNORE INTO webhook(id, url, kinds, scope, ownerScope, owner, secret, state, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    public SqliteStatement UpdateWebhook { get; } = file.Prepare(
        "UPDATE webhook SET url = ?2, kinds = ?3, scope = ?4, secret = ?5 WHERE id = ?1");
    public SqliteStatement SetState { get; } = file.Prepare("UPDATE webhook SET state = ?2 WHERE id = ?1");
    public SqliteStatement DeleteWebhook { get; } = file.Prepare("DELETE FROM webhook WHERE id = ?");
    public SqliteStatement SaveProgress { get; } = file.Prepare(
        "INSERT INTO progress(subscriber, cursor, missed) VALUES(?1, ?2, ?3) ON CONFLICT(subscriber) DO UPDATE SET cursor = ?2, missed = ?3");
    public SqliteStatement DeleteProgress { get; } = file.Prepare("DELETE FROM progress WHERE subscriber = ?");
    public SqliteStatement CountLetters { get; } = file.Prepare("SELECT count(*) FROM letter WHERE webhook = ?");
    public SqliteStatement InsertLetter { get; } = file.Prepare(
        """
        INSERT INTO letter(webhook, cursor, alert, json, reason, attempts, at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS(SELECT 1 FROM webhook WHERE id = ?1)
        """);
    public SqliteStatement UpdateLetter { get; } = file.Prepare(
        "UPDATE letter SET reason = ?3, attempts = ?4, at = ?5, replay = ?6 WHERE webhook = ?1 AND id = ?2");
    public SqliteStatement ReplayLetter { get; } = file.Prepare("UPDATE letter SET replay = 1 WHERE webhook = ?1 AND id = ?2");
    public SqliteStatement ReplayLetters { get; } = file.Prepare("UPDATE letter SET replay = 1 WHERE webhook = ?1");
    public SqliteStatement DeleteLetter { get; } = file.Prepare("DELETE FROM letter WHERE webhook = ?1 AND id = ?2");
    public SqliteStatement DeleteLetters { get; } = file.Prepare("DELETE FROM letter WHERE webhook = ?1");

    public void Dispose()
    {
        foreach (SqliteStatement statement in (SqliteStatement[])
            [CountWebhooks, InsertWebhook, UpdateWebhook, SetState, DeleteWebhook, SaveProgress, DeleteProgress, CountLetters, InsertLetter, UpdateLetter,
             ReplayLetter, ReplayLetters, DeleteLetter, DeleteLetters])
            statement.Dispose();
    }
}
