using Microsoft.Extensions.Logging;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <content>The dispatcher: one loop that decides what happens next, in the order of the journal.</content>
public sealed partial class LocalSilo
{
    private const int MaxChangesAtOnce = 1000;
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(200), SettlePause = TimeSpan.FromMilliseconds(100);

    private readonly List<SharedChange> _changesToStore = [];
    private Instant _newestReceivedAt = Instant.Min;
    private long _dispatched;
    private long _replayEnd;
    private long _tickedToMs = long.MinValue;
    private bool _isReconciled;
    private bool _isLive;

    private async Task DispatchAsync(CancellationToken kill)
    {
        _replayEnd = _journal.DurableSequence;
        SetProblem("replaying");
        while (!_stop.IsCancellationRequested) await DispatchFromAsync(kill);
        if (!_isAhead) await FinishAsync(kill);
    }

    /// <summary>Applies what the journal holds behind what was dispatched, until told to stop or to begin again elsewhere.</summary>
    private async Task DispatchFromAsync(CancellationToken kill)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(kill, _stop.Token);
        Task<JournalBlock>? read = null;
        Task tick = NextTick(kill);
        while (!_stop.IsCancellationRequested)
        {
            if (!_isLive && _dispatched >= _replayEnd) await TryGoLiveAsync(kill);
            if (await AdvanceAheadAsync(kill)) break;
            if (!_isAhead) await AdvanceCheckpointAsync(kill);
            bool isHeld = !_isAhead && _dispatched - CommittedSequence >= _options.MaxUnflushedRecords;
            if (!isHeld) read ??= ReadAsync(reading.Token);
            if (read is not { IsCompleted: true }) await WaitAsync(read, tick, kill);
            if (read is { IsCompleted: true })
            {
                JournalBlock? block = await TakeAsync(read, reading.Token);
                read = null;
                if (block is not null) await PostAsync(block, kill);
            }
            if (!tick.IsCompleted) continue;
            if (_isLive && !isHeld) await TickAsync(isCaughtUp: read is null or { IsCompleted: false }, kill);
            _journal.Acknowledge("tracker", Processed());
            tick = NextTick(kill);
        }
        End(reading);
        if (read is not null) (await TakeAsync(read, reading.Token))?.Dispose();
    }

    // On this very thread: a simulation has no other.
    private static void End(CancellationTokenSource waits) => waits.Cancel();

    private Task NextTick(CancellationToken kill) => Task.Delay(_options.TickInterval, _clock, kill);

    private Task<JournalBlock> ReadAsync(CancellationToken cancel) => _journal.ReadAsync(_dispatched, cancel).AsTask();

    private async Task WaitAsync(Task? read, Task tick, CancellationToken kill)
    {
        await Task.WhenAny(read ?? tick, tick, _commit ?? tick, _probe ?? tick, _stopped.Task);
        kill.ThrowIfCancellationRequested();
    }

    private async Task<JournalBlock?> TakeAsync(Task<JournalBlock> read, CancellationToken reading)
    {
        try
        {
            return await read;
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception thrown)
        {
            LogReadFailed(ReadPause, thrown);
            await Task.WhenAny(_tasks.PauseAsync(ReadPause, reading));
            return null;
        }
    }

    /// <summary>
    /// Posts a block to every partition. A change of what all share divides it: what stands before it is applied first, then all
    /// partitions are idle while the shared table changes, then the change is evaluated, then the rest follows.
    /// </summary>
    private async Task PostAsync(JournalBlock block, CancellationToken kill)
    {
        long from = block.FirstSequence, last = block.LastSequence;
        List<(long Sequence, SharedChange? Change)> changes = ScanBlock(block);
        var shared = new SharedBlock(block);
        var run = new List<SharedChange>();
        for (int index = 0; index < changes.Count; index++)
        {
            (long sequence, SharedChange? found) = changes[index];
            if (sequence > from)
            {
                await ChangeAsync(run, kill);
                await PostSegmentAsync(shared, from, sequence - 1, kill);
            }
            if (found is { } change)
            {
                if (run.Count >= MaxChangesAtOnce || run.Exists(c => !c.GoesWith(change))) await ChangeAsync(run, kill);
                run.Add(change);
            }
            from = sequence + 1;
        }
        await ChangeAsync(run, kill);
        await PostSegmentAsync(shared, from, last, kill);
        shared.Release();
        Volatile.Write(ref _dispatched, last);
    }

    private async Task PostSegmentAsync(SharedBlock shared, long from, long to, CancellationToken kill)
    {
        if (from > to) return;
        if (from <= _counted && to > _counted)
        {
            // What was counted before the store was out, and what was not, are told apart.
            await PostSegmentAsync(shared, from, _counted, kill);
            from = _counted + 1;
        }
        DateTimeOffset postedAt = FixTrace.HasFixes ? DateTimeOffset.UtcNow : default;
        foreach (Partition partition in _partitions)
        {
            shared.Retain();
            await partition.PostAsync(new PartitionWork(WorkKind.Segment) { Block = shared, From = from, To = to, PostedAt = postedAt }, kill);
        }
    }

    private List<(long Sequence, SharedChange? Change)> ScanBlock(JournalBlock block)
    {
        var changes = new List<(long, SharedChange?)>();
        JournalBlock.Enumerator records = block.GetEnumerator();
        while (records.MoveNext())
        {
            JournalRecord record = records.Current;
            if (record.Fix.ReceivedAt > _newestReceivedAt) _newestReceivedAt = record.Fix.ReceivedAt;
            if (record.Kind is not (JournalRecordKind.GeofenceChanged or JournalRecordKind.DefinitionChanged)) continue;
            SharedChange? change = ChangeOf(record);
            if (change is null) LogUnreadableChange(records.Sequence);
            changes.Add((records.Sequence, change));
        }
        return changes;
    }

    private static SharedChange? ChangeOf(in JournalRecord record)
    {
        if (record.Kind == JournalRecordKind.GeofenceChanged)
            return GeofenceChangeJsonConverter.TryRead(record.Payload.Span, out GeofenceChange? fence) ? new SharedChange(fence, null) : null;
        return DefinitionChange.TryRead(record.Payload, out DefinitionChange? definition) ? new SharedChange(null, definition) : null;
    }

    private async Task ChangeAsync(List<SharedChange> run, CancellationToken kill)
    {
        if (run.Count == 0) return;
        // What time decided before the change is decided by what held before, also where no tick came in between.
        await PostAllAsync(new PartitionWork(WorkKind.Tick) { Now = run[0].At }, kill);
        List<SharedChange> applied = _table.Apply(run);
        run.Clear();
        if (applied.Count == 0) return;
        if (!_isAhead) _changesToStore.AddRange(applied);
        foreach (Partition partition in _partitions)
            await partition.PostAsync(new PartitionWork(WorkKind.Changes) { Changes = applied }, kill);
    }

    /// <summary>Posts an item and completes when all partitions have done it.</summary>
    private async Task PostAllAsync(PartitionWork work, CancellationToken kill)
    {
        var done = new Countdown(_partitions.Length, _tasks);
        foreach (Partition partition in _partitions) await partition.PostAsync(work with { Done = done }, kill);
        await done.Task.WaitAsync(kill);
    }

    /// <summary>
    /// Lets time decide. While records wait in the journal the present is that of the newest one that was posted: a fix
    /// that waits must not find its rep declared lost. What still waits for the disk holds the present back in the same way.
    /// </summary>
    private async Task TickAsync(bool isCaughtUp, CancellationToken kill)
    {
        var now = Instant.Now(_clock);
        // Before the journal's end is read: what becomes durable between the two is then behind what was posted.
        Instant waiting = _journal.OldestWaiting;
        if (waiting < now) now = waiting;
        if ((!isCaughtUp || _dispatched < _journal.DurableSequence) && _newestReceivedAt < now) now = _newestReceivedAt;
        now -= _options.TickSlack;
        foreach (Partition partition in _partitions) await partition.PostAsync(new PartitionWork(WorkKind.Tick) { Now = now }, kill);
        Volatile.Write(ref _tickedToMs, now.EpochMs);
    }

    /// <summary>
    /// Completes when everything that is durable in the journal now is in the track store, with its alerts in the log, and time has
    /// decided up to then.
    /// </summary>
    /// <returns>An instant up to which everything that was received is there.</returns>
    public async Task<Instant> SettleAsync(CancellationToken cancel)
    {
        // Before the journal's end is read, as in a tick.
        Instant waiting = _journal.OldestWaiting, now = Instant.Now(_clock);
        Instant until = (waiting < now ? waiting : now) - _options.TickSlack;
        long sequence = _journal.DurableSequence;
        while (!IsServing || CommittedSequence < sequence || Volatile.Read(ref _tickedToMs) < until.EpochMs) await Task.Delay(SettlePause, _clock, cancel);
        return until;
    }

    private async Task TryGoLiveAsync(CancellationToken kill)
    {
        if (!_isReconciled)
        {
            await PostAllAsync(new PartitionWork(WorkKind.Barrier), kill);
            List<SharedChange> differences = _table.DifferencesTo(_listGeofences(), _listShifts(), Instant.Now(_clock));
            if (!await TryAppendAsync(differences)) return;
            _isReconciled = true;
            _replayEnd = Math.Max(_replayEnd, _journal.DurableSequence);
            if (_dispatched < _replayEnd) return;
        }
        await PostAllAsync(new PartitionWork(WorkKind.GoLive), kill);
        _isLive = true;
        SetProblem(_isAhead ? AheadProblem : null);
        _ready.TrySetResult();
    }

    private async Task<bool> TryAppendAsync(List<SharedChange> changes)
    {
        if (changes.Count == 0) return true;
        LogReconciling(changes.Count);
        JournalTicket last = default;
        foreach (SharedChange change in changes)
        {
            JournalRecord record = change.ToRecord();
            JournalTicket ticket = _journal.Append([record]);
            if (!ticket.Accepted)
            {
                // More than may wait for the disk at a time; what is under way makes room.
                if (!await last.WhenDurableAsync()) return false;
                ticket = _journal.Append([record]);
                if (!ticket.Accepted) return false;
            }
            last = ticket;
        }
        return await last.WhenDurableAsync();
    }

    private long Processed()
    {
        long least = long.MaxValue;
        foreach (Partition partition in _partitions) least = Math.Min(least, partition.Processed);
        return Math.Max(least, CommittedSequence);
    }

    [LoggerMessage(LogLevel.Error, "The journal cannot be read; trying again in {Pause}.")]
    private partial void LogReadFailed(TimeSpan pause, Exception thrown);

    [LoggerMessage(LogLevel.Error, "Record {Sequence} is no change of a geofence or definition that can be read; it is passed over.")]
    private partial void LogUnreadableChange(long sequence);

    [LoggerMessage(LogLevel.Information, "The registry has {Count} changes of geofences and shifts that the trackers have not seen.")]
    private partial void LogReconciling(int count);
}
