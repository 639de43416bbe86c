namespace Tracking.Store;

public sealed partial class Journal
{
    private const int CommitBytes = 4 << 20;
    private static readonly TimeSpan IdleTurn = TimeSpan.FromSeconds(1), RetryAfter = TimeSpan.FromMilliseconds(250), CutEvery = TimeSpan.FromMilliseconds(50);

    private readonly List<JournalGroup> _committing = [];
    private long _cutAt, _cutTo;
    private bool _moreToCut;

    private void WriteGroups()
    {
        while (WriteSome())
        {
        }
        lock (_gate) FailPending();
    }

    /// <summary>One turn of the writer, which waits for something to do when it has a thread; false: closing, and nothing is left.</summary>
    internal bool WriteSome()
    {
        if (!TakeGroups()) return false;
        if (_committing.Count > 0) CommitGroups();
        else if (Volatile.Read(ref _broken)) Probe();
        else CutBehindConsumers();
        return true;
    }

    // False: closing, and nothing is left. Nothing taken: time for the work that is done when idle.
    private bool TakeGroups()
    {
        lock (_gate)
        {
            if (_full.Count == 0 && _filling.Count == 0)
            {
                if (_closing) return false;
                _writerWaits = true;
                if (_writer is not null && (!_moreToCut || _broken)) Monitor.Wait(_gate, _broken ? RetryAfter : IdleTurn);
                _writerWaits = false;
            }
            int bytes = 0;
            while (_full.Count > 0 && bytes < CommitBytes)
            {
                bytes += _full.Peek().Length;
                _committing.Add(_full.Dequeue());
            }
            if (_full.Count == 0 && _filling.Count > 0 && bytes < CommitBytes)
            {
                _committing.Add(_filling);
                _filling = _spare.TryPop(out JournalGroup? spare) ? spare : new JournalGroup();
            }
            return true;
        }
    }

    private void CommitGroups()
    {
        long began = _clock.GetTimestamp();
        long first = DurableSequence + 1, next = first;
        try
        {
            _file.Begin();
            foreach (JournalGroup group in _committing)
            {
                _file.Insert(next, group.Count, group.Bytes);
                next += group.Count;
            }
            if (_clock.GetElapsedTime(_cutAt) > CutEvery) CutSome();
            _file.Commit();
        }
        catch (StoreUnavailableException e)
        {
            Break(e);
            return;
        }
        _commitTime.Observe(_clock.GetElapsedTime(began));
        Publish(first);
    }

    private void Publish(long first)
    {
        TaskCompletionSource moved;
        long used = _file.UsedBytes;
        lock (_gate)
        {
            foreach (JournalGroup group in _committing)
            {
                _recent.Add(JournalBlock.Copy(first, group.Count, group.Bytes));
                first += group.Count;
                _pendingBytes -= group.Length;
            }
            _durable = Math.Max(_durable, first - 1);
            _usedBytes = used;
            (moved, _moved) = (_moved, NewPromise());
        }
        moved.SetResult();
        foreach (JournalGroup group in _committing) group.Durable.SetResult(true);
        Recycle();
    }

    private void Recycle()
    {
        lock (_gate)
        {
            foreach (JournalGroup group in _committing)
            {
                group.Clear();
                if (_spare.Count < 4) _spare.Push(group);
            }
            _committing.Clear();
        }
    }

    // Those who wait must not run on the writer's thread; without one they have a scheduler of their own.
    private TaskCompletionSource NewPromise() =>
        new(_writer is null ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private void Break(StoreUnavailableException reason)
    {
        TryRollback();
        lock (_gate)
        {
            if (!_broken) LogBroken(_logger, reason.Message);
            _broken = true;
            FailPending();
        }
    }

    private void TryRollback()
    {
        try
        {
            _file.Rollback();
        }
        catch (StoreUnavailableException)
        {
            // The next attempt to begin says it again.
        }
    }

    // Nobody who waits is told anything but the truth: not on disk. Devices keep what they have and come again.
    private void FailPending()
    {
        _committing.AddRange(_full);
        _full.Clear();
        if (_filling.Count > 0)
        {
            _committing.Add(_filling);
            _filling = new JournalGroup();
        }
        foreach (JournalGroup group in _committing)
        {
            _pendingBytes -= group.Length;
            group.Durable.SetResult(false);
        }
        Recycle();
    }

    private void Probe()
    {
        try
        {
            _file.Begin();
            _file.KeepHighest(DurableSequence);
            CutSome();
            _file.Commit();
            long used = _file.UsedBytes;
            lock (_gate)
            {
                _usedBytes = used;
                _broken = false;
            }
            LogMended(_logger);
        }
        catch (StoreUnavailableException)
        {
            TryRollback();
        }
    }

    private void CutBehindConsumers()
    {
        if (!_moreToCut && SlowestCursor() <= _cutTo) return;
        try
        {
            _file.Begin();
            CutSome();
            _file.Commit();
            if (!_moreToCut) _file.Shrink();
            Interlocked.Exchange(ref _usedBytes, _file.UsedBytes);
        }
        catch (StoreUnavailableException e)
        {
            Break(e);
        }
    }

    // Within a transaction. The highest number given is kept before its row may go.
    private void CutSome()
    {
        _cutAt = _clock.GetTimestamp();
        long slowest = SlowestCursor();
        if (slowest <= _cutTo && !_moreToCut) return;
        if (Interlocked.Read(ref _usedBytes) < _options.MaxDiskBytes / 2 && _file.IsPinned(Contracts.Instant.Now(_clock)))
        {
            // Looked at again as if nothing had been cut.
            (_moreToCut, _cutTo) = (false, Math.Min(_cutTo, slowest - 1));
            return;
        }
        _file.KeepHighest(slowest);
        _moreToCut = _file.DeleteSome(slowest);
        _cutTo = slowest;
    }

    // Without a consumer everything is kept.
    private long SlowestCursor()
    {
        lock (_gate)
        {
            long slowest = _cursors.Count == 0 ? 0 : long.MaxValue;
            foreach (long cursor in _cursors.Values) slowest = Math.Min(slowest, cursor);
            return Math.Min(slowest, _durable);
        }
    }
}
