using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <content>
/// Checkpoints. Order of durability: alerts and quarantined fixes first, then the store's one transaction, then the journal
/// is told. A crash between any two repeats work whose results are known already, and loses nothing.
/// </content>
public sealed partial class LocalSilo
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5);

    private readonly List<RepFix> _fixes = [];
    private readonly List<RepState> _states = [];
    private readonly List<RepDeviceEvent> _deviceEvents = [];
    private Task? _commit;
    private long _committed;
    private long _marked;
    private long _markedAt;

    private async Task AdvanceCheckpointAsync(CancellationToken kill)
    {
        if (_commit is { IsCompleted: true })
        {
            await _commit;
            _commit = null;
        }
        if (_commit is null && IsDue()) await BeginCheckpointAsync(kill);
    }

    private bool IsDue()
    {
        long records = _dispatched - _marked;
        if (records >= _options.CheckpointRecords) return true;
        return (records > 0 || Array.Exists(_partitions, static p => p.HasDirty))
            && _clock.GetElapsedTime(_markedAt) >= _options.CheckpointInterval;
    }

    private async Task BeginCheckpointAsync(CancellationToken kill)
    {
        var saved = new Countdown(_partitions.Length, _tasks);
        foreach (Partition partition in _partitions) await partition.PostAsync(new PartitionWork(WorkKind.Checkpoint) { Done = saved }, kill);
        _marked = _dispatched;
        _markedAt = _clock.GetTimestamp();
        SharedChange[] changes = [.. _changesToStore];
        _changesToStore.Clear();
        _commit = CommitAsync(_marked, saved, changes, kill);
    }

    private async Task CommitAsync(long sequence, Countdown saved, SharedChange[] changes, CancellationToken kill)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(kill, _shared.Ahead.Token);
        try
        {
            await SaveAsync(sequence, saved, changes, either.Token, kill);
        }
        catch (Exception) when (!kill.IsCancellationRequested && _shared.Ahead.IsOn)
        {
            // The host runs ahead; the journal has all of it.
        }
    }

    private async Task SaveAsync(long sequence, Countdown saved, SharedChange[] changes, CancellationToken giveUp, CancellationToken kill)
    {
        await saved.Task.WaitAsync(giveUp);
        await _alerts.FlushAsync(giveUp, kill);
        _fixes.Clear();
        _states.Clear();
        _deviceEvents.Clear();
        foreach (Partition partition in _partitions)
        {
            await Task.WhenAll(partition.HandedOver.Quarantined).WaitAsync(giveUp);
            partition.HandedOver.CopyTo(_fixes, _states, _deviceEvents);
        }
        // An alert that was left out since is behind this checkpoint.
        giveUp.ThrowIfCancellationRequested();
        var checkpoint = new Checkpoint
        {
            Sequence = sequence,
            Fixes = _fixes,
            States = _states,
            DeviceEvents = _deviceEvents,
            GeofenceChanges = [.. changes.Select(static c => c.Geofence).OfType<GeofenceChange>()],
            DefinitionChanges = [.. changes.Select(static c => c.Definition).OfType<DefinitionChange>()],
        };
        await CommitAsync(checkpoint, giveUp);
        foreach (Partition partition in _partitions) partition.HandedOver.Clear();
        Volatile.Write(ref _committed, sequence);
        _journal.Acknowledge("store", sequence);
    }

    private async Task CommitAsync(Checkpoint checkpoint, CancellationToken kill)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                await _store.CommitAsync(checkpoint, kill);
                Volatile.Write(ref _isStoreFailing, false);
                if (pause > FirstPause && _isLive) SetProblem(null);
                return;
            }
            catch (Exception thrown) when (!kill.IsCancellationRequested)
            {
                _storeFailures.Add();
                Volatile.Write(ref _isStoreFailing, true);
                if (_isLive) SetProblem("the track store does not take checkpoints");
                LogCommitFailed(checkpoint.Sequence, pause, thrown);
            }
            await Task.Delay(pause, _clock, kill);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Brings what was posted into the store, at the end.</summary>
    private async Task FinishAsync(CancellationToken kill)
    {
        if (_commit is not null) await _commit;
        _commit = null;
        if (_dispatched == _marked && !Array.Exists(_partitions, static p => p.HasDirty)) return;
        await BeginCheckpointAsync(kill);
        await _commit!;
    }

    [LoggerMessage(LogLevel.Warning, "The track store did not take the checkpoint at record {Sequence}; trying again in {Pause}.")]
    private partial void LogCommitFailed(long sequence, TimeSpan pause, Exception thrown);
}
