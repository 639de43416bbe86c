using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// The durable log of alerts, in SQLite or PostgreSQL: written first, streamed from. An alert whose id is known already is not
/// written again. While the store fails, writers wait: an alert may be late, but never lost. Several nodes may write into one
/// log in PostgreSQL, and each of them sees all of it, in one order.
/// </summary>
public sealed partial class AlertLog : IAsyncDisposable
{
    private const int MaxWaitingBatches = 1024, MaxGroup = 256, RowsSweptAtOnce = 2000;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1), LookEvery = TimeSpan.FromSeconds(1), RetryAfter = TimeSpan.FromMilliseconds(250);

    private readonly IAlertTable _table;
    private readonly GroupWriter<Batch> _writer;
    private readonly AlertLogOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _sweepTimer;
    private readonly ITimer? _lookTimer;
    private readonly ConcurrentDictionary<string, Counter> _written = new(StringComparer.Ordinal);
    private readonly ManualResetEventSlim _closing = new();
    private readonly List<StoredAlert> _group = [];
    private int _isLooking;
    private bool _failing;

    // Without a completion: a request to look or to sweep, for which nobody waits.
    private sealed record Batch(IReadOnlyList<Alert> Alerts, TaskCompletionSource? Durable, bool Sweeps = false)
    {
        /// <summary>Whose alerts are to be erased.</summary>
        public string? Erases { get; init; }

        public long Erased { get; set; }
    }

    private AlertLog(IAlertTable table, AlertLogOptions options, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_table, _options, _metrics, _clock, _logger) = (table, options, metrics, clock, logger);
        (_newest, _oldestKept) = table.ReadBounds();
        _recent = new StoredAlert[options.MaxRecent];
        _recentFrom = _newest + 1;
        _writer = new GroupWriter<Batch>("alerts", MaxWaitingBatches, MaxGroup, Commit);
        _sweepTimer = clock.CreateTimer(static log => ((AlertLog)log!).AskForSweep(), this, TimeSpan.Zero, SweepEvery);
        _lookTimer = table.IsShared ? clock.CreateTimer(static log => ((AlertLog)log!).Look(), this, LookEvery, LookEvery) : null;
    }

    /// <summary>Opens the log in an SQLite file, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static AlertLog Open(string path, AlertLogOptions options, Metrics metrics, TimeProvider clock, ILogger? logger = null) =>
        Over(SqliteAlertTable.Open(path), options, metrics, clock, logger);

    internal static AlertLog Over(IAlertTable table, AlertLogOptions options, Metrics metrics, TimeProvider clock, ILogger? logger)
    {
        try
        {
            return new AlertLog(table, options, metrics, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>False while the store refuses alerts; they wait.</summary>
    public bool IsWritable => !Volatile.Read(ref _failing);

    /// <summary>Writes alerts in groups, in order; completes when they are durable. Waits when too many are under way.</summary>
    /// <exception cref="StoreUnavailableException">The log was closed before they were written.</exception>
    /// <exception cref="OperationCanceledException">Given up; they may be written nevertheless.</exception>
    public async ValueTask AppendAsync(IReadOnlyList<Alert> alerts, CancellationToken cancel)
    {
        if (alerts.Count == 0) return;
        var batch = new Batch(alerts, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _writer.WriteAsync(batch, cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException("The alert log is closed.", e);
        }
        await batch.Durable!.Task.WaitAsync(cancel);
    }

    /// <summary>Erases a rep's alerts, behind everything that was appended before, and out of memory.</summary>
    /// <param name="repId">Whose.</param>
    /// <param name="fromTable">Whether they are to be deleted; else another node does that, and this one forgets them.</param>
    /// <param name="cancel">Gives up; they may be erased nevertheless.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="StoreUnavailableException">The log is closed.</exception>
    internal async ValueTask<long> EraseAsync(string repId, bool fromTable, CancellationToken cancel)
    {
        var batch = new Batch([], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)) { Erases = repId };
        if (fromTable)
        {
            try
            {
                await _writer.WriteAsync(batch, cancel);
            }
            catch (ChannelClosedException e)
            {
                throw new StoreUnavailableException("The alert log is closed.", e);
            }
            await batch.Durable!.Task.WaitAsync(cancel);
        }
        ForgetRep(repId);
        return batch.Erased;
    }

    /// <summary>How many alerts of a rep the log holds.</summary>
    internal async ValueTask<long> CountOfRepAsync(string repId, CancellationToken cancel)
    {
        long count = 0;
        var filter = new AlertFilter { RepId = repId };
        List<StoredAlert> found = [];
        do
        {
            found = await _table.ReadAsync(found.Count == 0 ? 0 : found[^1].Alert.Cursor, long.MaxValue, RowsSweptAtOnce, filter, cancel);
            count += found.Count;
        }
        while (found.Count == RowsSweptAtOnce);
        return count;
    }

    private void AskForSweep() => _writer.TryWrite(new Batch([], null, Sweeps: true));

    /// <summary>Looks soon whether others have written; cheap to call often.</summary>
    internal void Look()
    {
        // A queue that is full has a writer at work, who looks anyway.
        if (Interlocked.Exchange(ref _isLooking, 1) == 0 && !_writer.TryWrite(new Batch([], null))) Volatile.Write(ref _isLooking, 0);
    }

    private void Commit(List<Batch> batches)
    {
        Volatile.Write(ref _isLooking, 0);
        while (true)
        {
            try
            {
                Write(batches);
                Volatile.Write(ref _failing, false);
                foreach (Batch batch in batches) batch.Durable?.SetResult();
                return;
            }
            catch (StoreUnavailableException e)
            {
                if (!_failing) LogFailing(_logger, e.Message);
                Volatile.Write(ref _failing, true);
                if (!_closing.Wait(RetryAfter)) continue;
                var closed = new StoreUnavailableException("The alert log was closed while the store failed.", e);
                foreach (Batch batch in batches) batch.Durable?.SetException(closed);
                return;
            }
        }
    }

    private void Write(List<Batch> batches)
    {
        _group.Clear();
        List<Alert> alerts = [.. batches.SelectMany(static b => b.Alerts)];
        Instant now = Instant.Now(_clock);
        if (alerts.Count > 0) _table.Insert(alerts, now, _group);
        foreach (StoredAlert stored in _group) CounterOf(stored.Alert.Kind).Add();
        PublishNew();
        foreach (Batch batch in batches)
        {
            if (batch.Erases is not { } repId) continue;
            int erased;
            do batch.Erased += erased = _table.Erase(repId, RowsSweptAtOnce);
            while (erased == RowsSweptAtOnce);
            Volatile.Write(ref _oldestKept, _table.ReadBounds().Oldest);
        }
        if (!batches.Exists(static b => b.Sweeps)) return;
        if (_table.Sweep(now - _options.Retention, RowsSweptAtOnce) == RowsSweptAtOnce) AskForSweep();
        Volatile.Write(ref _oldestKept, _table.ReadBounds().Oldest);
    }

    private Counter CounterOf(string kind) => _written.GetOrAdd(kind, static (kind, metrics) =>
        metrics.Counter("tracking_alerts_total", "Alerts written to the log.", ("kind", kind)), _metrics);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsSet) return;
        _closing.Set();
        await _sweepTimer.DisposeAsync();
        if (_lookTimer is not null) await _lookTimer.DisposeAsync();
        await _writer.DisposeAsync();
        _table.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Alerts cannot be written; they wait until they can: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}
