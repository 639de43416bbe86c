using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// The durable order of everything that was accepted. Records are committed in groups with fsync; devices are answered
/// after that. Consumers read behind it with cursors of their own; what all have passed is cut off. Bounded in memory
/// and on disk: when full it refuses, it never blocks and never drops.
/// </summary>
public sealed partial class Journal : IAsyncDisposable
{
    private readonly IJournalFile _file;
    private readonly JournalOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _refused;
    private readonly Histogram _commitTime;
    private readonly Thread? _writer;

    // Guards everything below; a plain monitor, because the writer waits on it for records.
    private readonly object _gate = new();
    private readonly Queue<JournalGroup> _full = [];
    private readonly Stack<JournalGroup> _spare = [];
    private readonly Dictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private JournalGroup _filling = new();
    private TaskCompletionSource _moved;
    private long _durable, _pendingBytes, _usedBytes;
    private bool _broken, _closing, _writerWaits;

    private Journal(IJournalFile file, JournalOptions options, Metrics metrics, TimeProvider clock, ILogger logger, bool hasThread)
    {
        (_file, _options, _metrics, _clock, _logger) = (file, options, metrics, clock, logger);
        _writer = hasThread ? new Thread(WriteGroups) { IsBackground = true, Name = "journal" } : null;
        _moved = NewPromise();
        _recent = new RecentBlocks(options.MaxRecentBytes);
        _durable = file.RecoverTail(message => LogDamage(_logger, message));
        _usedBytes = file.UsedBytes;
        _refused = metrics.Counter("tracking_journal_refused_total", "Records that the journal refused because it was full or broken.");
        _commitTime = metrics.Histogram("tracking_journal_commit_seconds", "Time of a group commit with fsync.");
        metrics.Gauge("tracking_journal_pending_bytes", "Bytes that wait for the disk.", () => Interlocked.Read(ref _pendingBytes));
        metrics.Gauge("tracking_journal_disk_bytes", "Bytes of the journal on disk.", () => Interlocked.Read(ref _usedBytes));
        _writer?.Start();
    }

