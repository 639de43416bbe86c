using System.Text;
using System.Text.Json;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

public sealed partial class AlertLog
{
    private readonly Lock _gate = new();
    // The alert with cursor c lies at c modulo the length; everything from _recentFrom to _newest is there.
    private readonly StoredAlert[] _recent;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _newest, _recentFrom, _oldestKept;

    /// <summary>Cursor of the newest durable alert; 0: none.</summary>
    public long NewestCursor => Volatile.Read(ref _newest);

    /// <summary>Cursor before the oldest alert that is kept.</summary>
    public long OldestCursor => Volatile.Read(ref _oldestKept);

    private void Publish()
    {
        if (_group.Count == 0) return;
        TaskCompletionSource moved;
        lock (_gate)
        {
            foreach (StoredAlert stored in _group) _recent[stored.Alert.Cursor % _recent.Length] = stored;
            Volatile.Write(ref _newest, _group[^1].Alert.Cursor);
            _recentFrom = Math.Max(_recentFrom, _newest - _recent.Length + 1);
            (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        foreach (StoredAlert stored in _group) CounterOf(stored.Alert.Kind).Add();
        moved.SetResult();
    }

    /// <summary>Reads alerts behind a cursor, oldest first; the newest ones come from memory.</summary>
    /// <exception cref="StoreUnavailableException">Older alerts cannot be read from disk.</exception>
    public async ValueTask<IReadOnlyList<Alert>> ReadAsync(long after, int limit, AlertFilter filter, CancellationToken cancel)
    {
        AlertPage page = await ReadPageAsync(after, limit, filter, cancel);
        var alerts = new Alert[page.Alerts.Count];
        for (int i = 0; i < alerts.Length; i++) alerts[i] = page.Alerts[i].Alert;
        return alerts;
    }

    /// <summary>
    /// Reads alerts behind a cursor, oldest first, with their JSON and the cursor to go on from; the newest ones come from memory.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Older alerts cannot be read from disk.</exception>
    public ValueTask<AlertPage> ReadPageAsync(long after, int limit, AlertFilter filter, CancellationToken cancel) =>
        TryReadRecent(after, limit, filter) is { } page
            ? new ValueTask<AlertPage>(page)
            : _readers.ReadAsync(static (file, ask) => ReadOlder(file, ask.after, ask.limit, ask.filter, ask.newest),
                (after, limit, filter, newest: NewestCursor), cancel);

    private AlertPage? TryReadRecent(long after, int limit, AlertFilter filter)
    {
        lock (_gate)
        {
            if (after + 1 < _recentFrom) return null;
            List<StoredAlert>? found = null;
            long cursor = after;
            while (cursor < _newest && (found?.Count ?? 0) < limit)
            {
                ref readonly StoredAlert stored = ref _recent[++cursor % _recent.Length];
                if (filter.Passes(stored.Alert)) (found ??= []).Add(stored);
            }
            return new AlertPage(found ?? (IReadOnlyList<StoredAlert>)[], cursor);
        }
    }

    private static AlertPage ReadOlder(SqliteFile file, long after, int limit, AlertFilter filter, long newest)
    {
        var found = new List<StoredAlert>();
        using SqliteStatement row = file.Prepare(SelectFor(filter));
        row.Bind(1, after).Bind(2, newest).Bind(3, limit);
        if (filter.RepId is not null) row.Bind(4, filter.RepId);
        if (filter.From is { } from) row.Bind(5, from.EpochMs);
        if (filter.To is { } to) row.Bind(6, to.EpochMs);
        for (int i = 0; i < filter.Kinds.Count; i++) row.Bind(7 + i, filter.Kinds[i]);
        while (row.Step())
        {
            byte[] json = row.Blob(0).ToArray();
            Alert alert = JsonSerializer.Deserialize(json, ContractsJsonContext.Default.Alert) ?? throw new InvalidDataException("An alert is null.");
            found.Add(new StoredAlert(alert, json));
        }
        return new AlertPage(found, found.Count < limit ? newest : found[^1].Alert.Cursor);
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

    /// <summary>Completes when the log holds alerts behind a cursor.</summary>
    public ValueTask WaitAsync(long after, CancellationToken cancel)
    {
        lock (_gate) return _newest > after ? ValueTask.CompletedTask : new ValueTask(_moved.Task.WaitAsync(cancel));
    }
}
