using Microsoft.Extensions.Logging;
using Tracking.Contracts;

namespace Tracking.Store;

public sealed partial class AlertLog
{
    private const int ReadAtOnce = 1000;

    private readonly Lock _gate = new();
    // The alert with cursor c lies at c modulo the length; everything from _recentFrom to _newest is there.
    private readonly StoredAlert[] _recent;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _newest, _recentFrom, _oldestKept;

    /// <summary>Cursor of the newest durable alert; 0: none.</summary>
    public long NewestCursor => Volatile.Read(ref _newest);

    /// <summary>Cursor before the oldest alert that is kept.</summary>
    public long OldestCursor => Volatile.Read(ref _oldestKept);

    // Brings into memory, in order, what is new in the table: this process's own alerts, and those that others wrote before them.
    private void PublishNew()
    {
        if (_group.Count > 0 && _group[0].Alert.Cursor == _newest + 1)
        {
            Publish(_group, _group[^1].Alert.Cursor);
            return;
        }
        if (!_table.IsShared) return;
        AlertBounds bounds = _table.ReadBounds();
        if (bounds.Newest < _newest)
        {
            LogWentBack(_logger, _newest, bounds.Newest);
            Forget(bounds.Newest);
        }
        // Whoever is further behind than memory reaches reads the table.
        if (bounds.Newest - _newest > _recent.Length) Forget(bounds.Newest - _recent.Length);
        while (_newest < bounds.Newest)
        {
            long until = Math.Min(_newest + ReadAtOnce, bounds.Newest);
            List<StoredAlert> read = _table.ReadAsync(_newest, until, ReadAtOnce, AlertFilter.All, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Publish(read, until);
        }
        Volatile.Write(ref _oldestKept, bounds.Oldest);
    }

    private void Publish(List<StoredAlert> alerts, long newest)
    {
        TaskCompletionSource moved;
        lock (_gate)
        {
            // A cursor without an alert (deleted meanwhile) must not show what lay in its place before.
            for (long cursor = Math.Max(_newest, newest - _recent.Length) + 1; cursor <= newest; cursor++) _recent[cursor % _recent.Length] = default;
            foreach (StoredAlert stored in alerts) _recent[stored.Alert.Cursor % _recent.Length] = stored;
            Volatile.Write(ref _newest, newest);
            _recentFrom = Math.Max(_recentFrom, newest - _recent.Length + 1);
            (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        moved.SetResult();
    }

    private void ForgetRep(string repId)
    {
        lock (_gate)
        {
            foreach (ref StoredAlert stored in _recent.AsSpan())
            {
                if (stored.Alert?.RepId == repId) stored = default;
            }
        }
    }

    private void Forget(long newest)
    {
        lock (_gate)
        {
            Array.Clear(_recent);
            Volatile.Write(ref _newest, newest);
            _recentFrom = newest + 1;
        }
    }

    /// <summary>Reads alerts behind a cursor, oldest first; the newest ones come from memory.</summary>
    /// <exception cref="StoreUnavailableException">Older alerts cannot be read.</exception>
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
    /// <exception cref="StoreUnavailableException">Older alerts cannot be read.</exception>
    public ValueTask<AlertPage> ReadPageAsync(long after, int limit, AlertFilter filter, CancellationToken cancel) =>
        TryReadRecent(after, limit, filter) is { } page ? new ValueTask<AlertPage>(page) : ReadOlderAsync(after, limit, filter, cancel);

    private async ValueTask<AlertPage> ReadOlderAsync(long after, int limit, AlertFilter filter, CancellationToken cancel)
    {
        long newest = NewestCursor;
        List<StoredAlert> found = await _table.ReadAsync(after, newest, limit, filter, cancel);
        return new AlertPage(found, found.Count < limit ? newest : found[^1].Alert.Cursor);
    }

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
                if (stored.Alert is { } alert && filter.Passes(alert)) (found ??= []).Add(stored);
            }
            return new AlertPage(found ?? (IReadOnlyList<StoredAlert>)[], cursor);
        }
    }

    /// <summary>Completes when the log holds alerts behind a cursor.</summary>
    public ValueTask WaitAsync(long after, CancellationToken cancel)
    {
        lock (_gate) return _newest > after ? ValueTask.CompletedTask : new ValueTask(_moved.Task.WaitAsync(cancel));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The alert log went back from {Before} to {Now}: the database was restored from a backup. Restart every node and tell subscribers to begin anew.")]
    private static partial void LogWentBack(ILogger logger, long before, long now);
}
