using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.Store.Sqlite;
using Tracking.Store.Tracks;

namespace Tracking.Store;

public sealed partial class SqliteTrackStore
{
    private const int FlushTurns = 32;
    private const long FreeBytesKept = 64 << 20, ShrinkBytes = 16 << 20;

    private readonly List<StoredFix> _merging = [];
    private Memtable? _frozen;
    private int[] _frozenReps = [];
    private int _frozenNext;

    // The old part must be in the tables before a new one is frozen: memory stays bounded, and a burst pays with a longer checkpoint.
    private bool IsActiveLarge =>
        _active.FixCount >= _options.MaxOpenFixes || _active.LogRows >= _options.MaxOpenCheckpoints || _active.LogBytes >= _options.MaxOpenBytes;

    private void FreezeWhenLarge()
    {
        if (_frozen is not null || !IsActiveLarge) return;
        Freeze();
    }

    private void Freeze()
    {
        lock (_publish) (_frozen, _active) = (_active, new Memtable());
        OrderFrozen();
    }

    private void OrderFrozen()
    {
        _frozenReps = [.. _frozen!.Reps.Keys];
        Array.Sort(_frozenReps);
        _frozenNext = 0;
    }

    // Within a transaction: moves some reps to the tables and returns up to which place.
    private int FlushSome()
    {
        if (_frozen is null) return 0;
        int share = (_frozenReps.Length / FlushTurns) + 1;
        int end = IsActiveLarge ? _frozenReps.Length : Math.Min(_frozenReps.Length, _frozenNext + share);
        return FlushUpTo(end);
    }

    private int FlushUpTo(int end)
    {
        for (int i = _frozenNext; i < end; i++) FlushRep(_frozenReps[i], _frozen!.Reps[_frozenReps[i]]);
        if (end == _frozenReps.Length)
        {
            _sql.DeleteLog.Bind(1, _frozen!.LastLogRow).Run();
            _sql.SetFlushed.Bind(1, 0).Bind(2, -1).Run();
        }
        else
        {
            _sql.SetFlushed.Bind(1, _frozen!.LastLogRow).Bind(2, end == 0 ? -1 : _frozenReps[end - 1]).Run();
        }
        return end;
    }

    // After the commit: what is in the tables must not be in memory too.
    private void DropFlushed(int end)
    {
        if (_frozen is null) return;
        for (; _frozenNext < end; _frozenNext++) _frozen.Reps.Remove(_frozenReps[_frozenNext]);
        if (end == _frozenReps.Length) _frozen = null;
    }

    private void FlushRep(int rep, OpenRep open)
    {
        List<StoredFix> fixes = [.. open.Fixes];
        StoredFix.Sort(fixes);
        for (int begin = 0; begin < fixes.Count;)
        {
            long day = ChunkKey.DayAt(fixes[begin].FixedMs);
            int end = begin + 1;
            while (end < fixes.Count && ChunkKey.DayAt(fixes[end].FixedMs) == day) end++;
            FlushDay(rep, day, CollectionsMarshal.AsSpan(fixes)[begin..end]);
            begin = end;
        }
        SqliteStatement put = _sql.PutRep.Bind(1, rep).Bind(2, NewestOfFlushed(fixes));
        if (open.State is null) put.BindNull(3).Run();
        else put.BindBlob(3, open.State).Run();
    }

    private static long NewestOfFlushed(List<StoredFix> sorted)
    {
        for (int i = sorted.Count - 1; i >= 0; i--)
        {
            if (sorted[i].Judged.Outcome != FixOutcome.Future) return sorted[i].FixedMs;
        }
        return long.MinValue;
    }

