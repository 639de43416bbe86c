using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store;

public sealed partial class SqliteTrackStore
{
    private const int MostPagesInLog = 1000;

    // Held while a commit becomes visible, and while a reader takes its view: both see the tables and the memory at one instant.
    private readonly Lock _publish = new();
    private readonly Dictionary<int, List<StoredFix>> _staged = [];
    private readonly Dictionary<int, long> _newest = [];
    private readonly Dictionary<int, long> _stagedNewest = [];
    private readonly Dictionary<(int Rep, long Day), KnownFixes> _known = [];
    private readonly LateSpans _late = new();
    private readonly List<Protocol> _repeats = [];
    private Memtable _active = new();
    private long _nextLogRow, _sequence = -1;
    private int _pagesInLog;

    /// <inheritdoc/>
    public async ValueTask CommitAsync(Checkpoint checkpoint, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            await Task.Run(() => Commit(checkpoint), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Commit(Checkpoint checkpoint)
    {
        long began = _clock.GetTimestamp();
        if (_sequence < 0) _sequence = _file.ReadLong("SELECT sequence FROM position");
        // Older than what the store holds: written before, and its snapshots are out of date.
        if (checkpoint.Sequence < _sequence) return;
        try
        {
            Stage(checkpoint.Fixes);
            WriteCheckpoint(checkpoint);
            Volatile.Write(ref _failing, false);
            CountRepeats();
            EmptyLogWhenLong();
        }
        catch (StoreUnavailableException e)
        {
            if (!_failing) LogFailing(_logger, e.Message);
            Volatile.Write(ref _failing, true);
            throw;
        }
        finally
        {
            Undo();
            _staged.Clear();
            _stagedNewest.Clear();
            _known.Clear();
            _late.Clear();
            _repeats.Clear();
        }
        _commitTime.Observe(_clock.GetElapsedTime(began));
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

    private void Stage(IReadOnlyList<RepFix> fixes)
    {
        for (int i = 0; i < fixes.Count; i++)
        {
            RepFix fix = fixes[i];
            if (fix.Judged.Outcome == FixOutcome.Duplicate || IsErased(fix.RepKey)) continue;
            var stored = new StoredFix(fix.Judged, fix.Attributes);
            if (IsRepeat(fix.RepKey, in stored))
            {
                _repeats.Add(stored.Judged.Fix.Protocol);
                continue;
            }
            ref List<StoredFix>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(_staged, fix.RepKey, out _);
            (list ??= []).Add(stored);
            _late.Note(fix);
        }
    }

    // A fix that is newer than all of its rep's cannot be a repeat: the usual case asks nobody. One from the future does not
    // count as the newest, or all that follow would have to be looked up.
    private bool IsRepeat(int rep, in StoredFix stored)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rep, (uint)ChunkKey.MaxRep);
        long day = ChunkKey.DayAt(stored.FixedMs);
        if (stored.Judged.Outcome != FixOutcome.Future && stored.FixedMs > NewestOf(rep))
        {
            _stagedNewest[rep] = stored.FixedMs;
            if (_known.Count > 0 && _known.TryGetValue((rep, day), out KnownFixes? known)) known.TryAdd(in stored);
            return false;
        }
        return !KnownOf(rep, day).TryAdd(in stored);
    }

    private long NewestOf(int rep)
    {
        if (_stagedNewest.TryGetValue(rep, out long newest)) return newest;
        if (_newest.TryGetValue(rep, out newest)) return newest;
        SqliteStatement find = _sql.Newest.Bind(1, rep);
        newest = find.Step() ? find.Int64(0) : long.MinValue;
        find.Reset();
        newest = Math.Max(newest, Math.Max(NewestIn(_frozen, rep), NewestIn(_active, rep)));
        return _newest[rep] = newest;
    }

    private static long NewestIn(Memtable? table, int rep)
    {
        long newest = long.MinValue;
        if (table is null || !table.Reps.TryGetValue(rep, out OpenRep? open)) return newest;
        foreach (ref readonly StoredFix stored in CollectionsMarshal.AsSpan(open.Fixes))
        {
            if (stored.Judged.Outcome != FixOutcome.Future) newest = Math.Max(newest, stored.FixedMs);
        }
        return newest;
    }

    private KnownFixes KnownOf(int rep, long day)
    {
        if (_known.TryGetValue((rep, day), out KnownFixes? known)) return known;
        known = new KnownFixes();
        var fixes = new List<StoredFix>();
        SqliteStatement chunk = _sql.Chunks.Bind(1, ChunkKey.Of(rep, day, 0)).Bind(2, ChunkKey.Of(rep, day, ChunkKey.MaxPlace));
        while (chunk.Step()) _chunkReader.Read(chunk.Blob(0), default, fixes);
        if (_frozen is not null && _frozen.Reps.TryGetValue(rep, out OpenRep? open)) fixes.AddRange(open.Fixes);
        if (_active.Reps.TryGetValue(rep, out open)) fixes.AddRange(open.Fixes);
        if (_staged.TryGetValue(rep, out List<StoredFix>? staged)) fixes.AddRange(staged);
        foreach (ref readonly StoredFix stored in CollectionsMarshal.AsSpan(fixes))
        {
            if (ChunkKey.DayAt(stored.FixedMs) == day) known.TryAdd(in stored);
        }
        return _known[(rep, day)] = known;
    }

    // Once it is written: an attempt that fails is made again.
    private void CountRepeats()
    {
        foreach (Protocol protocol in _repeats) CountRepeat(protocol);
    }

    private void CountRepeat(Protocol protocol) => _metrics.Counter("tracking_fixes_total",
        "Fixes by protocol and by the outcome that the tracker gave them.",
        ("protocol", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(protocol.ToString())), ("outcome", "duplicate")).Add();

    private void WriteCheckpoint(Checkpoint checkpoint)
    {
        _row.Clear();
        int fixCount = 0;
        foreach ((int rep, List<StoredFix> fixes) in _staged)
        {
            LogRow.WriteFixes(_row, rep, CollectionsMarshal.AsSpan(fixes), _chunkWriter, _chunk);
            fixCount += fixes.Count;
        }
        for (int i = 0; i < checkpoint.States.Count; i++)
        {
            if (!IsErased(checkpoint.States[i].RepKey)) LogRow.WriteState(_row, checkpoint.States[i].RepKey, checkpoint.States[i].Snapshot.Span);
        }
        FreezeWhenLarge();
        _file.Begin();
        if (_row.Length > 0) _sql.InsertLog.Bind(1, _nextLogRow).BindBlob(2, _row.Written).Run();
        for (int i = 0; i < checkpoint.DeviceEvents.Count; i++)
        {
            if (!IsErased(checkpoint.DeviceEvents[i].RepKey)) WriteDeviceEvent(checkpoint.DeviceEvents[i]);
        }
        for (int i = 0; i < checkpoint.GeofenceChanges.Count; i++) WriteGeofence(checkpoint.GeofenceChanges[i]);
        WriteLate();
        for (int i = 0; i < checkpoint.DefinitionChanges.Count; i++) WriteDefinition(checkpoint.DefinitionChanges[i]);
        _sql.SetSequence.Bind(1, checkpoint.Sequence).Run();
        int flushedTo = FlushSome(), flushed = _frozen is null ? 0 : flushedTo - _frozenNext;
        lock (_publish)
        {
            _file.Commit();
            Publish(checkpoint, flushedTo);
        }
        _rows.Add(fixCount);
        _pagesInLog += 4 + (_row.Length / TrackStatements.PageBytes) + (2 * flushed);
    }

    // Not within the commit, which readers wait for. When it fails the pages stay in the log, and the next time is soon.
    private void EmptyLogWhenLong()
    {
        if (_pagesInLog < MostPagesInLog) return;
        _pagesInLog = 0;
        try
        {
            _file.EmptyLog();
        }
        catch (StoreUnavailableException e)
        {
            LogFailing(_logger, e.Message);
        }
    }

    private void WriteGeofence(GeofenceChange change)
    {
        if (change.Geofence is { } geofence) _sql.PutGeofence.Bind(1, change.Key).BindBlob(2, GeofenceText.Write(geofence)).Run();
        else _sql.DeleteGeofence.Bind(1, change.Key).Run();
    }

    private void WriteDefinition(DefinitionChange change)
    {
        if (change.Definition is { } definition)
            _sql.PutDefinition.Bind(1, (long)change.Kind).Bind(2, change.Id).Bind(3, definition.Version).BindBlob(4, definition.Json.Span).Run();
        else _sql.DeleteDefinition.Bind(1, (long)change.Kind).Bind(2, change.Id).Run();
    }

    private void Publish(Checkpoint checkpoint, int flushedTo)
    {
        DropFlushed(flushedTo);
        _sequence = checkpoint.Sequence;
        foreach ((int rep, long newest) in _stagedNewest) _newest[rep] = newest;
        if (_row.Length == 0) return;
        foreach ((int rep, List<StoredFix> fixes) in _staged) _active.AddFixes(rep, CollectionsMarshal.AsSpan(fixes));
        for (int i = 0; i < checkpoint.States.Count; i++)
        {
            if (!IsErased(checkpoint.States[i].RepKey)) _active.SetState(checkpoint.States[i].RepKey, checkpoint.States[i].Snapshot.Span);
        }
        _active.LastLogRow = _nextLogRow++;
        _active.LogRows++;
        _active.LogBytes += _row.Length;
    }
}
