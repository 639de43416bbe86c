using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// Subscriptions in an SQLite file of their own, so that the cursors, which move all the time, hold up nothing else.
/// Whatever is asked for at once is written in one commit.
/// </summary>
public sealed partial class SqliteSubscriptionStore : ISubscriptionStore
{
    private const int MaxWaiting = 4096, MaxGroup = 1024;

    private readonly SqliteFile _file;
    private readonly SubscriptionStatements _sql;
    private readonly ReaderPool _readers;
    private readonly GroupWriter<Change> _writer;
    private readonly SubscriptionOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _leaseGate = new();
    private readonly Dictionary<string, Lease> _leases = new(StringComparer.Ordinal);
    private bool _failing, _closed;

    /// <summary>A change, run inside the group's transaction; returns what its caller gets.</summary>
    private sealed class Change(Func<SubscriptionStatements, int> run)
    {
        private int _result;

        public TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run(SubscriptionStatements sql) => _result = run(sql);

        public void Complete() => Done.SetResult(_result);
    }

    private readonly record struct Lease(string Holder, long TakenAt, TimeSpan Duration);

    private SqliteSubscriptionStore(SqliteFile file, SubscriptionOptions options, TimeProvider clock, ILogger logger)
    {
        (_file, _options, _clock, _logger) = (file, options, clock, logger);
        _sql = new SubscriptionStatements(file);
        _readers = new ReaderPool(file.Path, 2);
        _writer = new GroupWriter<Change>("subscriptions", MaxWaiting, MaxGroup, Commit);
    }

    /// <summary>Opens the store, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static SqliteSubscriptionStore Open(string path, SubscriptionOptions options, TimeProvider clock, ILogger? logger = null)
    {
        SqliteFile file = SqliteFile.Open(path, cacheKiB: 2048);
        try
        {
            file.Migrate(SubscriptionStatements.Schema);
            return new SqliteSubscriptionStore(file, options, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool IsWritable => !Volatile.Read(ref _failing);

    /// <inheritdoc/>
    public ValueTask<bool> TryLeaseAsync(string subscriber, string holder, TimeSpan duration, CancellationToken cancel)
    {
        lock (_leaseGate)
        {
            bool taken = _leases.TryGetValue(subscriber, out Lease lease) && lease.Holder != holder && _clock.GetElapsedTime(lease.TakenAt) < lease.Duration;
            if (!taken) _leases[subscriber] = new Lease(holder, _clock.GetTimestamp(), duration);
            return ValueTask.FromResult(!taken);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string subscriber, string holder, CancellationToken cancel)
    {
        lock (_leaseGate)
        {
            if (_leases.TryGetValue(subscriber, out Lease lease) && lease.Holder == holder) _leases.Remove(subscriber);
        }
        return ValueTask.CompletedTask;
    }

    private async ValueTask<int> ChangeAsync(Func<SubscriptionStatements, int> run, CancellationToken cancel)
    {
        var change = new Change(run);
        try
        {
            await _writer.WriteAsync(change, cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException("The subscription store is closed.", e);
        }
        return await change.Done.Task.WaitAsync(cancel);
    }

    private void Commit(List<Change> changes)
    {
        try
        {
            _file.Begin();
            foreach (Change change in changes) change.Run(_sql);
            _file.Commit();
        }
        catch (StoreUnavailableException e)
        {
            Undo();
            if (!_failing) LogFailing(_logger, e.Message);
            Volatile.Write(ref _failing, true);
            foreach (Change change in changes) change.Done.SetException(new StoreUnavailableException(e.Message, e));
            return;
        }
        Volatile.Write(ref _failing, false);
        foreach (Change change in changes) change.Complete();
    }

    private void Undo()
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        await _writer.DisposeAsync();
        _readers.Dispose();
        _sql.Dispose();
        _file.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscriptions cannot be written; deliveries go on from the last cursor that was: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}
