namespace Tracking.Store;

public sealed partial class Journal
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly RecentBlocks _recent;
    private IJournalReader? _reader;

    /// <summary>
    /// Reads the next durable block behind a sequence number, waiting for one if need be. Recent blocks come from memory.
    /// The caller disposes the block.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The journal is closed.</exception>
    /// <exception cref="StoreUnavailableException">An older block cannot be read from disk.</exception>
    public ValueTask<JournalBlock> ReadAsync(long after, CancellationToken cancel) =>
        FindRecent(after, evenWithGap: false, out _) is { } block ? new ValueTask<JournalBlock>(block) : ReadSlowlyAsync(after, cancel);

    private async ValueTask<JournalBlock> ReadSlowlyAsync(long after, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (FindRecent(after, evenWithGap: false, out Task? moved) is { } block) return block;
            if (moved is null)
            {
                if (await ReadFromDiskAsync(after, cancel) is { } older) return older;
                // Nothing there either: what follows was damaged and cut off, or cut behind all consumers.
                if (FindRecent(after, evenWithGap: true, out moved) is { } later) return later;
            }
            await moved!.WaitAsync(cancel);
        }
    }

    // Null with a task: nothing is in memory behind that place; the task ends when something new is durable. Null without one:
    // only the disk can have it.
    private JournalBlock? FindRecent(long after, bool evenWithGap, out Task? moved)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            moved = after >= _durable || evenWithGap ? _moved.Task : null;
            return after >= _durable ? null : _recent.Find(after, evenWithGap);
        }
    }

    private async ValueTask<JournalBlock?> ReadFromDiskAsync(long after, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closing), this);
            _reader ??= _file.OpenReader();
            return _reader.Read(after, message => LogDamage(_logger, message));
        }
        finally
        {
            _reading.Release();
        }
    }

    private void CloseReading()
    {
        lock (_gate)
        {
            _moved.TrySetResult();
            _recent.Clear();
        }
        _reading.Wait();
        _reader?.Dispose();
        _reader = null;
        _reading.Release();
    }
}
