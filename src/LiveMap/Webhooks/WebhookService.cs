using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.LiveMap.Webhooks;

/// <summary>
/// Runs a worker for every active webhook that this node may serve. What the store says is looked at again and again, because
/// other nodes change it too.
/// </summary>
internal sealed partial class WebhookService : BackgroundService
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private readonly WebhookContext _shared;
    private readonly Metrics _metrics;
    private readonly string _holder = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly Dictionary<string, Runner> _runners = new(StringComparer.Ordinal);
    private volatile Runner[] _running = [];
    private bool _isStopped;

    private sealed record Runner(Webhook Webhook, WebhookWorker Worker, CancellationTokenSource Stop, Task<bool> Done)
    {
        public long LeasedAt { get; set; }
    }

    public WebhookService(WebhookContext shared, Metrics metrics)
    {
        (_shared, _metrics) = (shared, metrics);
        foreach (string circuit in (string[])["closed", "open", "halfOpen"])
            metrics.Gauge("tracking_webhooks", "Webhooks that this node serves, by circuit: open ones have a target that takes nothing now.",
                () => _running.Count(r => r.Worker.State.Circuit == circuit), ("circuit", circuit));
    }

    /// <summary>How a webhook's delivery stands; null: this node does not deliver it.</summary>
    public DeliveryState? StateOf(string id) => Array.Find(_running, r => r.Webhook.Id == id)?.Worker.State;

    /// <summary>Has a webhook's worker look for what is to be replayed.</summary>
    public void Call(string id) => Array.Find(_running, r => r.Webhook.Id == id)?.Worker.Call();

    /// <summary>Has what the store says done: call it after every change.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        await _refreshing.WaitAsync(cancel);
        try
        {
            if (_isStopped) return;
            await NoteGoneAsync(cancel);
            IReadOnlyList<Webhook> webhooks = await _shared.Store.ReadWebhooksAsync(cancel);
            Webhook[] wanted = [.. webhooks.Where(static w => w.State == WebhookState.Active)];
            foreach (Runner runner in _running)
                if (runner.Done.IsCompleted || !wanted.Contains(runner.Webhook)) await StopAsync(runner);
            foreach (Webhook webhook in wanted) await ServeAsync(webhook, cancel);
        }
        finally
        {
            _running = [.. _runners.Values];
            _refreshing.Release();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(_shared.Options.RefreshInterval, _shared.Clock);
            do await RefreshSafelyAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        await _refreshing.WaitAsync(CancellationToken.None);
        try
        {
            _isStopped = true;
            await Task.WhenAll(_running.Select(StopAsync));
        }
        finally
        {
            _running = [];
            _refreshing.Release();
        }
    }

    private async Task RefreshSafelyAsync(CancellationToken cancel)
    {
        try
        {
            await RefreshAsync(cancel);
        }
        catch (StoreUnavailableException e)
        {
            LogUnreadable(_shared.Logger, e.Message);
            // Whose lease has run out may be served by another node by now.
            foreach (Runner runner in _running)
                if (_shared.Clock.GetElapsedTime(runner.LeasedAt) > LeaseTime) await runner.Stop.CancelAsync();
        }
    }

    private async Task ServeAsync(Webhook webhook, CancellationToken cancel)
    {
        bool mayServe = await _shared.Store.TryLeaseAsync(webhook.Subscriber, _holder, LeaseTime, cancel);
        _runners.TryGetValue(webhook.Id, out Runner? runner);
        if (!mayServe)
        {
            if (runner is not null) await StopAsync(runner);
            return;
        }
        if (runner is null)
        {
            var stop = new CancellationTokenSource();
            var worker = new WebhookWorker(webhook, _shared);
            runner = new Runner(webhook, worker, stop, Task.Run(() => worker.RunAsync(stop.Token), CancellationToken.None));
            _runners.Add(webhook.Id, runner);
            _metrics.Gauge("tracking_webhook_lag_alerts", "Alerts of any kind between a webhook's cursor and the newest one.",
                () => worker.State.Progress is { } progress ? Math.Max(0, _shared.Log.NewestCursor - progress.Cursor) : 0, ("webhook", webhook.Id));
            _ = RefreshWhenGoneAsync(runner.Done);
        }
        runner.LeasedAt = _shared.Clock.GetTimestamp();
    }

    private async Task RefreshWhenGoneAsync(Task<bool> done)
    {
        await Task.WhenAny(done);
        if (done.IsCompletedSuccessfully && await done) await RefreshSafelyAsync(CancellationToken.None);
    }

    /// <summary>Writes down which targets are gone, and tells of workers that failed; those are started anew.</summary>
    private async Task NoteGoneAsync(CancellationToken cancel)
    {
        foreach (Runner runner in _running)
        {
            if (!runner.Done.IsCompleted) continue;
            if (runner.Done.IsFaulted) LogBroken(_shared.Logger, runner.Webhook, runner.Done.Exception.GetBaseException());
            else if (await runner.Done) await _shared.Store.SetWebhookStateAsync(runner.Webhook.Id, WebhookState.Gone, cancel);
        }
    }

    private async Task StopAsync(Runner runner)
    {
        await runner.Stop.CancelAsync();
        await Task.WhenAny(runner.Done);
        runner.Stop.Dispose();
        _metrics.RemoveGauge("tracking_webhook_lag_alerts", ("webhook", runner.Webhook.Id));
        lock (_runners) _runners.Remove(runner.Webhook.Id);
        try
        {
            await _shared.Store.ReleaseAsync(runner.Webhook.Subscriber, _holder, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It runs out by itself.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhooks cannot be read; deliveries go on as they are: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Webhook} failed and is started again")]
    private static partial void LogBroken(ILogger logger, Webhook webhook, Exception failure);
}
