using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tracking.Tracker;

/// <summary>
/// Lists of numbers by cell: an open-addressing table whose short lists lie in the table itself and whose longer ones lie
/// in blocks of one pooled array. Adding and removing one number touches one cell. Safe for many readers without a writer.
/// </summary>
internal sealed class CellTable
{
    private const int InlineRoom = 2;

    private readonly Stack<int>[] _freeBlocks = [.. Enumerable.Range(0, 31).Select(static _ => new Stack<int>())];
    private Cell[] _cells = new Cell[64];
    private int[] _pool = new int[256];
    private int _poolUsed;
    private int _used;

    /// <summary>How many cells hold something.</summary>
    public int Count => _used;

    /// <summary>Bytes of the arrays.</summary>
    public long Bytes => (long)_cells.Length * Unsafe.SizeOf<Cell>() + (long)_pool.Length * sizeof(int);

    /// <summary>What a cell holds; <paramref name="marked"/> tells whether one of its numbers was added as marked.</summary>
    /// <param name="key">The cell; not 0.</param>
    /// <param name="marked">Whether a marked number is among them.</param>
    public ReadOnlySpan<int> Find(ulong key, out bool marked)
    {
        Cell[] cells = _cells;
        for (int at = PlaceOf(key, cells.Length); ; at = (at + 1) & (cells.Length - 1))
        {
            ref Cell cell = ref cells[at];
            if (cell.Key == key)
            {
                marked = cell.Marked > 0;
                return cell.Room == 0 ? ((ReadOnlySpan<int>)cell.Inline)[..cell.Count] : _pool.AsSpan(cell.Offset, cell.Count);
            }
            if (cell.Key == 0)
            {
                marked = false;
                return [];
            }
        }
    }

    /// <summary>Adds a number to a cell.</summary>
    public void Add(ulong key, int number, bool marked)
    {
        if ((_used + 1) * 2 > _cells.Length) Grow();
        int at = IndexOf(key);
        ref Cell cell = ref _cells[at];
        if (cell.Key == 0)
        {
            cell.Key = key;
            _used++;
        }
        int room = cell.Room == 0 ? InlineRoom : cell.Room;
        if (cell.Count == room) Move(ref cell, room * 2);
        if (cell.Room == 0) cell.Inline[cell.Count] = number;
        else _pool[cell.Offset + cell.Count] = number;
        cell.Count++;
        if (marked) cell.Marked++;
    }

    /// <summary>Takes a number out of a cell, where it is once.</summary>
    public void Remove(ulong key, int number, bool marked)
    {
        int at = IndexOf(key);
        ref Cell cell = ref _cells[at];
        Span<int> items = cell.Room == 0 ? ((Span<int>)cell.Inline)[..cell.Count] : _pool.AsSpan(cell.Offset, cell.Count);
        int found = items.IndexOf(number);
        if (found < 0) return;
        items[found] = items[^1];
        cell.Count--;
        if (marked) cell.Marked--;
        if (cell.Count > 0) return;
        if (cell.Room > 0) Free(cell.Offset, cell.Room);
        Close(at);
    }

    private int IndexOf(ulong key)
    {
        int at = PlaceOf(key, _cells.Length);
        while (_cells[at].Key != key && _cells[at].Key != 0) at = (at + 1) & (_cells.Length - 1);
        return at;
    }

    // Moves later cells of the same run into the gap, so that no tombstone is needed.
    private void Close(int gap)
    {
        int mask = _cells.Length - 1;
        for (int at = (gap + 1) & mask; _cells[at].Key != 0; at = (at + 1) & mask)
        {
            int home = PlaceOf(_cells[at].Key, _cells.Length);
            if (((at - home) & mask) < ((at - gap) & mask)) continue;
            _cells[gap] = _cells[at];
            gap = at;
        }
        _cells[gap] = default;
        _used--;
    }

    private void Grow()
    {
        Cell[] old = _cells;
        _cells = new Cell[old.Length * 2];
        foreach (ref Cell cell in old.AsSpan())
        {
            if (cell.Key != 0) _cells[IndexOf(cell.Key)] = cell;
        }
    }

    private void Move(ref Cell cell, int room)
    {
        int offset = Take(room);
        ReadOnlySpan<int> items = cell.Room == 0 ? ((ReadOnlySpan<int>)cell.Inline)[..cell.Count] : _pool.AsSpan(cell.Offset, cell.Count);
        items.CopyTo(_pool.AsSpan(offset));
        if (cell.Room > 0) Free(cell.Offset, cell.Room);
        cell.Offset = offset;
        cell.Room = room;
    }

    private int Take(int room)
    {
        if (_freeBlocks[BitOperations.Log2((uint)room)].TryPop(out int offset)) return offset;
        if (_poolUsed + room > _pool.Length) Array.Resize(ref _pool, Math.Max(_pool.Length * 2, _poolUsed + room));
        offset = _poolUsed;
        _poolUsed += room;
        return offset;
    }

    private void Free(int offset, int room) => _freeBlocks[BitOperations.Log2((uint)room)].Push(offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(ulong key, int length) => (int)((key * 0x9E3779B97F4A7C15) >> 32) & (length - 1);

    [InlineArray(InlineRoom)]
    private struct Pair
    {
        private int _first;
    }

    private struct Cell
    {
        public ulong Key;
        public int Offset;
        public int Count;
        public int Marked;
        public int Room;
        public Pair Inline;
    }
}
