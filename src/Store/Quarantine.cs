using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;

namespace Tracking.Store;

/// <summary>
/// Raw input that could not be used, with the reason; bounded in bytes, the oldest makes room. In a file of its own, so that
/// a flood of rubbish never holds up the registry.
/// </summary>
public sealed partial class Quarantine : IAsyncDisposable
{
    internal const string Schema =
        """
        CREATE TABLE entry(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, protocol INTEGER NOT NULL, device TEXT,
            reason TEXT NOT NULL, detail TEXT NOT NULL, raw BLOB NOT NULL, bytes INTEGER NOT NULL);
        """;

    private const int MaxWaiting = 2048, MaxGroup = 512, RowOverheadBytes = 64, MaxDetailChars = 500;

    private readonly SqliteFile _file;
    private readonly SqliteStatement _insert, _oldest, _delete;
    private readonly ReaderPool _readers;
    private readonly GroupWriter<Entry> _writer;
    private readonly QuarantineOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Counter> _counted = new(StringComparer.Ordinal);
    private readonly Counter _sampledOut;
    private readonly Lock _gate = new();
    private long _second, _bytes;
    private int _inSecond;
    private bool _closed;

    private sealed record Entry(Instant At, Protocol Protocol, string? DeviceId, string Reason, string Detail, byte[] Raw, TaskCompletionSource Done)
    {
        /// <summary>Is done instead of keeping anything; gives how many rows it changed.</summary>
        public Func<long>? Instead { get; init; }

        public long Result { get; set; } = -1;
    }