    /// <summary>Opens the journal, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged beyond its last block.</exception>
    public static Journal Open(string path, JournalOptions options, Metrics metrics, TimeProvider clock, ILogger? logger = null)
    {
        JournalFile file = JournalFile.Open(path);
        try
        {
            return new Journal(file, options, metrics, clock, logger ?? NullLogger.Instance, hasThread: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A journal without a thread, for a simulation: whoever opened it calls <see cref="WriteSome"/>.</summary>
    internal static Journal OpenWithoutThread(IJournalFile file, JournalOptions options, Metrics metrics, TimeProvider clock) =>
        new(file, options, metrics, clock, NullLogger.Instance, hasThread: false);

    /// <summary>The sequence number of the last durable record; 0: none.</summary>
    public long DurableSequence => Interlocked.Read(ref _durable);

    /// <summary>
    /// When the oldest record was received that waits for the disk; <see cref="Instant.Max"/>: none waits. What is durable
    /// when this was read does not count.
    /// </summary>
    public Instant OldestWaiting
    {
        get
        {
            lock (_gate)
            {
                Instant oldest = _filling.OldestReceivedAt;
                foreach (JournalGroup group in _full) oldest = group.OldestReceivedAt < oldest ? group.OldestReceivedAt : oldest;
                foreach (JournalGroup group in _committing) oldest = group.OldestReceivedAt < oldest ? group.OldestReceivedAt : oldest;
                return oldest;
            }
        }
    }

    /// <summary>False while the journal has no room for a record of any size, or the disk fails.</summary>
    public bool IsWritable =>
        !Volatile.Read(ref _broken) && !Volatile.Read(ref _closing) && HasRoomFor(JournalCodec.MaxFieldBytes + JournalRecord.MaxPayloadBytes);

    /// <summary>Why nothing is taken now, in words for anybody; null: it is.</summary>
    public string? Problem => Volatile.Read(ref _closing) ? "stopped"
        : Volatile.Read(ref _broken) ? "the journal cannot be written (the disk is full or fails); devices keep their fixes and come again"
        : IsWritable ? null : "the journal has no room; devices keep their fixes and come again";

    /// <summary>
    /// Puts records in the next group; they are copied before it returns. Records of one call stay together and in order.
    /// </summary>
    /// <exception cref="ArgumentException">A payload is longer than <see cref="JournalRecord.MaxPayloadOf"/>.</exception>
    public JournalTicket Append(ReadOnlySpan<JournalRecord> records)
    {
        if (records.IsEmpty) return new JournalTicket(Task.FromResult(true));
        int mostBytes = MostBytes(records);
        lock (_gate)
        {
            if (_broken || _closing || !HasRoomFor(mostBytes))
            {
                _refused.Add(records.Length);
                return default;
            }
            if (_filling.Count > 0 && _filling.Length + mostBytes > _options.MaxGroupBytes)
            {
                _full.Enqueue(_filling);
                _filling = _spare.TryPop(out JournalGroup? spare) ? spare : new JournalGroup();
            }
            _pendingBytes += _filling.Add(records, mostBytes);
            if (_writerWaits) Monitor.Pulse(_gate);
            return new JournalTicket(_filling.Durable.Task);
        }
    }

    private bool HasRoomFor(int bytes)
    {
        long pending = Interlocked.Read(ref _pendingBytes) + bytes;
        return pending <= _options.MaxPendingBytes && Interlocked.Read(ref _usedBytes) + pending <= _options.MaxDiskBytes;
    }

    private static int MostBytes(ReadOnlySpan<JournalRecord> records)
    {
        long bytes = (long)records.Length * JournalCodec.MaxFieldBytes;
        foreach (ref readonly JournalRecord record in records)
        {
            int most = JournalRecord.MaxPayloadOf(record.Kind);
            if (record.Payload.Length > most) throw new ArgumentException($"A payload has {record.Payload.Length} bytes; {most} are the most.", nameof(records));
            bytes += record.Payload.Length;
        }
        // Beyond what an array can hold nothing is taken anyway: the limit of pending bytes is lower.
        return (int)Math.Min(bytes, int.MaxValue);
    }

    /// <summary>
    /// Declares a consumer, before it reads and before anything is appended: records after its cursor are kept for it. A cursor
    /// beyond the journal's end, as after the loss of the file, moves the journal on, so that no number is given twice.
    /// </summary>
    /// <param name="consumer">Its name, used as a label in the metrics.</param>
    /// <param name="cursor">The last sequence number that it has durably dealt with.</param>
    public void Register(string consumer, long cursor)
    {
        lock (_gate)
        {
            _cursors[consumer] = cursor;
            if (cursor > _durable)
            {
                LogBehindConsumer(_logger, _durable, consumer, cursor);
                _durable = cursor;
            }
        }
        _metrics.Gauge("tracking_journal_lag_records", "Durable records that a consumer has not dealt with.", () => LagOf(consumer), ("consumer", consumer));
    }

    /// <summary>Tells that a consumer has durably dealt with everything up to and including a sequence number.</summary>
    /// <exception cref="KeyNotFoundException">The consumer is not registered.</exception>
    public void Acknowledge(string consumer, long cursor)
    {
        lock (_gate)
        {
            _cursors[consumer] = Math.Max(_cursors[consumer], cursor);
            if (_usedBytes > _options.MaxDiskBytes / 2 && _writerWaits) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Whether the file may still hold a record; false when all up to it were cut off.</summary>
    internal bool Holds(long sequence) => sequence > 0 && (Volatile.Read(ref _cutTo) < sequence || Volatile.Read(ref _moreToCut));

    private double LagOf(string consumer)
    {
        lock (_gate) return Math.Max(0, _durable - _cursors[consumer]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        if (_writer is not null) await Task.Run(_writer.Join);
        CloseReading();
        _file.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message}")]
    private static partial void LogDamage(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The journal ends at {Durable}, but {Consumer} has dealt with {Cursor} already: the journal was replaced or cut. It goes on behind that.")]
    private static partial void LogBehindConsumer(ILogger logger, long durable, string consumer, long cursor);

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal cannot write; it refuses everything until it can: {Reason}")]
    private static partial void LogBroken(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal can write again.")]
    private static partial void LogMended(ILogger logger);
}
