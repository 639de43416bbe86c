using Tracking.Contracts;

namespace Tracking.Store.Sqlite;

/// <summary>The audit log in the registry's SQLite file.</summary>
internal sealed class SqliteAuditTable : IAuditTable
{
    private readonly SqliteFile _file;
    private readonly SqliteStatement _insert, _sweep;
    private readonly Lock _gate = new();

    private SqliteAuditTable(SqliteFile file)
    {
        _file = file;
        _insert = file.Prepare(SqliteRegistryStatements.InsertAuditSql);
        _sweep = file.Prepare("DELETE FROM audit WHERE at < ?1 AND cursor IN (SELECT cursor FROM audit ORDER BY cursor LIMIT ?2)");
    }

    public static SqliteAuditTable Open(string path)
    {
        SqliteFile file = SqliteFile.Open(path);
        try
        {
            file.Migrate(SqliteRegistryStatements.Schema);
            return new SqliteAuditTable(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ValueTask AppendAsync(AuditEntry entry, CancellationToken cancel)
    {
        lock (_gate) _insert.Bind(1, entry.At.EpochMs).Bind(2, entry.Actor).Bind(3, entry.Action).Bind(4, entry.Target).Bind(5, entry.Detail).Run();
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, string? action, bool newestFirst, CancellationToken cancel)
    {
        string sql = $"""
            SELECT cursor, at, actor, action, target, detail FROM audit WHERE cursor > ?1{(action is null ? "" : " AND action = ?3")}
            ORDER BY cursor{(newestFirst ? " DESC" : "")} LIMIT ?2
            """;
        var found = new List<AuditEntry>();
        lock (_gate)
        {
            using SqliteStatement row = _file.Prepare(sql).Bind(1, after).Bind(2, limit);
            if (action is not null) row.Bind(3, action);
            while (row.Step()) found.Add(new AuditEntry(row.Int64(0), new Instant(row.Int64(1)), row.Text(2), row.Text(3), row.Text(4), row.Text(5)));
        }
        return ValueTask.FromResult<IReadOnlyList<AuditEntry>>(found);
    }

    public ValueTask<int> SweepAsync(Instant before, int atMost, CancellationToken cancel)
    {
        lock (_gate)
        {
            _sweep.Bind(1, before.EpochMs).Bind(2, atMost).Run();
            return ValueTask.FromResult(_file.Changes);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _insert.Dispose();
            _sweep.Dispose();
            _file.Dispose();
        }
    }
}
