using System.Threading.Channels;

namespace Tracking.Store.Sqlite;

/// <summary>
/// A thread that writes what others hand in, as many items at once as are waiting: the group commit. The queue is bounded;
/// when it is full, writers wait or are told so.
/// </summary>
internal sealed class GroupWriter<T> : IAsyncDisposable
{
    private readonly Channel<T> _queue;
    private readonly int _maxGroup;
    private readonly Action<List<T>> _commit;
    private readonly Thread _thread;

    /// <param name="name">The thread's name.</param>
    /// <param name="capacity">Items that may wait.</param>
    /// <param name="maxGroup">Items of one group at the most.</param>
    /// <param name="commit">Writes a group; runs on the thread and does not throw.</param>
    public GroupWriter(string name, int capacity, int maxGroup, Action<List<T>> commit)
    {
        _queue = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _maxGroup = maxGroup;
        _commit = commit;
        _thread = new Thread(Work) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Hands an item in, waiting for room.</summary>
    /// <exception cref="ChannelClosedException">The writer is closed.</exception>
    public ValueTask WriteAsync(T item, CancellationToken cancel) => _queue.Writer.WriteAsync(item, cancel);

    /// <summary>Hands an item in when there is room.</summary>
    public bool TryWrite(T item) => _queue.Writer.TryWrite(item);

    private void Work()
    {
        var group = new List<T>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < _maxGroup && _queue.Reader.TryRead(out T? item)) group.Add(item);
            _commit(group);
            group.Clear();
        }
    }

    /// <summary>Takes nothing more, writes what is there, and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.Run(_thread.Join);
    }
}
