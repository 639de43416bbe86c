using System.Text;
using Tracking.Contracts;

namespace Tracking.Store.Sqlite;

/// <summary>The alert log in an SQLite file, which this process alone writes.</summary>
internal sealed class SqliteAlertTable : IAlertTable
{
    public const string Schema =
        """
        CREATE TABLE alert(cursor INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, rep TEXT NOT NULL,
            at INTEGER NOT NULL, written INTEGER NOT NULL, json BLOB NOT NULL);
        CREATE INDEX alert_kind ON alert(kind);
        CREATE INDEX alert_rep ON alert(rep);
        CREATE INDEX alert_at ON alert(at);
        """;

    private readonly SqliteFile _file;
    private readonly SqliteStatement _insert, _sweep, _oldest;
    private readonly ReaderPool _readers;
    private long _newest;

    private SqliteAlertTable(SqliteFile file)
    {
        _file = file;
        _insert = file.Prepare("INSERT OR IGNORE INTO alert(cursor, id, kind, rep, at, written, json) VALUES(?, ?, ?, ?, ?, ?, ?)");
        _sweep = file.Prepare("DELETE FROM alert WHERE written < ?1 AND cursor IN (SELECT cursor FROM alert ORDER BY cursor LIMIT ?2)");
        _oldest = file.Prepare("SELECT min(cursor) - 1 FROM alert");
        _newest = file.ReadLong("SELECT seq FROM sqlite_sequence WHERE name = 'alert'");
        _readers = new ReaderPool(file.Path, 4);
    }

    /// <summary>Opens the file, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static SqliteAlertTable Open(string path)
    {
        SqliteFile file = SqliteFile.Open(path);
        try
        {
            file.Migrate(Schema);
            return new SqliteAlertTable(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool IsShared => false;

    public AlertBounds ReadBounds()
    {
        _oldest.Step();
        long oldest = _oldest.IsNull(0) ? _newest : _oldest.Int64(0);
        _oldest.Reset();
        return new AlertBounds(_newest, oldest);
    }

    public void Insert(IReadOnlyList<Alert> alerts, Instant at, List<StoredAlert> written)
    {
        long newest = _newest;
        Write(() =>
        {
            foreach (Alert alert in alerts)
            {
                StoredAlert stored = StoredAlert.Of(alert, newest + 1);
                _insert.Bind(1, newest + 1).Bind(2, alert.Id).Bind(3, alert.Kind).Bind(4, alert.RepId).Bind(5, alert.At.EpochMs)
                    .Bind(6, at.EpochMs).BindBlob(7, stored.Json.Span).Run();
                if (_file.Changes == 0) continue;
                written.Add(stored);
                newest++;
            }
        });
        _newest = newest;
    }

    public int Sweep(Instant before, int atMost)
    {
        int swept = 0;
        Write(() =>
        {
            _sweep.Bind(1, before.EpochMs).Bind(2, atMost).Run();
            swept = _file.Changes;
        });
        return swept;
    }

    public int Erase(string repId, int atMost)
    {
        int erased = 0;
        Write(() =>
        {
            using SqliteStatement erase = _file.Prepare("DELETE FROM alert WHERE cursor IN (SELECT cursor FROM alert WHERE rep = ?1 LIMIT ?2)");
            erase.Bind(1, repId).Bind(2, atMost).Run();
            erased = _file.Changes;
        });
        return erased;
    }

    private void Write(Action work)
    {
        _file.Begin();
        try
        {
            work();
            _file.Commit();
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private void Undo()
    {
        try
        {
            _file.Rollback();
        }
        catch (StoreUnavailableException)
        {
            // The next attempt to begin says it again.
        }
    }

    public ValueTask<List<StoredAlert>> ReadAsync(long after, long until, int limit, AlertFilter filter, CancellationToken cancel) =>
        _readers.ReadAsync(static (file, ask) => Read(file, ask.after, ask.until, ask.limit, ask.filter), (after, until, limit, filter), cancel);

    private static List<StoredAlert> Read(SqliteFile file, long after, long until, int limit, AlertFilter filter)
    {
        var found = new List<StoredAlert>();
        using SqliteStatement row = file.Prepare(SelectFor(filter));
        row.Bind(1, after).Bind(2, until).Bind(3, limit);
        if (filter.RepId is not null) row.Bind(4, filter.RepId);
        if (filter.From is { } from) row.Bind(5, from.EpochMs);
        if (filter.To is { } to) row.Bind(6, to.EpochMs);
        for (int i = 0; i < filter.Kinds.Count; i++) row.Bind(7 + i, filter.Kinds[i]);
        while (row.Step()) found.Add(StoredAlert.From(row.Blob(0).ToArray()));
        return found;
    }

    private static string SelectFor(AlertFilter filter)
    {
        var sql = new StringBuilder("SELECT json FROM alert WHERE cursor > ?1 AND cursor <= ?2");
        if (filter.RepId is not null) sql.Append(" AND rep = ?4");
        if (filter.From is not null) sql.Append(" AND at >= ?5");
        if (filter.To is not null) sql.Append(" AND at < ?6");
        for (int i = 0; i < filter.Kinds.Count; i++) sql.Append(i == 0 ? " AND kind IN (?" : ", ?").Append(7 + i);
        return sql.Append(filter.Kinds.Count > 0 ? ")" : "").Append(" ORDER BY cursor LIMIT ?3").ToString();
    }

    public void Dispose()
    {
        _readers.Dispose();
        _insert.Dispose();
        _sweep.Dispose();
        _oldest.Dispose();
        _file.Dispose();
    }
}
