using Tracking.Contracts;

namespace Tracking.Store.Sqlite;

internal sealed partial class SqliteRegistryTables
{
    // Rare: statements are prepared when they are needed.
    private long Run(string sql, params ReadOnlySpan<object?> values)
    {
        using SqliteStatement statement = _file.Prepare(sql);
        for (int i = 0; i < values.Length; i++) _ = values[i] switch
        {
            long number => statement.Bind(i + 1, number),
            int number => statement.Bind(i + 1, number),
            Instant instant => statement.Bind(i + 1, instant.EpochMs),
            string text => statement.Bind(i + 1, text),
            _ => statement.BindNull(i + 1),
        };
        statement.Run();
        return _file.Changes;
    }

    void IRegistryTransaction.PutErasure(in ErasureRow row) => Run(
        "INSERT OR REPLACE INTO erasure(rep, requested, actor, subject, report, done, changed) VALUES(?, ?, ?, ?, ?, ?, ?)",
        row.RepKey, row.RequestedAt, row.Actor, row.Person, row.Report, row.DoneAt, _number);

    void IRegistryTransaction.Bury(int repKey, string repId, string tombstone, Instant at)
    {
        Run("UPDATE rep SET id = ?2, name = '', path = '', zone = 'UTC', changed = ?3 WHERE key = ?1", repKey, tombstone, _number);
        Run("UPDATE device SET id = ?2 || '-' || key, secret = NULL, seal = NULL, changed = ?3 WHERE rep = ?1", repKey, tombstone, _number);
        Run("UPDATE token SET scope = 'rep:' || ?2, revoked = coalesce(revoked, ?3), changed = ?4 WHERE scope = 'rep:' || ?1", repId, tombstone, at, _number);
    }

    void IRegistryTransaction.PutErasurePart(int repKey, string node, Instant at, long found) => Run(
        "INSERT INTO erasure_part(rep, node, at, found) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(rep, node) DO UPDATE SET at = ?3, found = found + ?4", repKey, node, at, found);

    long? IRegistryTransaction.FoundOnNodes(int repKey)
    {
        using SqliteStatement ask = _file.Prepare("SELECT sum(found) FROM erasure_part WHERE rep = ?").Bind(1, repKey);
        long? found = ask.Step() && !ask.IsNull(0) ? ask.Int64(0) : null;
        ask.Reset();
        return found;
    }

    long IRegistryTransaction.RedactAudit(string word, string json, string tombstone) => Run(
        "UPDATE audit SET target = CASE WHEN target = ?1 THEN ?3 ELSE target END, detail = '{}' WHERE target = ?1 OR instr(detail, ?2) > 0", word, json, tombstone);
}
