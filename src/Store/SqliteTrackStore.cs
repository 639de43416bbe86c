using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store;

/// <summary>
/// The track store in one SQLite file. A checkpoint appends one row to a log, whatever the number of reps; what the log holds
/// also lies in memory. Now and then that is frozen and written to the tables rep by rep, a part with each checkpoint:
/// fixes into chunks of 128 that are clustered by rep and day, and each rep's newest snapshot. So a thousand reps that
/// send a fix each cost one sequential write now and one chunk each every few minutes.
/// </summary>
public sealed partial class SqliteTrackStore : ITrackStore
{
    private readonly SqliteFile _file;
    private readonly TrackStatements _sql;
    private readonly ReaderPool _readers;
    private readonly TrackStoreOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Counter _rows;
    private readonly Histogram _commitTime;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ByteBuffer _row = new(), _chunk = new();
    private readonly ChunkWriter _chunkWriter = new();
    private readonly ChunkReader _chunkReader = new();
    private readonly ChunkTable _chunks;
    private bool _failing, _closed;

    private SqliteTrackStore(SqliteFile file, TrackStoreOptions options, Metrics metrics, TimeProvider clock, ILogger logger)
    {
        (_file, _options, _metrics, _clock, _logger) = (file, options, metrics, clock, logger);
        _sql = new TrackStatements(file);
        _chunks = new ChunkTable(_sql);
        _readers = new ReaderPool(file.Path, 4);
        _rows = metrics.Counter("tracking_store_rows_total", "Fixes written to the track store.");
        _commitTime = metrics.Histogram("tracking_store_commit_seconds", "Time of a checkpoint's transaction.");
        file.EmptyLogMyself();
        LoadLog();
    }

    /// <summary>Opens the store, or creates it.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is damaged.</exception>
    public static SqliteTrackStore Open(string path, TrackStoreOptions options, Metrics metrics, TimeProvider clock, ILogger? logger = null)
    {
        SqliteFile file = SqliteFile.Open(path, TrackStatements.PageBytes, cacheKiB: 32 << 10, giveSpaceBack: true);
        try
        {
            file.Migrate(TrackStatements.Schema);
            return new SqliteTrackStore(file, options, metrics, clock, logger ?? NullLogger.Instance);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a rep is erased; its fixes and trackers are left out of checkpoints. Set before the first one.</summary>
    internal Func<int, bool> IsErased { get; set; } = static _ => false;

    /// <summary>False since a checkpoint could not be written, until one can.</summary>
    public bool IsWritable => !Volatile.Read(ref _failing);

    // What was committed before this start and is not in the tables yet comes back into memory.
    private void LoadLog()
    {
        long flushing = _file.ReadLong("SELECT flushing FROM position");
        int flushedRep = (int)_file.ReadLong("SELECT flushed_rep FROM position");
        using SqliteStatement log = _file.Prepare("SELECT id, bytes FROM log ORDER BY id");
        while (log.Step())
        {
            long id = log.Int64(0);
            bool old = id <= flushing;
            Memtable to = old ? _frozen ??= new Memtable() : _active;
            ReadOnlySpan<byte> bytes = log.Blob(1);
            LogRow.Read(bytes, old ? flushedRep : -1, _chunkReader, to);
            to.LastLogRow = id;
            to.LogRows++;
            to.LogBytes += bytes.Length;
        }
        _nextLogRow = Math.Max(flushing, Math.Max(_active.LastLogRow, _frozen?.LastLogRow ?? 0)) + 1;
        if (_frozen is not null) OrderFrozen();
    }

    /// <inheritdoc/>
    public long Restore(Action<Geofence> geofence, Action<Definition> definition, Action<int, ReadOnlyMemory<byte>> state)
    {
        _writing.Wait();
        try
        {
            using SqliteStatement fences = _file.Prepare("SELECT key, text FROM geofence ORDER BY key");
            while (fences.Step()) geofence(GeofenceText.Read(fences.Blob(1)) with { Key = fences.Int32(0) });
            using SqliteStatement definitions = _file.Prepare("SELECT kind, id, version, json FROM definition ORDER BY kind, id");
            while (definitions.Step())
                definition(new Definition((DefinitionKind)definitions.Int32(0), definitions.Text(1), definitions.Int64(2), definitions.Blob(3).ToArray()));
            var open = new HashSet<int>();
            RestoreOpen(_active, open, state);
            if (_frozen is not null) RestoreOpen(_frozen, open, state);
            using SqliteStatement reps = _file.Prepare("SELECT key, state FROM rep WHERE state IS NOT NULL");
            while (reps.Step())
            {
                if (!open.Contains(reps.Int32(0))) state(reps.Int32(0), reps.Blob(1).ToArray());
            }
            return _file.ReadLong("SELECT sequence FROM position");
        }
        finally
        {
            _writing.Release();
        }
    }

    private static void RestoreOpen(Memtable table, HashSet<int> seen, Action<int, ReadOnlyMemory<byte>> state)
    {
        foreach ((int rep, OpenRep open) in table.Reps)
        {
            if (open.State is { } saved && seen.Add(rep)) state(rep, saved);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        if (!_closed)
        {
            _closed = true;
            _readers.Dispose();
            _sql.Dispose();
            _file.Dispose();
        }
        _writing.Release();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The track store cannot be written; checkpoints wait in the journal: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}

/// <summary>The limits of the track store.</summary>
public sealed record TrackStoreOptions
{
    /// <summary>Fixes that lie in memory and in the log before they are moved to their chunks; twice as many while they are.</summary>
    public int MaxOpenFixes { get; init; } = 400_000;

    /// <summary>Checkpoints in the log before its content is moved to the tables; at one a second, so many seconds.</summary>
    public int MaxOpenCheckpoints { get; init; } = 128;

    /// <summary>Bytes of the log before its content is moved to the tables.</summary>
    public long MaxOpenBytes { get; init; } = 256 << 20;

    /// <summary>Fixes of a chunk.</summary>
    public int ChunkFixes { get; init; } = 128;

    /// <summary>How long fixes are kept, counted from when they were fixed; null: for ever.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>Checks the limits.</summary>
    /// <exception cref="ArgumentException">The message names the key and the value.</exception>
    public void Validate()
    {
        if (Retention is { } age && age < TimeSpan.FromDays(1)) throw new ArgumentException($"Retention must be a day at least, not '{age}'");
    }
}
