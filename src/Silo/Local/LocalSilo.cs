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
    private readonly Func<IReadOnlyList<Geofence>> _listGeofences;
    private readonly Func<IReadOnlyList<Definition>> _listShifts;
    private readonly SiloParts _parts;
    private readonly LoopTasks _tasks;
    private readonly TimeProvider _clock;
    private readonly SiloOptions _options;
    private readonly ILogger _logger;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly SharedTable _table = new();
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
        : this(options, SiloParts.Of(journal, store, alertLog, registry, quarantine, sinks), metrics, clock, logger, lifetime)
    {
    }

    internal LocalSilo(SiloOptions options, SiloParts parts, Metrics metrics, TimeProvider clock, ILogger logger, IHostApplicationLifetime? lifetime)
    {
        options.Validate();
        (_options, _journal, _store, _clock, _logger, _lifetime) = (options, parts.Journal, parts.Tracks, clock, logger, lifetime);
        (_listGeofences, _listShifts) = (parts.ListGeofences, parts.ListShifts);
        _parts = parts;
        _tasks = new LoopTasks(parts.Scheduler, parts.PauseClock);
        _alerts = new AlertQueue(parts.AppendAlerts, options.MaxWaitingAlerts, _tasks, metrics, clock, logger);
        _shared = new SiloShared
        {
            Options = options,
            Context = new TrackerContext { Options = options.Tracker, Geofences = _table.Index, Shifts = _table.Shifts, FindRep = parts.FindRep },
            AlertWriter = new AlertWriter(parts.FindRep, _table.Find),
            Alerts = _alerts,
            Quarantine = parts.Quarantine,
            Sinks = [.. parts.Sinks],
            FindDeviceId = parts.FindDeviceId,
            IsErased = parts.IsErased,
            Outcomes = OutcomeCounts.Register(metrics),
            DeviceEvents = [.. Enum.GetValues<DeviceEventKind>().Select(kind => metrics.Counter("tracking_device_events_total",
                "Device events by kind; unusable ones are in quarantine.", ("kind", DeviceEventJson.WordOf(kind))))],
            RuleFailures = metrics.Counter("tracking_rule_failures_total", "Turns that failed; the fix or device event is in quarantine."),
            Logger = logger,
            Fault = parts.Fault,
        };
        _alerts.Stuck = LeaveAlerts;
        _storeFailures = metrics.Counter("tracking_store_failures_total", "Checkpoints that the track store did not take and that were repeated.");
        _partitions = [.. Enumerable.Range(0, options.Partitions).Select(index => new Partition(index, _shared))];
        RegisterGauges(metrics);
    }

    /// <summary>Completes when everything that the journal held at the start is applied; fails when the host cannot go on.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether it applies what comes in, maybe with a <see cref="Problem"/>: it was ready once, and has not ended.</summary>
    public bool IsServing => _ready.Task.IsCompletedSuccessfully && !_running.IsCompleted;

    /// <summary>What keeps the host from working as it should, for people; null: nothing does.</summary>
    public string? Problem => Volatile.Read(ref _problem) ?? (_alerts.IsFailing ? "the alert log does not take alerts; they wait" : null);

    /// <summary>The last journal record that the track store holds.</summary>
    public long CommittedSequence => Volatile.Read(ref _committed);

    /// <summary>Restores the last checkpoint, and begins to apply what the journal holds behind it, see <see cref="Ready"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        SetProblem("restoring");
        // Before anything is appended: the journal learns here what it must keep, and behind which number it goes on.
        await _tasks.Run(() => RestoreAsync(cancellationToken)).WaitAsync(cancellationToken);
        _running = _tasks.Run(RunGuardedAsync);
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
        _shared.Ahead.Dispose();
        _shared.LeaveAlerts.Dispose();
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
        Task alerts = _tasks.Run(() => _alerts.RunAsync(loops.Token));
        Task[] partitions = [.. _partitions.Select(p => _tasks.Run(() => p.RunAsync(loops.Token)))];
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

    private async Task RestoreAsync(CancellationToken cancel)
    {
        await RestoreTrackersAsync(cancel);
        _journal.Register("store", _committed);
        _journal.Register("tracker", _committed);
    }

    private async Task RestoreTrackersAsync(CancellationToken cancel)
    {
        long began = _clock.GetTimestamp();
        int reps = 0;
        List<int> unreadable = [];
        _committed = _dispatched = _marked = _store.Restore(_table.Restore, _table.Restore, (repKey, snapshot) =>
        {
            try
            {
                _partitions[Partition.Of(repKey, _partitions.Length)].Restore(repKey, snapshot.Span);
                reps++;
            }
            catch (InvalidDataException damaged)
            {
                unreadable.Add(repKey);
                LogUnreadable(repKey, damaged);
            }
        });
        if (unreadable.Count > 0) LogRebuilt(await RebuildAsync(unreadable, cancel), unreadable.Count);
        foreach (Partition partition in _partitions) partition.Trim();
        LogRestored(reps, unreadable.Count, _clock.GetElapsedTime(began), _committed);
    }

    // A state of another version of the program is made anew from the track, so that an update forgets nobody's stay.
    private async Task<int> RebuildAsync(List<int> repKeys, CancellationToken cancel)
    {
        int rebuilt = 0;
        IReadOnlyList<Geofence> geofences = _listGeofences();
        foreach (int repKey in repKeys)
        {
            if (_parts.FindRep(repKey) is not { } rep) continue;
            if (await RebuiltTracker.MakeAsync(rep, _shared.Context, _store, _parts.ReadAlerts, geofences, Instant.Now(_clock), cancel) is not { } tracker) continue;
            _partitions[Partition.Of(repKey, _partitions.Length)].Restore(tracker);
            rebuilt++;
        }
        return rebuilt;
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

    [LoggerMessage(LogLevel.Warning, "Made {Rebuilt} of {Unreadable} states that could not be read anew from the stored tracks; the others have no track of the last month and start empty.")]
    private partial void LogRebuilt(int rebuilt, int unreadable);

    [LoggerMessage(LogLevel.Error, "The state of rep {RepKey} cannot be read; it is made anew from the track.")]
    private partial void LogUnreadable(int repKey, Exception damaged);

    [LoggerMessage(LogLevel.Critical, "The trackers' host has failed; nothing that was acknowledged is lost, a restart goes on from the last checkpoint.")]
    private partial void LogFatal(Exception fatal);
}
