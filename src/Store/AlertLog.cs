using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// The durable log of alerts: written first, streamed from. An alert whose id is known already is not written again. While
/// the disk fails, writers wait: an alert may be late, but never lost.
/// </summary>
public sealed partial class AlertLog : IAsyncDisposable
{
    private const int MaxWaitingBatches = 1024, MaxGroup = 256, RowsSweptAtOnce = 2000;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1), RetryAfter = TimeSpan.FromMilliseconds(250);

    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    private readonly SqliteFile _file;
    private readonly SqliteStatement _insert, _sweep, _oldest;
    private readonly ReaderPool _readers;
    private readonly GroupWriter<Batch> _writer;
    private readonly AlertLogOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly ConcurrentDictionary<string, Counter> _written = new(StringComparer.Ordinal);
    private readonly ManualResetEventSlim _closing = new();
    private readonly List<StoredAlert> _group = [];
    private bool _failing;

    private sealed record Batch(IReadOnlyList<Alert> Alerts, TaskCompletionSource Durable);

    private AlertLog(SqliteFile file, AlertLogOptions options, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_file, _options, _metrics, _clock, _logger) = (file, options, metrics, clock, logger);
        _insert = file.Prepare("INSERT OR IGNORE INTO alert(cursor, id, kind, rep, at, written, json) VALUES(?, ?, ?, ?, ?, ?, ?)");
        _sweep = file.Prepare(
            $"DELETE FROM alert WHERE written < ? AND cursor IN (SELECT cursor FROM alert ORDER BY cursor LIMIT {RowsSweptAtOnce})");
        _oldest = file.Prepare("SELECT min(cursor) - 1 FROM alert");
        _newest = file.ReadLong("SELECT seq FROM sqlite_sequence WHERE name = 'alert'");
        _oldestKept = ReadOldest();
        _recent = new StoredAlert[options.MaxRecent];
        _recentFrom = _newest + 1;
        _readers = new ReaderPool(file.Path, 4);
        _writer = new GroupWriter<Batch>("alerts", MaxWaitingBatches, MaxGroup, Commit);
        _timer = clock.CreateTimer(static log => ((AlertLog)log!).AskForSweep(), this, TimeSpan.Zero, SweepEvery);
    }

    /// <summary>Opens the log, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static AlertLog Open(string path, AlertLogOptions options, Metrics metrics, TimeProvider clock, ILogger? logger = null)
    {
        SqliteFile file = SqliteFile.Open(path);
        try
        {
            file.Migrate(
                """
                CREATE TABLE alert(cursor INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, rep TEXT NOT NULL,
                    at INTEGER NOT NULL, written INTEGER NOT NULL, json BLOB NOT NULL);
                CREATE INDEX alert_kind ON alert(kind);
                CREATE INDEX alert_rep ON alert(rep);
                CREATE INDEX alert_at ON alert(at);
                """);
            return new AlertLog(file, options, metrics, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>False while the disk refuses alerts.</summary>
    public bool IsWritable => !Volatile.Read(ref _failing);

    /// <summary>Writes alerts in groups, in order; completes when they are on disk. Waits when too many are under way.</summary>
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
        await batch.Durable.Task.WaitAsync(cancel);
    }

    private void AskForSweep() => _writer?.TryWrite(new Batch([], new TaskCompletionSource()));

    private void Commit(List<Batch> batches)
    {
        while (true)
        {
            try
            {
                Write(batches);
                Volatile.Write(ref _failing, false);
                Publish();
                foreach (Batch batch in batches) batch.Durable.SetResult();
                return;
            }
            catch (StoreUnavailableException e)
            {
                Undo();
                if (!_failing) LogFailing(_logger, e.Message);
                Volatile.Write(ref _failing, true);
                if (!_closing.Wait(RetryAfter)) continue;
                foreach (Batch batch in batches) batch.Durable.SetException(new StoreUnavailableException("The alert log was closed while the disk failed.", e));
                return;
            }
        }
    }

    private void Write(List<Batch> batches)
    {
        _group.Clear();
        long now = Instant.Now(_clock).EpochMs;
        bool sweep = false;
        _file.Begin();
        foreach (Batch batch in batches)
        {
            sweep |= batch.Alerts.Count == 0;
            for (int i = 0; i < batch.Alerts.Count; i++) Insert(batch.Alerts[i] with { Cursor = _newest + 1 + _group.Count }, now);
        }
        if (sweep) _sweep.Bind(1, now - (long)_options.Retention.TotalMilliseconds).Run();
        bool more = sweep && _file.Changes == RowsSweptAtOnce;
        _file.Commit();
        if (sweep) Volatile.Write(ref _oldestKept, ReadOldest());
        if (more) AskForSweep();
    }

    private void Insert(Alert alert, long now)
    {
        if (alert.Data.ValueKind == JsonValueKind.Undefined) alert = alert with { Data = EmptyObject };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(alert, ContractsJsonContext.Default.Alert);
        _insert.Bind(1, alert.Cursor).Bind(2, alert.Id).Bind(3, alert.Kind).Bind(4, alert.RepId).Bind(5, alert.At.EpochMs).Bind(6, now).BindBlob(7, json).Run();
        if (_file.Changes > 0) _group.Add(new StoredAlert(alert, json));
    }

    private long ReadOldest()
    {
        _oldest.Step();
        long oldest = _oldest.IsNull(0) ? _newest : _oldest.Int64(0);
        _oldest.Reset();
        return oldest;
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

    private Counter CounterOf(string kind) => _written.GetOrAdd(kind, static (kind, metrics) =>
        metrics.Counter("tracking_alerts_total", "Alerts written to the log.", ("kind", kind)), _metrics);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsSet) return;
        _closing.Set();
        await _timer.DisposeAsync();
        await _writer.DisposeAsync();
        _readers.Dispose();
        _insert.Dispose();
        _sweep.Dispose();
        _oldest.Dispose();
        _file.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Alerts cannot be written; they wait until they can: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}
