using System.Runtime.InteropServices;
using Tracking.Contracts;
using Tracking.Contracts.Api;
using Tracking.LiveMap.Api;
using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Live;

internal sealed partial class LiveFeed
{
    private const int NamesPerMessage = 2000;
    private static readonly TimeSpan CountsEvery = TimeSpan.FromSeconds(1);

    /// <summary>One tick: takes changes in, encodes them, hands them to viewers.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            _tick++;
            // Without viewers the board itself gathers what changes; nothing has to be kept up.
            if (_viewers.Count == 0) return;
            if (Interlocked.Exchange(ref _registryChanged, 0) == 1) TakeRegistryChanges();
            TakeChanges();
            EncodeDirty();
            if (_tick % Math.Max(1, (long)(CountsEvery / _options.Tick)) == 0) Recount();
            foreach (Viewer viewer in _viewers) Offer(viewer);
        }
        SendAll();
    }

    /// <summary>Brings rows and cells up to the board.</summary>
    private void TakeChanges()
    {
        _changed.Clear();
        _board.TakeChanged(_changed);
        if (_changed.Count == 0) return;
        if (_board.KeyCount > _rows.Length) GrowRows(_board.KeyCount);
        foreach (int key in _changed)
        {
            if (!_board.TryRead(key, out RepLive live)) continue;
            if (!live.HasPosition)
            {
                TakeOffMap(key);
                continue;
            }
            Row row = _rows[key] = Row.Of(live);
            var finest = MapCell.Of(row.LatitudeE7, row.LongitudeE7);
            foreach (CellGrid grid in _grids)
            {
                (Cell now, Cell? before) = grid.Move(key, finest.At(grid.Z));
                NoteChange(now, key);
                if (before is not null) NoteGone(before, key);
            }
            if (_repCells.TryGetValue(key, out Cell? only)) NoteChange(only, key);
        }
    }

    // Off duty: nobody sees where. Who knows of the rep is told of its new status with its name.
    private void TakeOffMap(int key)
    {
        if (key >= _rows.Length || _rows[key].Key < 0) return;
        _rows[key] = new() { Key = -1 };
        foreach (CellGrid grid in _grids)
            if (grid.Remove(key) is { } cell) NoteGone(cell, key);
        if (_repCells.TryGetValue(key, out Cell? only)) NoteGone(only, key);
        if (_registry.FindRep(key) is not { } rep) return;
        foreach (Viewer viewer in _viewers) TellOfChange(viewer, rep);
    }

    private void NoteGone(Cell cell, int key)
    {
        if (cell.Watched.Count == 0) return;
        cell.Gone.Add(key);
        MarkDirty(cell);
    }

    private void NoteChange(Cell cell, int key)
    {
        if (cell.Watched.Count == 0) return;
        cell.Changed.Add(key);
        MarkDirty(cell);
    }

    private void MarkDirty(Cell cell)
    {
        foreach (Watched watched in cell.Watched) watched.Snapshot = null;
        if (cell.IsDirty) return;
        cell.IsDirty = true;
        _dirty.Add(cell);
    }

    private void GrowRows(int count)
    {
        int before = _rows.Length;
        Array.Resize(ref _rows, Math.Max(count, before * 2));
        for (int i = before; i < _rows.Length; i++) _rows[i] = new() { Key = -1 };
    }

    private void EncodeDirty()
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (Cell cell in _dirty)
        {
            foreach (Watched watched in cell.Watched)
            {
                watched.Tick = _tick;
                watched.Rows = EncodeRows(cell.Changed, watched.Viewers, now);
                watched.GoneRows = EncodeGone(cell.Gone, watched.Viewers);
            }
            cell.Changed.Clear();
            cell.Gone.Clear();
            cell.IsDirty = false;
        }
        _dirty.Clear();
    }

    private FrameBlock? EncodeRows(List<int> keys, ViewerClass viewers, long now)
    {
        if (keys.Count > _scratch.Length) _scratch = new Row[Math.Max(keys.Count, _scratch.Length * 2)];
        int count = 0;
        foreach (int key in keys)
            if (key < _rows.Length && _rows[key].Key >= 0 && viewers.Sees(key)) _scratch[count++] = _rows[key];
        return count == 0 ? null : FrameBlock.OfRows(_scratch.AsSpan(0, count), now);
    }

    private static FrameBlock? EncodeGone(List<int> keys, ViewerClass viewers)
    {
        if (keys.Count == 0) return null;
        var seen = new List<int>(keys.Count);
        foreach (int key in keys)
            if (viewers.Sees(key)) seen.Add(key);
        return seen.Count == 0 ? null : FrameBlock.OfGone(CollectionsMarshal.AsSpan(seen));
    }

    private void Recount()
    {
        foreach (CountGrid grid in _counts)
        {
            grid.Recount(_rows);
            grid.Tick = _tick;
        }
    }

    /// <summary>Puts what the tick has for a viewer into its queue, or notes that it skips.</summary>
    private void Offer(Viewer viewer)
    {
        if (viewer.IsClosed) return;
        if (!viewer.NeedsSnapshot && CollectChanges(viewer) is { } blocks)
        {
            if (viewer.Pending.Count < Viewer.MaxPending)
            {
                viewer.Pending.Enqueue(blocks);
            }
            else
            {
                _skipped.Add(viewer.Pending.Count + 1);
                viewer.Pending.Clear();
                viewer.NeedsSnapshot = viewer.HasSkipped = true;
            }
        }
        else if (viewer.NeedsSnapshot && viewer.HasSkipped)
        {
            _skipped.Add();
        }
        Wake(viewer);
    }

    private FrameBlock[]? CollectChanges(Viewer viewer)
    {
        List<FrameBlock>? blocks = null;
        if (viewer.Counts is { } counts)
        {
            if (counts.Grid.Tick != _tick) return null;
            foreach (MapCell cell in counts.At)
                if (counts.Grid.HasChanged(cell)) (blocks ??= []).Add(counts.Grid.BlockOf(cell)!);
            return blocks?.ToArray();
        }
        foreach (Watched watched in viewer.Cells)
            if (watched.Tick == _tick && watched.GoneRows is { } gone) (blocks ??= []).Add(gone);
        foreach (Watched watched in viewer.Cells)
            if (watched.Tick == _tick && watched.Rows is { } rows) (blocks ??= []).Add(rows);
        return blocks?.ToArray();
    }

    private void Wake(Viewer viewer)
    {
        if (viewer.IsSending || viewer.IsClosed || !HasSomething(viewer)) return;
        viewer.IsSending = true;
        _toSend.Add(viewer);
    }

    private static bool HasSomething(Viewer viewer) =>
        viewer.NeedsSnapshot || viewer.Pending.Count > 0 || viewer.Renamed.Count > 0 || viewer.Lost.Count > 0;

    /// <summary>Starts the sendings that have been noted; each goes on by itself.</summary>
    private void SendAll()
    {
        Viewer[] toSend;
        lock (_gate)
        {
            if (_toSend.Count == 0) return;
            toSend = [.. _toSend];
            _toSend.Clear();
        }
        foreach (Viewer viewer in toSend) _ = SendAsync(viewer);
    }

    /// <summary>Takes the next thing to send; false: there is nothing, and the sending ends.</summary>
    private bool TakeNext(Viewer viewer, out List<RepChanges>? names, out string method, out LiveFrame? frame)
    {
        lock (_gate)
        {
            (names, method, frame) = (null, "", null);
            if (viewer.IsClosed) return viewer.IsSending = false;
            FrameKind kind = viewer.Counts is null ? FrameKind.Positions : FrameKind.Counts;
            IReadOnlyList<FrameBlock>? blocks = null;
            if (viewer.NeedsSnapshot)
            {
                kind = kind == FrameKind.Counts ? FrameKind.CountsSnapshot : FrameKind.Snapshot;
                (blocks, method) = (CollectEverything(viewer), "Snapshot");
                if (viewer.HasSkipped) _resnapshot.Add();
                viewer.NeedsSnapshot = viewer.HasSkipped = false;
            }
            else if (viewer.Pending.TryDequeue(out blocks))
            {
                method = "Positions";
            }
            names = CollectNames(viewer, blocks ?? []);
            if (blocks is not null) frame = new(kind, ++viewer.Sequence, _clock.GetUtcNow().ToUnixTimeMilliseconds(), blocks);
            if (frame is null && names is null) return viewer.IsSending = false;
            return true;
        }
    }

    private FrameBlock[] CollectEverything(Viewer viewer)
    {
        viewer.Pending.Clear();
        if (viewer.Counts is { } counts) return [.. counts.At.Select(counts.Grid.BlockOf).OfType<FrameBlock>().Where(static block => block.Count > 0)];
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        List<FrameBlock> blocks = [];
        foreach (Watched watched in viewer.Cells)
        {
            FrameBlock? block = watched.Snapshot ??= EncodeRows(watched.Cell.Members, watched.Viewers, now);
            if (block is not null) blocks.Add(block);
        }
        return [.. blocks];
    }

    /// <summary>Who the reps of some blocks are, as far as the viewer was not told, and who has another name now; null: nobody.</summary>
    private List<RepChanges>? CollectNames(Viewer viewer, IReadOnlyList<FrameBlock> blocks)
    {
        List<RepName>? names = null;
        foreach (Rep rep in viewer.Renamed) (names ??= []).Add(NameOf(rep));
        viewer.Renamed.Clear();
        foreach (FrameBlock block in blocks)
        {
            foreach (int key in block.Keys)
                if (viewer.Learn(key) && _registry.FindRep(key) is { } rep) (names ??= []).Add(NameOf(rep));
        }
        List<RepChanges>? changes = names is null ? null : [.. names.Chunk(NamesPerMessage).Select(static chunk => new RepChanges(chunk, []))];
        if (viewer.Lost.Count > 0)
        {
            (changes ??= []).Add(new([], [.. viewer.Lost]));
            viewer.Lost.Clear();
        }
        return changes;
    }

    private RepName NameOf(Rep rep) => new(rep.Key, rep.Id, rep.Name, rep.Group,
        Names.Of(rep.Key < _rows.Length && _rows[rep.Key].Key >= 0 ? _rows[rep.Key].Status : SignalStatus.Lost));
}
