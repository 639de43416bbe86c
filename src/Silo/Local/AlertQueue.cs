using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;

namespace Tracking.Silo.Local;

/// <summary>
/// Takes alerts from the partitions the moment they are decided and brings them into the log, in order. Bounded: when the
/// log does not keep up, partitions wait. A log that fails is tried again until it takes them.
/// </summary>
internal sealed partial class AlertQueue
{
    private const int MaxBatch = 1000;

    // A commit costs the disk the same for one alert as for hundreds, and the journal waits for the same disk.
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(5);

    // After six attempts and three seconds a failure is no hiccup.
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(1.6);

    private readonly Channel<Item> _items;
    private readonly Func<IReadOnlyList<Alert>, CancellationToken, ValueTask> _append;
    private readonly LoopTasks _tasks;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Histogram _latency;
    private readonly Counter _failures;
    private readonly int _capacity;
    private bool _isFailing;

    /// <summary>A queue.</summary>
    /// <param name="append">Makes alerts durable, in order; leaves out those whose id is known.</param>
    /// <param name="capacity">How many alerts may wait.</param>
    /// <param name="tasks">Where its loop runs.</param>
    /// <param name="metrics">Takes its figures.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="logger">Told about failures.</param>
    public AlertQueue(Func<IReadOnlyList<Alert>, CancellationToken, ValueTask> append, int capacity, LoopTasks tasks, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        _append = append;
        _capacity = capacity;
        _tasks = tasks;
        _clock = clock;
        _logger = logger;
        _items = Channel.CreateBounded<Item>(new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _latency = metrics.Histogram("tracking_fix_to_alert_seconds", "From the receipt of the fix that proved an alert until the alert is durable.");
        _failures = metrics.Counter("tracking_alert_append_failures_total", "Attempts to write alerts that failed and were repeated.");
        metrics.Gauge("tracking_alerts_waiting", "Alerts on their way into the alert log.", () => _items.Reader.Count);
    }

    /// <summary>Called when the log has failed for long and the queue is full.</summary>
    public Action? Stuck { get; set; }

    /// <summary>Whether the log did not take what it was given last, or has not for long.</summary>
    public bool IsFailing => Volatile.Read(ref _isFailing);

    /// <summary>Hands over an alert without waiting; false: the queue is full, so use <see cref="AddAsync"/>.</summary>
    /// <param name="alert">The alert.</param>
    /// <param name="receivedAt">When the fix that proved it was received; null: time alone decided.</param>
    public bool TryAdd(Alert alert, Instant? receivedAt) => _items.Writer.TryWrite(new Item(alert, receivedAt, null));

    /// <summary>Hands over an alert; waits while the queue is full.</summary>
    public Task AddAsync(Alert alert, Instant? receivedAt, CancellationToken cancel) => WriteAsync(new Item(alert, receivedAt, null), cancel);

    // A task that goes on where its loop runs.
    private async Task WriteAsync(Item item, CancellationToken cancel) => await _items.Writer.WriteAsync(item, cancel);

    /// <summary>Completes when every alert that was handed over before is durable.</summary>
    /// <param name="giveUp">Ends the wait.</param>
    /// <param name="cancel">Ends the queue.</param>
    public async Task FlushAsync(CancellationToken giveUp, CancellationToken cancel)
    {
        TaskCompletionSource flushed = _tasks.NewPromise();
        await WriteAsync(new Item(null, null, flushed), cancel).WaitAsync(giveUp);
        await flushed.Task.WaitAsync(giveUp);
    }

    /// <summary>Brings alerts into the log until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var batch = new List<Item>(MaxBatch);
        var alerts = new List<Alert>(MaxBatch);
        while (await _items.Reader.WaitToReadAsync(cancel))
        {
            batch.Clear();
            alerts.Clear();
            while (batch.Count < MaxBatch && _items.Reader.TryRead(out Item item))
            {
                batch.Add(item);
                if (item.Alert is { } alert) alerts.Add(alert);
            }
            if (alerts.Count > 0) await AppendAsync(alerts, cancel);
            Finish(batch);
            await _tasks.PauseAsync(BetweenBatches, cancel);
        }
    }

    private void Finish(List<Item> batch)
    {
        Instant now = Instant.Now(_clock);
        foreach (Item item in batch)
        {
            if (item.ReceivedAt is { } receivedAt) _latency.Observe(now - receivedAt);
            if (FixTrace.HasAlerts && item.Alert is { } alert) FixTrace.Logged(alert.Id);
            item.Flushed?.TrySetResult();
        }
    }

    private async Task AppendAsync(List<Alert> alerts, CancellationToken cancel)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                await WaitAsync(_append(alerts, cancel).AsTask(), cancel);
                Volatile.Write(ref _isFailing, false);
                return;
            }
            catch (Exception thrown) when (!cancel.IsCancellationRequested)
            {
                Fail();
                LogAppendFailed(alerts.Count, pause, thrown);
            }
            await Task.Delay(pause, _clock, cancel);
            if (pause >= LongPause) TellIfStuck();
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // The log tries again by itself while its database is away, and says nothing meanwhile.
    private async Task WaitAsync(Task append, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await _tasks.WaitAsync(append, LongPause, cancel);
                return;
            }
            catch (TimeoutException) when (!append.IsFaulted)
            {
                if (!append.IsCompleted) Fail();
                TellIfStuck();
            }
        }
    }

    private void Fail()
    {
        _failures.Add();
        Volatile.Write(ref _isFailing, true);
    }

    private void TellIfStuck()
    {
        if (_items.Reader.Count >= _capacity) Stuck?.Invoke();
    }

    private readonly record struct Item(Alert? Alert, Instant? ReceivedAt, TaskCompletionSource? Flushed);

    [LoggerMessage(LogLevel.Error, "The alert log did not take {Count} alerts; trying again in {Pause}.")]
    private partial void LogAppendFailed(int count, TimeSpan pause, Exception thrown);
}
