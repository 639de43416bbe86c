using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Tracking.Contracts;
using Tracking.LiveMap.Live;
using Tracking.LiveMap.Webhooks;
using Tracking.Store;

namespace Tracking.LiveMap.Redis;

/// <summary>
/// The node's connection to Redis. It is made in the background, used until it fails and then made anew after a growing wait;
/// the node never waits for it. Each part begins anew with each connection, so that what was missed is made up for.
/// </summary>
internal sealed partial class RedisLink : BackgroundService
{
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(10), WellAfter = TimeSpan.FromMinutes(1);
    private readonly RedisOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<RedisLink> _logger;
    private readonly RedisCounts _counts;
    private readonly PositionWriter _writer;
    private readonly AlertStreamer _alerts;
    private readonly PositionReader _reader;
    private readonly AlertLog _log;
    private volatile string? _complaint = "not connected yet";
    private volatile string? _refused;
    private volatile bool _isUp;
    private volatile IDatabase? _database;

    public RedisLink(LiveBoard board, Registry registry, AlertLog log, RedisOptions options, LiveMapOptions map, TimeProvider clock,
        Metrics metrics, ILogger<RedisLink> logger)
    {
        (_options, _clock, _logger, _log) = (options, clock, logger, log);
        _counts = new RedisCounts(metrics);
        _writer = new PositionWriter(board, registry, options, map, clock, _counts);
        _alerts = new AlertStreamer(log, options, clock, _counts);
        _reader = new PositionReader(board, registry, options, clock, _counts, _writer.Session);
        board.IsRelayed = options.Writes;
        metrics.Gauge("tracking_redis_up", "Whether this node is connected to Redis.", () => _isUp ? 1 : 0);
        if (options.Writes)
            metrics.Gauge("tracking_redis_stream_lag_alerts", "Alerts that the stream lacks.", () => _alerts.LagAlerts);
        if (options.Reads)
            metrics.Gauge("tracking_redis_lag_seconds", "How long the last message of positions was under way, by the clocks of both nodes.", () => _reader.Lag.TotalSeconds);
    }

    /// <summary>Why what Redis shows or tells is not up to date, in a sentence; null: it is.</summary>
    public string? Complaint =>
        _complaint ?? _refused
        ?? (_options.Writes && _alerts.IsAhead ? "the stream of alerts is ahead of the alert log; if the database was restored, delete the stream" : null)
        ?? (_options.Reads && _reader.Silence > MaxSilence ? "no node with trackers is heard; the map stands still" : null);

    /// <summary>Takes a rep out of the positions and its alerts out of the stream; how many entries there were.</summary>
    /// <exception cref="StoreUnavailableException">Redis is not there, or refuses.</exception>
    public async ValueTask<long> EraseAsync(string repId, CancellationToken cancel)
    {
        if (_database is not { } database) throw new StoreUnavailableException("Redis is not there; what it holds of the rep is erased when it is back.");
        try
        {
            return await RepEraser.EraseAsync(database, new RedisNames(_options.Prefix), repId, _options.Timeout, cancel);
        }
        catch (RedisException refused)
        {
            throw new StoreUnavailableException($"Redis: {refused.Message}", refused);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int failures = 0;
        while (true)
        {
            try
            {
                await ConnectAndRunAsync(() => failures = 0, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // whatever goes wrong with Redis, the node goes on without it
            catch (Exception error)
#pragma warning restore CA1031
            {
                _isUp = false;
                _counts.Failures.Add();
                if (_complaint is null || failures == 0) LogGone(error.Message);
                _complaint = "not connected; this node goes on alone";
            }
            await DelayAsync(++failures, stoppingToken);
        }
    }

    private async Task DelayAsync(int failures, CancellationToken stop)
    {
        try
        {
            await Task.Delay(BackOff.Next(failures, _options.BackOffFirst, _options.BackOffMost), _clock, stop);
        }
        catch (OperationCanceledException)
        {
            // The loop ends at its next step.
        }
    }

    private async Task ConnectAndRunAsync(Action connected, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        ConnectionMultiplexer redis = await ConnectAsync(stop);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        redis.ConnectionFailed += (_, failure) => failed.TrySetException(
            failure.Exception ?? new IOException($"The {failure.ConnectionType} connection to {failure.EndPoint} failed."));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<Task> parts = [failed.Task];
        try
        {
            await redis.GetDatabase().PingAsync().WaitAsync(_options.Timeout, _clock, stop);
            connected();
            _database = redis.GetDatabase();
            (_complaint, _isUp) = (null, true);
            LogConnected(_options.Address);
            if (_options.Writes) parts.Add(KeepRunningAsync(token => _writer.RunAsync(redis.GetDatabase(), token), ending.Token));
            if (_options.Writes) parts.Add(KeepRunningAsync(token => _alerts.RunAsync(redis.GetDatabase(), token), ending.Token));
            if (_options.Reads) parts.Add(KeepRunningAsync(token => _reader.RunAsync(redis, token), ending.Token));
            await await Task.WhenAny(parts).WaitAsync(stop);
        }
        finally
        {
            (_database, _isUp) = (null, false);
            await ending.CancelAsync();
            failed.TrySetCanceled(CancellationToken.None);
            await Task.WhenAll(parts).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _ = redis.CloseAsync(allowCommandsToComplete: false);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken stop)
    {
        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(_options.ToConfiguration());
        try
        {
            return await connecting.WaitAsync(_options.Timeout * 2, _clock, stop);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // A connection that comes too late is nobody's.
            _ = connecting.ContinueWith(static done => done.Result.CloseAsync(allowCommandsToComplete: false),
                CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Runs a part again and again while the connection lasts: Redis may refuse writes (no memory left, a replica) and take them later.</summary>
    private async Task KeepRunningAsync(Func<CancellationToken, Task> part, CancellationToken stop)
    {
        for (int failures = 1; ; failures++)
        {
            long beganAt = _clock.GetTimestamp();
            try
            {
                await part(stop);
            }
            catch (RedisServerException refused)
            {
                _counts.Failures.Add();
                if (failures == 1) LogRefused(refused.Message);
                _refused = $"Redis refuses: {refused.Message.Split(' ')[0]}";
            }
            catch (StoreUnavailableException unreadable)
            {
                if (failures == 1) LogRefused(unreadable.Message);
                _refused = "the alert log cannot be read";
            }
            if (_clock.GetElapsedTime(beganAt) > WellAfter) failures = 1;
            await Task.Delay(BackOff.Next(failures, _options.BackOffFirst, _options.BackOffMost), _clock, stop);
            _refused = null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to Redis at {Server}")]
    private partial void LogConnected(string server);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is not there; this node goes on alone and tries again: {Reason}")]
    private partial void LogGone(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What goes to Redis waits: {Reason}")]
    private partial void LogRefused(string reason);
}
