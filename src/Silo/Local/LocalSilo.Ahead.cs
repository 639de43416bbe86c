using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <content>
/// A long outage of the store. Up to a limit what is applied waits in memory for the store's return. Beyond it the host runs
/// ahead: the live map goes on, nothing is kept. When the store is back, the trackers begin again at its last checkpoint and
/// the journal is applied behind that, as after a crash; alerts have the same ids, so none comes twice.
/// </content>
public sealed partial class LocalSilo
{
    private const string AheadProblem = "the store is out; what comes in is shown and kept in the journal";

    private Task<bool>? _probe;
    private TimeSpan _probePause = FirstPause;
    private long _probedAt;
    private bool _isAhead;
    private bool _isStoreFailing;
    private long _counted;

    /// <summary>Runs ahead when it must, and catches up when it can; true: from here the journal is to be read from another place.</summary>
    private async Task<bool> AdvanceAheadAsync(CancellationToken kill)
    {
        if (!_isAhead)
        {
            bool isFull = _dispatched - CommittedSequence >= _options.MaxUnflushedRecords;
            // Without its alerts no checkpoint comes as far as the store.
            if (isFull && (Volatile.Read(ref _isStoreFailing) || _alerts.IsFailing)) _shared.Ahead.TurnOn();
            if (_shared.Ahead.IsOn) await RunAheadAsync(kill);
            return false;
        }
        if (_probe is null && _clock.GetElapsedTime(_probedAt) >= _probePause) _probe = ProbeAsync(kill);
        if (_probe is not { IsCompleted: true }) return false;
        bool isBack = await _probe;
        _probe = null;
        _probedAt = _clock.GetTimestamp();
        _probePause = _probePause * 2 < LongestPause ? _probePause * 2 : LongestPause;
        if (isBack) await CatchUpAsync(kill);
        return isBack;
    }

    private async Task RunAheadAsync(CancellationToken kill)
    {
        _isAhead = true;
        // It ends now, whether the store took it or not.
        if (_commit is not null) await _commit;
        _commit = null;
        _changesToStore.Clear();
        await PostAllAsync(new PartitionWork(WorkKind.RunAhead), kill);
        (_probePause, _probedAt) = (FirstPause, _clock.GetTimestamp());
        SetProblem(AheadProblem);
        LogAhead(CommittedSequence);
    }

    // In this order: an alert is left out only when no checkpoint can be taken any more that would count it as done.
    private void LeaveAlerts()
    {
        _shared.Ahead.TurnOn();
        _shared.LeaveAlerts.TurnOn();
    }

    // A checkpoint of nothing: taken where the store could be written.
    private async Task<bool> ProbeAsync(CancellationToken kill)
    {
        if (_alerts.IsFailing) return false;
        try
        {
            await _store.CommitAsync(new Checkpoint { Sequence = CommittedSequence, Fixes = [], States = [], GeofenceChanges = [] }, kill);
            return true;
        }
        catch (Exception) when (!kill.IsCancellationRequested)
        {
            _storeFailures.Add();
            return false;
        }
    }

    private async Task CatchUpAsync(CancellationToken kill)
    {
        await PostAllAsync(new PartitionWork(WorkKind.Barrier), kill);
        _counted = Math.Max(_counted, _dispatched);
        LogCatchingUp(_dispatched - CommittedSequence);
        SetProblem("catching up with the store");
        TimeSpan pause = FirstPause;
        while (true)
        {
            await PostAllAsync(new PartitionWork(WorkKind.Reset) { To = _counted }, kill);
            _table.Clear();
            try
            {
                await _tasks.Run(() => RestoreTrackersAsync(kill)).WaitAsync(kill);
                break;
            }
            catch (StoreUnavailableException gone)
            {
                LogNotRestored(gone);
            }
            await Task.Delay(pause, _clock, kill);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        _journal.Acknowledge("store", _committed);
        _markedAt = _clock.GetTimestamp();
        _replayEnd = _journal.DurableSequence;
        _newestReceivedAt = Instant.Min;
        _isLive = _isAhead = false;
        Volatile.Write(ref _isStoreFailing, false);
        _shared.LeaveAlerts.TurnOff();
        _shared.Ahead.TurnOff();
    }

    [LoggerMessage(LogLevel.Warning, "The store has been out for long: what comes in is shown and kept in the journal. The last checkpoint is at record {Sequence}.")]
    private partial void LogAhead(long sequence);

    [LoggerMessage(LogLevel.Information, "The store is back: {Records} records of the journal are applied again for it.")]
    private partial void LogCatchingUp(long records);

    [LoggerMessage(LogLevel.Warning, "The store went away again before the trackers were restored from it.")]
    private partial void LogNotRestored(Exception gone);
}