    // The day's last chunk is filled up before another is begun.
    private void FlushDay(int rep, long day, ReadOnlySpan<StoredFix> fixes)
    {
        _merging.Clear();
        int place = 0;
        SqliteStatement last = _sql.LastChunk.Bind(1, ChunkKey.Of(rep, day, 0)).Bind(2, ChunkKey.Of(rep, day, ChunkKey.MaxPlace));
        if (last.Step())
        {
            place = ChunkKey.PlaceOf(last.Int64(0));
            if (last.Int32(1) < _options.ChunkFixes || place == ChunkKey.MaxPlace) _chunkReader.Read(last.Blob(2), last.Blob(3), _merging);
            else place++;
        }
        last.Reset();
        _merging.AddRange(fixes);
        StoredFix.Sort(_merging);
        ReadOnlySpan<StoredFix> left = CollectionsMarshal.AsSpan(_merging);
        while (!left.IsEmpty)
        {
            int count = place == ChunkKey.MaxPlace ? left.Length : Math.Min(left.Length, _options.ChunkFixes);
            _chunks.Put(ChunkKey.Of(rep, day, place), left[..count]);
            left = left[count..];
            place++;
        }
    }

    // Brings everything into the tables, in transactions of its own.
    private void FlushAll()
    {
        for (int turn = 0; turn < 2; turn++)
        {
            if (_frozen is null && _active.LogRows > 0) Freeze();
            if (_frozen is null) return;
            _file.Begin();
            int end = FlushUpTo(_frozenReps.Length);
            lock (_publish)
            {
                _file.Commit();
                DropFlushed(end);
            }
        }
    }

    /// <summary>Brings everything into the tables, so that whoever reads them sees all.</summary>
    internal void Settle()
    {
        _writing.Wait();
        try
        {
            FlushAll();
            _file.EmptyLog();
        }
        finally
        {
            Undo();
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> DeleteBeforeAsync(Instant before, CancellationToken cancel)
    {
        long deleted = 0, next = 0;
        while (next >= 0)
        {
            // Checkpoints come between the parts.
            await _writing.WaitAsync(cancel);
            try
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                (long count, next) = await Task.Run(() => DeletePart(before, next), CancellationToken.None);
                deleted += count;
            }
            finally
            {
                _writing.Release();
            }
        }
        return deleted;
    }

    private (long Deleted, long Next) DeletePart(Instant before, long next)
    {
        try
        {
            bool isFirst = next == 0;
            if (isFirst) FlushAll();
            _file.Begin();
            if (isFirst) _sql.DeleteDeviceEvents.Bind(1, before.EpochMs).Run();
            long deleted = 0;
            for (int i = 0; i < 100 && next >= 0 && deleted < 50_000; i++)
            {
                next = FirstChunkFrom(next);
                if (next < 0) break;
                int rep = ChunkKey.RepOf(next);
                (long count, bool more) = DeleteOld(next, ChunkKey.Of(rep, ChunkKey.DayAt(before.EpochMs), ChunkKey.MaxPlace), before.EpochMs);
                deleted += count;
                if (!more) next = ChunkKey.Of(rep + 1, 0, 0);
            }
            lock (_publish) _file.Commit();
            _file.EmptyLog();
            _file.Shrink(FreeBytesKept, ShrinkBytes);
            return (deleted, next);
        }
        finally
        {
            Undo();
        }
    }

    // -1: none.
    private long FirstChunkFrom(long id)
    {
        SqliteStatement find = _sql.FirstChunkFrom.Bind(1, id);
        long first = find.Step() ? find.Int64(0) : -1;
        find.Reset();
        return first;
    }

    private (long Deleted, bool More) DeleteOld(long from, long to, long beforeMs)
    {
        long deleted = 0;
        var old = new List<(long Id, int Count, List<StoredFix>? Kept)>();
        SqliteStatement chunk = _sql.OldChunks.Bind(1, from).Bind(2, to).Bind(3, beforeMs);
        while (chunk.Step())
        {
            List<StoredFix>? kept = null;
            if (chunk.Int64(1) >= beforeMs)
            {
                _chunkReader.Read(chunk.Blob(3), chunk.Blob(4), kept = []);
                kept.RemoveAll(stored => stored.FixedMs < beforeMs);
            }
            old.Add((chunk.Int64(0), chunk.Int32(2), kept));
        }
        foreach ((long id, int count, List<StoredFix>? kept) in old)
        {
            if (kept is null) _sql.DeleteChunk.Bind(1, id).Run();
            else _chunks.Put(id, CollectionsMarshal.AsSpan(kept));
            deleted += count - (kept?.Count ?? 0);
        }
        return (deleted, old.Count == 500);
    }
}
