using System.Collections.Concurrent;

namespace Tracking.Store.Sqlite;

/// <summary>Connections for reading, a few at most, so that reads neither wait for the writer nor for each other.</summary>
internal sealed class ReaderPool(string path, int size) : IDisposable
{
    private readonly ConcurrentBag<SqliteFile> _idle = [];
    private readonly SemaphoreSlim _room = new(size, size);
    private bool _closed;

    /// <summary>Lends a connection to a function.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public async ValueTask<TResult> ReadAsync<TState, TResult>(Func<SqliteFile, TState, TResult> read, TState state, CancellationToken cancel)
    {
        await _room.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_idle.TryTake(out SqliteFile? file)) file = SqliteFile.OpenForReading(path);
            try
            {
                return read(file, state);
            }
            finally
            {
                _idle.Add(file);
            }
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Waits for the readers and closes.</summary>
    public void Dispose()
    {
        for (int i = 0; i < size; i++) _room.Wait();
        _closed = true;
        foreach (SqliteFile file in _idle) file.Dispose();
        _room.Release(size);
    }
}
