using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Local;

/// <summary>
/// Hosts every tracker in this process: one dispatcher reads the journal and posts its blocks to the partitions, which apply
/// them; about every second a checkpoint brings fixes, states and the cursor into the track store in one transaction. After a
/// crash it restores the last checkpoint and reads on from its cursor, so nothing is lost and nothing is counted twice.
/// </summary>
public sealed partial class LocalSilo : IHostedService, IAsyncDisposable
{
    private readonly Journal _journal;
    private readonly ITrackStore _store;
    private readonly Registry _registry;
    private readonly TimeProvider _clock;
    private readonly SiloOptions _options;
    private readonly ILogger _logger;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly FenceTable _fences = new();
    private readonly SiloShared _shared;
    private readonly Partition[] _partitions;
    private readonly AlertQueue _alerts;
    private readonly Counter _storeFailures;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;
    private string? _problem = "not started";

    /// <summary>A host over the parts of a store; <see cref="StartAsync"/> brings it to life.</summary>
    public LocalSilo(
        SiloOptions options, Journal journal, ITrackStore store, AlertLog alertLog, Registry registry, Quarantine quarantine,
        IEnumerable<ILiveSink> sinks, Metrics metrics, TimeProvider clock, ILogger<LocalSilo> logger, IHostApplicationLifetime? lifetime = null)
        : this(options, journal, store, alertLog, registry, quarantine, sinks, metrics, clock, logger, lifetime, fault: null)
    {
    }

    internal LocalSilo(
        SiloOptions options, Journal journal, ITrackStore store, AlertLog alertLog, Registry registry, Quarantine quarantine,
        IEnumerable<ILiveSink> sinks, Metrics metrics, TimeProvider clock, ILogger logger, IHostApplicationLifetime? lifetime,
        Action<JournalRecord>? fault)
    {
        options.Validate();
        (_options, _journal, _store, _registry, _clock, _logger, _lifetime) = (options, journal, store, registry, clock, logger, lifetime);
        _alerts = new AlertQueue(alertLog, options.MaxWaitingAlerts, metrics, clock, logger);
        Func<int, Rep?> findRep = registry.FindRep;
        _shared = new SiloShared
        {
            Options = options,
            Context = new TrackerContext { Options = options.Tracker, Geofences = _fences.Index, FindRep = findRep },
            AlertWriter = new AlertWriter(findRep, _fences.Find),
            Alerts = _alerts,
            Quarantine = quarantine,
            Sinks = [.. sinks],
            FindDeviceId = key => registry.FindDevice(key)?.Id,
            Outcomes = OutcomeCounts.Register(metrics),
            DeviceEvents = metrics.Counter("tracking_device_events_total", "Device events that came in; kept in the journal's order, no rule reads them yet."),
            RuleFailures = metrics.Counter("tracking_rule_failures_total", "Turns that failed; the fix is in quarantine."),
            Logger = logger,
            Fault = fault,
        };
        _storeFailures = metrics.Counter("tracking_store_failures_total", "Checkpoints that the track store did not take and that were repeated.");
        _partitions = [.. Enumerable.Range(0, options.Partitions).Select(index => new Partition(index, _shared))];
        RegisterGauges(metrics);
    }

    /// <summary>Completes when everything that the journal held at the start is applied; fails when the host cannot go on.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What keeps the host from working as it should, for people; null: nothing does.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>The last journal record that the track store holds.</summary>
    public long CommittedSequence => Volatile.Read(ref _committed);

    /// <summary>Restores the last checkpoint, and begins to apply what the journal holds behind it, see <see cref="Ready"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        SetProblem("restoring");
        // Before anything is appended: the journal learns here what it must keep, and behind which number it goes on.
        await Task.Run(Restore, cancellationToken);
        _running = Task.Run(RunGuardedAsync, CancellationToken.None);
    }

    /// <summary>Stops reading, brings everything that was applied into the store, and ends; or gives up when cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        _stopped.TrySetResult();
        await using CancellationTokenRegistration giveUp = cancellationToken.Register(_kill.Cancel);
        await _running;
    }

    /// <summary>Ends at once, as a crash would: what was not committed is applied again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _kill.CancelAsync();
        await _running;
        _stop.Dispose();
        _kill.Dispose();
    }

    private async Task RunGuardedAsync()
    {
        try
        {
            await RunAsync();
            SetProblem("stopped");
            _ready.TrySetCanceled();
        }
        catch (OperationCanceledException) when (_kill.IsCancellationRequested || _stop.IsCancellationRequested)
        {
            SetProblem("stopped");
            _ready.TrySetCanceled();
        }
        catch (Exception fatal)
        {
            SetProblem($"failed: {fatal.Message}");
            LogFatal(fatal);
            _ready.TrySetException(fatal);
            _lifetime?.StopApplication();
        }
    }

    private async Task RunAsync()
    {
        using var loops = CancellationTokenSource.CreateLinkedTokenSource(_kill.Token);
        Task alerts = Task.Run(() => _alerts.RunAsync(loops.Token), CancellationToken.None);
        Task[] partitions = [.. _partitions.Select(p => Task.Run(() => p.RunAsync(loops.Token), CancellationToken.None))];
        Task dispatch = DispatchAsync(loops.Token);
        try
        {
            Task first = await Task.WhenAny([dispatch, alerts, .. partitions]);
            await first;
        }
        finally
        {
            foreach (Partition partition in _partitions) partition.Complete();
            await loops.CancelAsync();
            await Task.WhenAny(Task.WhenAll([dispatch, alerts, .. partitions]));
        }
    }

    private void Restore()
    {
        long began = _clock.GetTimestamp();
        int reps = 0, unreadable = 0;
        _committed = _dispatched = _marked = _store.Restore(_fences.Restore, (repKey, snapshot) =>
        {
            try
            {
                _partitions[Partition.Of(repKey, _partitions.Length)].Restore(repKey, snapshot.Span);
                reps++;
            }
            catch (InvalidDataException damaged)
            {
                unreadable++;
                LogUnreadable(repKey, damaged);
            }
        });
        foreach (Partition partition in _partitions) partition.Trim();
        _journal.Register("store", _committed);
        _journal.Register("tracker", _committed);
        LogRestored(reps, unreadable, _clock.GetElapsedTime(began), _committed);
    }

    private void SetProblem(string? problem) => Volatile.Write(ref _problem, problem);

    private void RegisterGauges(Metrics metrics)
    {
        foreach (SignalStatus status in Enum.GetValues<SignalStatus>())
        {
            metrics.Gauge("tracking_reps", "Reps by status.", () => _partitions.Sum(p => p.CountOf(status)),
                ("status", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString())));
        }
        metrics.Gauge("tracking_unflushed_records", "Journal records that are applied and not yet in the track store.",
            () => Math.Max(0, Volatile.Read(ref _dispatched) - CommittedSequence));
    }

    [LoggerMessage(LogLevel.Information, "Restored {Reps} reps ({Unreadable} unreadable) in {Elapsed}, as of journal record {Sequence}.")]
    private partial void LogRestored(int reps, int unreadable, TimeSpan elapsed, long sequence);

    [LoggerMessage(LogLevel.Error, "The state of rep {RepKey} cannot be read; it starts anew.")]
    private partial void LogUnreadable(int repKey, Exception damaged);

    [LoggerMessage(LogLevel.Critical, "The trackers' host has failed; nothing that was acknowledged is lost, a restart goes on from the last checkpoint.")]
    private partial void LogFatal(Exception fatal);
}
