using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// Deletes tracks that are older than the retention, at start and then once a day; says in the log and in
/// <c>tracking_store_swept_total</c> what it deleted. A store that is down is asked again an hour later.
/// </summary>
public sealed partial class TrackRetention : BackgroundService
{
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromDays(1), BetweenAttempts = TimeSpan.FromHours(1);

    private readonly ITrackStore _store;
    private readonly TimeSpan _retention;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _swept, _failures;

    /// <summary>Makes the sweep of a store.</summary>
    /// <param name="store">Whose tracks.</param>
    /// <param name="retention">How long a fix is kept, counted from <see cref="Fix.FixedAt"/>.</param>
    /// <param name="metrics">Takes what was deleted.</param>
    /// <param name="clock">Tells the age, and when a day is over.</param>
    /// <param name="logger">Takes what was deleted, and why it could not be.</param>
    public TrackRetention(ITrackStore store, TimeSpan retention, Metrics metrics, TimeProvider clock, ILogger<TrackRetention> logger)
    {
        (_store, _retention, _clock, _logger) = (store, retention, clock, logger);
        _swept = metrics.Counter("tracking_store_swept_total", "Fixes deleted because they were older than the retention.");
        _failures = metrics.Counter("tracking_store_sweep_failures_total", "Sweeps of the track store that failed; each is tried again.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            bool done = await SweepAsync(stoppingToken);
            await Task.Delay(done ? BetweenSweeps : BetweenAttempts, _clock, stoppingToken);
        }
    }

    private async Task<bool> SweepAsync(CancellationToken cancel)
    {
        Instant before = Instant.Now(_clock) - _retention;
        try
        {
            long deleted = await _store.DeleteBeforeAsync(before, cancel);
            _swept.Add(deleted);
            LogSwept(_logger, deleted, before);
            return true;
        }
        catch (StoreUnavailableException e)
        {
            _failures.Add();
            LogFailed(_logger, before, e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} fixes from before {Before}, older than the retention")]
    private static partial void LogSwept(ILogger logger, long count, Instant before);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fixes from before {Before} could not be deleted, and will be in an hour: {Reason}")]
    private static partial void LogFailed(ILogger logger, Instant before, string reason);
}

/// <summary>Puts the sweep of the tracks together.</summary>
public static class TrackRetentionComposition
{
    /// <summary>Sweeps the registered <see cref="ITrackStore"/>; null: everything is kept for ever.</summary>
    public static IServiceCollection AddTrackRetention(this IServiceCollection services, TimeSpan? retention) =>
        retention is not { } age
            ? services
            : services.AddSingleton<IHostedService>(s => new TrackRetention(s.GetRequiredService<ITrackStore>(), age,
                s.GetRequiredService<Metrics>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<TrackRetention>>()));
}
