using Tracking.LiveMap.Frames;

namespace Tracking.LiveMap.Live;

/// <summary>A set of reps that viewers watch together: a map cell, one rep, or everybody. Guarded by the feed's lock.</summary>
internal sealed class Cell
{
    /// <summary>Keys of the reps in it, with a position.</summary>
    public List<int> Members { get; } = [];

    /// <summary>Keys of the reps in it that have changed since the last tick.</summary>
    public List<int> Changed { get; } = [];

    /// <summary>Keys of the reps that have left it since the last tick.</summary>
    public List<int> Gone { get; } = [];

    /// <summary>One for each kind of viewer.</summary>
    public List<Watched> Watched { get; } = [];

    /// <summary>Whether it is in the list of cells to encode at the next tick.</summary>
    public bool IsDirty { get; set; }

    /// <summary>What viewers of a class share of this cell; made when the first of them comes.</summary>
    public Watched WatchedBy(ViewerClass viewers)
    {
        foreach (Watched watched in Watched)
            if (ReferenceEquals(watched.Viewers, viewers)) return watched;
        var made = new Watched(this, viewers);
        Watched.Add(made);
        return made;
    }
}

/// <summary>What the viewers of one class share of one cell: the blocks, encoded once.</summary>
internal sealed class Watched(Cell cell, ViewerClass viewers)
{
    public Cell Cell => cell;

    public ViewerClass Viewers => viewers;

    /// <summary>How many watch it; at 0 it is dropped.</summary>
    public int Count { get; set; }

    /// <summary>The tick that made <see cref="Rows"/> and <see cref="GoneRows"/>.</summary>
    public long Tick { get; set; }

    /// <summary>The changes of the tick.</summary>
    public FrameBlock? Rows { get; set; }

    /// <summary>Who left in the tick.</summary>
    public FrameBlock? GoneRows { get; set; }

    /// <summary>Everybody in the cell; null when something has changed since it was made.</summary>
    public FrameBlock? Snapshot { get; set; }
}

/// <summary>The cells of one zoom, and which one each rep is in. Guarded by the feed's lock.</summary>
internal sealed class CellGrid(int z)
{
    private readonly Dictionary<MapCell, Cell> _cells = [];
    private Place[] _places = [];

    /// <summary>The zoom.</summary>
    public int Z => z;

    /// <summary>The cell, made when there is none.</summary>
    public Cell Open(MapCell at)
    {
        if (!_cells.TryGetValue(at, out Cell? cell)) _cells.Add(at, cell = new());
        return cell;
    }

    /// <summary>Forgets a cell that nobody watches and nobody is in.</summary>
    public void Close(MapCell at)
    {
        if (_cells.TryGetValue(at, out Cell? cell) && cell.Members.Count == 0 && cell.Watched.Count == 0) _cells.Remove(at);
    }

    /// <summary>Drops every shared snapshot, after what classes of viewers see has changed.</summary>
    public void ForgetSnapshots()
    {
        foreach (Cell cell in _cells.Values)
            foreach (Watched watched in cell.Watched) watched.Snapshot = null;
    }

    /// <summary>Puts a rep where it is now.</summary>
    /// <returns>The cell it is in, and the one it left, if it was in another.</returns>
    public (Cell Now, Cell? Before) Move(int key, MapCell at)
    {
        if (key >= _places.Length) Array.Resize(ref _places, Math.Max(key + 1, _places.Length * 2));
        ref Place place = ref _places[key];
        if (place.Cell is { } same && place.At == at) return (same, null);
        Cell? before = Remove(key);
        Cell now = Open(at);
        place = new() { Cell = now, At = at, Index = now.Members.Count };
        now.Members.Add(key);
        return (now, before);
    }

    /// <summary>Takes a rep out of the cell it is in; null: it is in none.</summary>
    public Cell? Remove(int key)
    {
        if (key >= _places.Length || _places[key].Cell is not { } before) return null;
        Place place = _places[key];
        int last = before.Members[^1];
        before.Members[place.Index] = last;
        _places[last].Index = place.Index;
        before.Members.RemoveAt(before.Members.Count - 1);
        _places[key] = default;
        Close(place.At);
        return before;
    }

    private struct Place
    {
        public Cell? Cell;
        public MapCell At;
        public int Index;
    }
}
