namespace Tracking.Silo.Local;

/// <content>
/// The partition's part in a checkpoint. A marker divides the fixes at once; the states of the reps that changed are saved
/// little by little behind it, each before its rep changes again, so no fix waits for a thousand states to be written.
/// </content>
internal sealed partial class Partition
{
    private PartitionShare _open = new();
    private PartitionShare _handedOver = new();
    private List<RepCell> _dirty = [];
    private List<RepCell> _awaiting = [];
    private Countdown? _saved;
    private bool _hasDirty;
    private bool _isAhead;
    private long _counted;
    private long _applied;

    /// <summary>Whether something changed since the last marker.</summary>
    public bool HasDirty => Volatile.Read(ref _hasDirty);

    /// <summary>What the last marker handed over; complete when its countdown is.</summary>
    public PartitionShare HandedOver => _handedOver;

    private void RunAhead()
    {
        _isAhead = true;
        _saved?.Signal();
        _saved = null;
        foreach (RepCell cell in _awaiting) cell.AwaitsSave = false;
        foreach (RepCell cell in _dirty) cell.IsDirty = false;
        _awaiting.Clear();
        _dirty.Clear();
        _handedOver.Clear();
        KeepNothing();
    }

    private void KeepNothing()
    {
        _open.Clear();
        FillOpen();
        Volatile.Write(ref _hasDirty, false);
    }

    private void Reset(long counted)
    {
        RunAhead();
        (_isAhead, _isLive, _leavesAlerts, _counted, _applied) = (false, false, false, counted, 0);
        _cells.Clear();
        _unfolded.Clear();
        _due.Clear();
        for (int status = 0; status < _statuses.Length; status++) Volatile.Write(ref _statuses[status], 0);
    }

    private void Mark(Countdown saved)
    {
        (_open, _handedOver) = (_handedOver, _open);
        (_dirty, _awaiting) = (_awaiting, _dirty);
        FillOpen();
        _saved = saved;
        Volatile.Write(ref _hasDirty, false);
        foreach (RepCell cell in _awaiting)
        {
            cell.IsDirty = false;
            cell.AwaitsSave = true;
        }
    }

    private void FillOpen() => (_turn.Fixes, _turn.DeviceEvents) = (_open.Fixes, _open.DeviceEvents);

    private void SaveSome()
    {
        if (_saved is null) return;
        int last = Math.Max(0, _awaiting.Count - SaveStep);
        for (int index = _awaiting.Count - 1; index >= last; index--)
        {
            if (_awaiting[index].AwaitsSave) Save(_awaiting[index]);
        }
        _awaiting.RemoveRange(last, _awaiting.Count - last);
        if (_awaiting.Count > 0) return;
        _saved.Signal();
        _saved = null;
    }

    private void Save(RepCell cell)
    {
        cell.AwaitsSave = false;
        _handedOver.Save(cell);
    }
}
