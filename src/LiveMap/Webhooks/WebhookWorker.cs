using Microsoft.Extensions.Logging;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>
/// Delivers one webhook: reads the log by its cursor, sends one request at a time, and moves the cursor when the target has
/// taken it. So alerts never overtake each other, and what a crash leaves unsaid is said again. The cursor is written a few
/// times a second rather than with each request.
/// </summary>
internal sealed partial class WebhookWorker(Webhook webhook, WebhookContext shared)
{
    private readonly List<StoredAlert> _window = [];
    private readonly HashSet<long> _ahead = [];
    private DeliveryState _state = new();
    private TaskCompletionSource _call = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<AlertPage>? _nextPage;
    private SubscriberProgress _progress, _saved;
    private long _savedAt, _windowEnd;
    private int _next, _size = shared.Options.MaxBatch, _maxBatch = shared.Options.MaxBatch;

    /// <summary>How delivery stands.</summary>
    public DeliveryState State => Volatile.Read(ref _state);

    /// <summary>Has it look for dead letters that are to be sent again, at once even when it waits after a failure.</summary>
    public void Call() => Volatile.Read(ref _call).TrySetResult();

    /// <summary>Delivers until it is stopped.</summary>
    /// <returns>Normally never; true: the target is gone.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        try
        {
            await BeginAsync(stop);
            while (true)
            {
                try
                {
                    if (await StepAsync(stop)) return true;
                }
                catch (StoreUnavailableException e)
                {
                    LogStore(shared.Logger, webhook, e.Message);
                    await WaitAsync(shared.Options.BackOffFirst, stop);
                    ForgetWindow();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await SaveAtEndAsync();
        }
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                _progress = await shared.Store.ReadProgressAsync(webhook.Subscriber, stop) ?? new(shared.Log.NewestCursor, 0);
                break;
            }
            catch (StoreUnavailableException e)
            {
                LogStore(shared.Logger, webhook, e.Message);
                await WaitAsync(shared.Options.BackOffFirst, stop);
            }
        }
        // A log that was put back from a backup gives the same cursors again, to other alerts.
        if (_progress.Cursor > shared.Log.NewestCursor) _progress = _progress with { Cursor = shared.Log.NewestCursor };
        _saved = _progress;
        Change(state => state with { Progress = _progress });
    }

    /// <summary>Does the next thing; true: the target is gone.</summary>
    private async Task<bool> StepAsync(CancellationToken stop)
    {
        if (Volatile.Read(ref _call).Task.IsCompleted) await CalledAsync(stop);
        if (ReplayRest <= TimeSpan.Zero && await ReplayAsync(stop)) return true;
        if (_next < _window.Count) return await DeliverAsync(stop);
        if (shared.Log.NewestCursor > _progress.Cursor) await FillAsync(stop);
        else await IdleAsync(stop);
        await SaveNowAndThenAsync(stop);
        return false;
    }

    /// <summary>Takes the next page of the log into the window, and has the one behind it read meanwhile when there is much to do.</summary>
    private async Task FillAsync(CancellationToken stop)
    {
        SkipSwept();
        int limit = shared.Options.MaxBatch;
        Task<AlertPage>? ready = _nextPage;
        _nextPage = null;
        AlertPage page = ready is not null ? await ready : await shared.Log.ReadPageAsync(_progress.Cursor, limit, AlertFilter.All, stop);
        _window.Clear();
        _next = 0;
        foreach (StoredAlert stored in page.Alerts)
            if (!_ahead.Contains(stored.Alert.Cursor) && shared.Wants(webhook, stored.Alert)) _window.Add(stored);
        _ahead.RemoveWhere(cursor => cursor <= _progress.Cursor);
        _windowEnd = page.Next;
        if (page.Alerts.Count == limit) _nextPage = Task.Run(() => shared.Log.ReadPageAsync(page.Next, limit, AlertFilter.All, stop).AsTask(), stop);
        if (_window.Count == 0) MoveTo(_windowEnd);
    }

    /// <summary>Counts what the log swept before it could be delivered.</summary>
    private void SkipSwept()
    {
        long oldest = shared.Log.OldestCursor, swept = oldest - _progress.Cursor;
        if (swept <= 0) return;
        ForgetWindow();
        shared.Missed.Add(swept);
        LogMissed(shared.Logger, webhook, swept);
        _progress = new SubscriberProgress(oldest, _progress.Missed + swept);
        Change(state => state with { Progress = _progress });
    }

    /// <summary>Lets the window be read anew from the cursor: what has come since may belong to it.</summary>
    private void ForgetWindow()
    {
        _window.Clear();
        _next = 0;
        _nextPage = null;
    }

    private void MoveTo(long cursor)
    {
        _progress = _progress with { Cursor = cursor };
        Change(state => state with { Progress = _progress });
    }

    /// <summary>Waits for alerts, for somebody to call, or until the cursor is to be written or a dead letter to be sent again.</summary>
    private async Task IdleAsync(CancellationToken stop)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<Task> reasons = [shared.Log.WaitAsync(_progress.Cursor, waiting.Token).AsTask(), CalledAsync(waiting.Token)];
        if (_progress != _saved) reasons.Add(DelayAsync(shared.Options.SaveInterval - shared.Clock.GetElapsedTime(_savedAt), waiting.Token));
        if (ReplayRest is { } rest) reasons.Add(DelayAsync(rest, waiting.Token));
        await Task.WhenAny(reasons);
        await waiting.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    private Task DelayAsync(TimeSpan time, CancellationToken cancel) =>
        Task.Delay(time > TimeSpan.Zero ? time : TimeSpan.Zero, shared.Clock, cancel);

    private async Task CalledAsync(CancellationToken cancel)
    {
        await Volatile.Read(ref _call).Task.WaitAsync(cancel);
        Volatile.Write(ref _call, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        (_mayReplay, _replayFailures) = (true, 0);
    }

    /// <summary>Waits, or until somebody calls.</summary>
    private async Task WaitAsync(TimeSpan time, CancellationToken stop)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(DelayAsync(time, waiting.Token), CalledAsync(waiting.Token));
        await waiting.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    private async ValueTask SaveNowAndThenAsync(CancellationToken stop)
    {
        if (_progress != _saved && shared.Clock.GetElapsedTime(_savedAt) >= shared.Options.SaveInterval) await SaveAsync(stop);
    }

    private async ValueTask SaveAsync(CancellationToken stop)
    {
        SubscriberProgress progress = _progress;
        _savedAt = shared.Clock.GetTimestamp();
        await shared.Store.SaveProgressAsync(webhook.Subscriber, progress, stop);
        _saved = progress;
    }

    private async Task SaveAtEndAsync()
    {
        if (_progress == _saved) return;
        try
        {
            await SaveAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException e)
        {
            LogStore(shared.Logger, webhook, e.Message);
        }
    }

    private void Change(Func<DeliveryState, DeliveryState> change) => Volatile.Write(ref _state, change(_state));

    [LoggerMessage(Level = LogLevel.Error, Message = "The store hinders {Webhook}; it goes on when it can: {Reason}")]
    private static partial void LogStore(ILogger logger, Webhook webhook, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Webhook} missed up to {Count} alerts: they were older than the retention before its target took them")]
    private static partial void LogMissed(ILogger logger, Webhook webhook, long count);
}
