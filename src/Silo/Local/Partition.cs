using System.Threading.Channels;
using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;
using Span = System.Diagnostics.Activity;

namespace Tracking.Silo.Local;

/// <summary>
/// One partition: a bounded mailbox and one loop that owns the trackers of its reps. Nothing else touches them, so there
/// are no locks. Items are done in the order in which they were posted.
/// </summary>
internal sealed partial class Partition
{
    private const int SaveStep = 256;

    private readonly int _index;
    private readonly SiloShared _shared;
    private readonly RepTurn _turn;
    private readonly Channel<PartitionWork> _mailbox;
    private readonly Dictionary<int, RepCell> _cells = [];
    private readonly List<RepCell> _touched = [];
    private readonly Queue<(Alert Alert, Instant? ReceivedAt)> _overflow = new();
    private readonly int[] _statuses = new int[Enum.GetValues<SignalStatus>().Length];
    private bool _isLive;
    private bool _leavesAlerts;
    private long _processed;
    private int _deviceEventsBefore;

    public Partition(int index, SiloShared shared)
    {
        _index = index;
        _shared = shared;
        _turn = new RepTurn(shared.Context, shared.AlertWriter) { Fault = shared.Fault };
        FillOpen();
        _mailbox = Channel.CreateBounded<PartitionWork>(new BoundedChannelOptions(shared.Options.MailboxBlocks)
        {
            SingleReader = true,
            SingleWriter = true,
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    /// <summary>The last sequence number that was applied.</summary>
    public long Processed => Volatile.Read(ref _processed);

    /// <summary>How many of its reps have a status.</summary>
    public int CountOf(SignalStatus status) => Volatile.Read(ref _statuses[(int)status]);

    /// <summary>Which partition a rep belongs to.</summary>
    public static int Of(int repKey, int partitions) => (int)(((uint)repKey * 2_654_435_769u) >> 16) % partitions;

    /// <summary>Restores a rep, before the loop runs.</summary>
    public void Restore(int repKey, ReadOnlySpan<byte> snapshot) => Add(repKey, _turn.Load(repKey, snapshot), snapshot.ToArray());

    /// <summary>Takes a tracker that was made anew, before the loop runs.</summary>
    public void Restore(RepTracker tracker)
    {
        var cell = new RepCell(tracker) { Status = tracker.Live.Status };
        _folding.ResetWrittenCount();
        RepTurn.Save(cell, _folding);
        Add(tracker.RepKey, cell, _folding.WrittenSpan.ToArray());
    }

    private void Add(int repKey, RepCell cell, byte[] snapshot)
    {
        _cells.Add(repKey, cell);
        _statuses[(int)cell.Status]++;
        Schedule(cell);
        cell.Fold(snapshot);
    }

    /// <summary>Gives back the room that restoring left over.</summary>
    public void Trim()
    {
        _cells.TrimExcess();
        _due.TrimExcess();
    }

    /// <summary>Puts an item into the mailbox; waits while it is full.</summary>
    public ValueTask PostAsync(PartitionWork work, CancellationToken cancel) => _mailbox.Writer.WriteAsync(work, cancel);

    /// <summary>Lets the loop end after what was posted.</summary>
    public void Complete() => _mailbox.Writer.TryComplete();

    /// <summary>Does what is posted until <see cref="Complete"/> or cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ChannelReader<PartitionWork> reader = _mailbox.Reader;
        try
        {
            while (await reader.WaitToReadAsync(cancel))
            {
                while (reader.TryRead(out PartitionWork work))
                {
                    cancel.ThrowIfCancellationRequested();
                    Do(work);
                    while (_overflow.Count > 0) await GiveOverflowAsync(cancel);
                    // A state is saved before its rep changes again in any case; a few more each time keep the rest short.
                    SaveSome();
                    if (work.Kind != WorkKind.Checkpoint) work.Done?.Signal();
                    work.Block?.Release();
                }
                while (_awaiting.Count > 0 && !reader.TryPeek(out _)) SaveSome();
            }
        }
        finally
        {
            while (reader.TryRead(out PartitionWork left)) left.Block?.Release();
        }
    }

    private void Do(in PartitionWork work)
    {
        switch (work.Kind)
        {
            case WorkKind.Segment:
                ApplySegment(work);
                break;
            case WorkKind.Tick:
                Tick(work.Now);
                break;
            case WorkKind.Changes:
                Change(work.Changes!);
                break;
            case WorkKind.Checkpoint:
                Mark(work.Done!);
                break;
            case WorkKind.GoLive:
                GoLive();
                break;
            case WorkKind.RunAhead:
                RunAhead();
                break;
            case WorkKind.Reset:
                Reset(work.To);
                break;
            case WorkKind.Barrier:
            default:
                break;
        }
    }

    private void ApplySegment(in PartitionWork work)
    {
        BeginSegment();
        int partitions = _shared.Options.Partitions;
        JournalBlock.Enumerator records = work.Block!.Block.GetEnumerator();
        while (records.MoveNext())
        {
            if (records.Sequence < work.From) continue;
            if (records.Sequence > work.To) break;
            JournalRecord record = records.Current;
            if (Of(record.RepKey, partitions) != _index) continue;
            if (_shared.IsErased(record.RepKey))
            {
                Drop(record.RepKey);
                continue;
            }
            if (!RepTurn.Takes(record.Kind)) continue;
            Apply(record, records.Sequence, work);
        }
        if (work.From <= _counted) _turn.Counts.Clear();
        else CountDeviceEvents();
        EndSegment();
        _applied = work.To;
        Volatile.Write(ref _processed, work.To);
    }

    // Those that came in since the segment before.
    private void CountDeviceEvents()
    {
        for (int index = _deviceEventsBefore; index < _turn.DeviceEvents.Count; index++)
            _shared.DeviceEvents[(int)_turn.DeviceEvents[index].Event.Kind].Add();
    }

    // What a checkpoint still holds of it is left out by the store.
    private void Drop(int repKey)
    {
        if (!_cells.Remove(repKey, out RepCell? cell)) return;
        Interlocked.Decrement(ref _statuses[(int)cell.Status]);
        if (cell.IsTouched) _touched.Remove(cell);
    }

    private void Apply(in JournalRecord record, long sequence, in PartitionWork work)
    {
        if (!_cells.TryGetValue(record.RepKey, out RepCell? cell))
        {
            cell = _turn.Create(record.RepKey);
            _cells.Add(record.RepKey, cell);
            _unfolded.Add(cell);
            Interlocked.Increment(ref _statuses[(int)cell.Status]);
        }
        using Span? trace = FixTrace.HasFixes ? FixTrace.BeginTurn(record.RepKey, record.Fix.FixedAt, work.PostedAt) : null;
        BeforeChange(cell);
        Unfold(cell);
        if (!_turn.TryApply(cell, record, out Exception? failure)) Poisoned(cell, record, sequence, work, failure);
        AfterChange(cell);
        if (_turn.Alerts.Count > 0) HandOnAlerts(record.Fix.ReceivedAt, trace);
    }

    private void Change(IReadOnlyList<SharedChange> changes)
    {
        foreach (RepCell cell in _cells.Values)
        {
            BeginSegment();
            BeforeChange(cell);
            byte[]? folded = cell.Folded;
            _turn.Unfold(cell);
            for (int index = 0; index < changes.Count; index++)
            {
                if (!_turn.TryChange(cell, changes[index], out Exception? failure)) UndoChange(cell, changes, index, failure);
            }
            bool hasChanged = HasChanged(cell);
            if (hasChanged) AfterChange(cell);
            if (folded is null) continue;
            if (hasChanged) _unfolded.Add(cell);
            else cell.Fold(folded);
        }
        if (_turn.Alerts.Count > 0) HandOnAlerts(null);
        EndSegment();
    }

    private void HandOnAlerts(Instant? receivedAt, Span? trace = null)
    {
        if (!_isLive) receivedAt = null;
        foreach (Alert alert in _turn.Alerts)
        {
            if (_leavesAlerts) break;
            if (trace is not null) FixTrace.FollowAlert(alert.Id, trace);
            if (_overflow.Count > 0 || !_shared.Alerts.TryAdd(alert, receivedAt)) _overflow.Enqueue((alert, receivedAt));
        }
        _turn.Alerts.Clear();
    }

    private async ValueTask GiveOverflowAsync(CancellationToken cancel)
    {
        (Alert alert, Instant? receivedAt) = _overflow.Dequeue();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _shared.LeaveAlerts.Token);
        try
        {
            // The alert itself goes on waiting: it stands before all that are left out.
            await _shared.Alerts.AddAsync(alert, receivedAt, cancel).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Decided again when the journal is applied again; so are all behind it, lest they stand before it in the log.
            _leavesAlerts = true;
            _overflow.Clear();
        }
    }

    private void GoLive()
    {
        _isLive = true;
        foreach (RepCell cell in _cells.Values)
        {
            byte[]? folded = cell.Folded;
            _turn.Unfold(cell);
            Publish(cell.Tracker.Live);
            if (folded is not null) cell.Fold(folded);
        }
    }

    private void Publish(RepLive live)
    {
        foreach (ILiveSink sink in _shared.Sinks) sink.Publish(live);
    }
}