    private Quarantine(SqliteFile file, QuarantineOptions options, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_file, _options, _metrics, _clock, _logger) = (file, options, metrics, clock, logger);
        _sampledOut = metrics.Counter("tracking_quarantine_skipped_total", "Unusable inputs that were counted but not kept: too many at once, or the disk failed.");
        CounterOf("malformed"); // the series exists before the first bad input, so that an alarm on it can be set up
        _insert = file.Prepare("INSERT INTO entry(at, protocol, device, reason, detail, raw, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)");
        _oldest = file.Prepare("SELECT id, bytes FROM entry ORDER BY id LIMIT 1");
        _delete = file.Prepare("DELETE FROM entry WHERE id = ?");
        _bytes = file.ReadLong("SELECT sum(bytes) FROM entry");
        _readers = new ReaderPool(file.Path, 2);
        // The series is there before the first bad input, so that a rate can be computed from the start.
        CounterOf("malformed");
        _writer = new GroupWriter<Entry>("quarantine", MaxWaiting, MaxGroup, Commit);
    }

    /// <summary>Opens the quarantine, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static Quarantine Open(string path, QuarantineOptions options, Metrics metrics, TimeProvider clock, ILogger? logger = null)
    {
        SqliteFile file = SqliteFile.Open(path);
        try
        {
            file.Migrate(Schema);
            return new Quarantine(file, options, metrics, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Keeps one input, cut to the entry limit; completes when it is on disk. Under a flood it samples and counts instead, and never fails.</summary>
    /// <param name="protocol">By which protocol it came.</param>
    /// <param name="deviceId">From whom, as far as known.</param>
    /// <param name="reason">A short fixed word for the metric's label, such as <c>latitudeRange</c>.</param>
    /// <param name="detail">What is wrong, with the value.</param>
    /// <param name="raw">The bytes.</param>
    public ValueTask AddAsync(Protocol protocol, string? deviceId, string reason, string detail, ReadOnlySpan<byte> raw)
    {
        CounterOf(reason).Add();
        Instant now = Instant.Now(_clock);
        if (IsFlood(now))
        {
            _sampledOut.Add();
            return ValueTask.CompletedTask;
        }
        byte[] kept = raw[..Math.Min(raw.Length, _options.MaxEntryBytes)].ToArray();
        var entry = new Entry(now, protocol, Cut(deviceId), reason, Cut(detail)!, kept, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_writer.TryWrite(entry)) return new ValueTask(entry.Done.Task);
        _sampledOut.Add();
        return ValueTask.CompletedTask;
    }

    private static string? Cut(string? text) => text?.Length > MaxDetailChars ? text[..MaxDetailChars] : text;

    private bool IsFlood(Instant now)
    {
        long second = now.EpochMs / 1000;
        lock (_gate)
        {
            if (second != _second) (_second, _inSecond) = (second, 0);
            return ++_inSecond > _options.MaxEntriesPerSecond;
        }
    }

    private Counter CounterOf(string reason) => _counted.GetOrAdd(reason, static (reason, metrics) =>
        metrics.Counter("tracking_quarantined_total", "Inputs that could not be used.", ("reason", reason)), _metrics);

    private void Commit(List<Entry> entries)
    {
        long bytes = _bytes;
        try
        {
            _file.Begin();
            foreach (Entry entry in entries)
            {
                if (entry.Instead is { } work) entry.Result = work();
                else Insert(entry);
            }
            while (_bytes > _options.MaxBytes && DropOldest()) { }
            _file.Commit();
        }
        catch (StoreUnavailableException e)
        {
            // What cannot be used anyway must not stop what can: it is counted and let go.
            _bytes = bytes;
            foreach (Entry entry in entries) entry.Result = -1;
            _sampledOut.Add(entries.Count);
            LogFailing(_logger, e.Message);
            Undo();
        }
        foreach (Entry entry in entries) entry.Done.SetResult();
    }

    private void Insert(Entry entry)
    {
        int bytes = entry.Raw.Length + entry.Detail.Length + RowOverheadBytes;
        _insert.Bind(1, entry.At.EpochMs).Bind(2, (long)entry.Protocol).Bind(3, entry.DeviceId).Bind(4, entry.Reason).Bind(5, entry.Detail)
            .BindBlob(6, entry.Raw).Bind(7, bytes).Run();
        _bytes += bytes;
    }

    private bool DropOldest()
    {
        if (!_oldest.Step()) return false;
        (long id, long bytes) = (_oldest.Int64(0), _oldest.Int64(1));
        _oldest.Reset();
        _delete.Bind(1, id).Run();
        _bytes -= bytes;
        return true;
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

    // The raw bytes of what came from nobody known may name somebody.
    private const string OfPerson = "device = ?1 OR instr(raw, CAST(?1 AS BLOB)) > 0 OR instr(detail, ?1) > 0";

    /// <summary>Deletes a person's entries: from one of the devices, or with the id of a device or of the rep in them; how many.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was deleted.</exception>
    internal async ValueTask<long> EraseAsync(IReadOnlyList<string> deviceIds, string repId, CancellationToken cancel)
    {
        var entry = new Entry(default, default, null, "", "", [], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
        {
            Instead = () =>
            {
                long erased = 0;
                foreach (string word in deviceIds.Append(repId).Distinct(StringComparer.Ordinal))
                {
                    using SqliteStatement erase = _file.Prepare($"DELETE FROM entry WHERE {OfPerson}");
                    erase.Bind(1, word).Run();
                    erased += _file.Changes;
                }
                _bytes = _file.ReadLong("SELECT sum(bytes) FROM entry");
                return erased;
            },
        };
        await _writer.WriteAsync(entry, cancel);
        await entry.Done.Task.WaitAsync(cancel);
        return entry.Result >= 0 ? entry.Result : throw new StoreUnavailableException("The quarantine cannot be written.");
    }

    /// <summary>Reads entries, newest first.</summary>
    /// <param name="before">Entries with a smaller id; null: from the newest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public async ValueTask<IReadOnlyList<QuarantineEntry>> ReadAsync(long? before, int limit, CancellationToken cancel) =>
        await _readers.ReadAsync(static (file, ask) =>
        {
            var entries = new List<QuarantineEntry>();
            using SqliteStatement row = file.Prepare(
                "SELECT id, at, protocol, device, reason, detail, raw FROM entry WHERE id < ? ORDER BY id DESC LIMIT ?");
            row.Bind(1, ask.before ?? long.MaxValue).Bind(2, ask.limit);
            while (row.Step())
            {
                entries.Add(new QuarantineEntry(row.Int64(0), new Instant(row.Int64(1)), (Protocol)row.Int32(2), row.TextOrNull(3), row.Text(4),
                    row.Text(5), row.Blob(6).ToArray()));
            }
            return entries;
        }, (before, limit), cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        await _writer.DisposeAsync();
        _readers.Dispose();
        _insert.Dispose();
        _oldest.Dispose();
        _delete.Dispose();
        _file.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The quarantine cannot be written: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}

/// <summary>The limits of the quarantine.</summary>
public sealed record QuarantineOptions
{
    /// <summary>Bytes kept of one input.</summary>
    public int MaxEntryBytes { get; init; } = 4096;

    /// <summary>Bytes kept in all.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>Entries a second that are kept; more are only counted.</summary>
    public int MaxEntriesPerSecond { get; init; } = 1000;
}

/// <summary>A quarantined input.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="ReceivedAt">When.</param>
/// <param name="Protocol">By which protocol.</param>
/// <param name="DeviceId">From whom, as far as known.</param>
/// <param name="Reason">A short fixed word.</param>
/// <param name="Detail">What is wrong.</param>
/// <param name="Raw">The bytes, cut to the limit.</param>
public sealed record QuarantineEntry(long Id, Instant ReceivedAt, Protocol Protocol, string? DeviceId, string Reason, string Detail, byte[] Raw);
