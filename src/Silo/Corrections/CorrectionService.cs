using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo;

/// <summary>Runs <see cref="CorrectionWorker"/> beside any host of trackers, as long as the server runs.</summary>
internal sealed class CorrectionService(
    SiloOptions options, ITrackStore tracks, AlertLog alerts, Registry registry, Func<CancellationToken, Task<Instant>> settleAsync,
    Metrics metrics, TimeProvider clock, ILogger<CorrectionService> logger) : BackgroundService
{
    private readonly CorrectionWorker _worker = new(
        options.Corrections, options.Tracker, CorrectionParts.Of(tracks, alerts, registry, settleAsync), metrics, clock, logger);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => _worker.RunAsync(stoppingToken), stoppingToken);
}
