using System.Numerics;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>
/// Finds the geofences around a point, exactly, among many; one fence changes without the rest being rebuilt. Safe for
/// many readers while nobody changes it.
/// </summary>
/// <remarks>
/// A grid of square cells in degrees at several levels, each four times as fine as the one above. A fence stands in the
/// cells of one level, chosen by its size so that it spans 16 cells at most: in a cell that it covers as a whole, or in one
/// that its boundary may run through. Only the latter take a look at its edges.
/// </remarks>
public sealed partial class GeofenceIndex
{
    private readonly Dictionary<int, int> _slotOfKey = [];
    private readonly Stack<int> _freeSlots = [];
    private readonly CellTable _cells = new();
    private readonly int[] _fencesOfLevel = new int[FinestLevel + 1];
    private PreparedFence?[] _fences = new PreparedFence?[16];
    private FenceBox[] _boxes = new FenceBox[16];
    private int _slots;
    private uint _levels;

    /// <summary>How many fences there are.</summary>
    public int Count => _slotOfKey.Count;

    /// <summary>Changes with every fence that is put or removed.</summary>
    internal long Version { get; private set; }

    /// <summary>Adds a fence or replaces the one with the same key.</summary>
    public void Put(Geofence geofence)
    {
        PreparedFence fence = PreparedFence.Of(geofence);
        Remove(geofence.Key);
        if (!_freeSlots.TryPop(out int slot)) slot = _slots++;
        if (slot == _fences.Length)
        {
            Array.Resize(ref _fences, slot * 2);
            Array.Resize(ref _boxes, slot * 2);
        }
        _fences[slot] = fence;
        _boxes[slot] = fence.Box;
        _slotOfKey[geofence.Key] = slot;
        int level = LevelOf(fence.Box);
        if (_fencesOfLevel[level]++ == 0) _levels |= 1u << level;
        Rasterise(fence, slot, level, add: true);
        Version++;
    }

    /// <summary>Removes a fence; false when there is none with that key.</summary>
    public bool Remove(int key)
    {
        if (!_slotOfKey.Remove(key, out int slot)) return false;
        PreparedFence fence = At(slot);
        int level = LevelOf(fence.Box);
        Rasterise(fence, slot, level, add: false);
        if (--_fencesOfLevel[level] == 0) _levels &= ~(1u << level);
        _fences[slot] = null;
        _freeSlots.Push(slot);
        Version++;
        return true;
    }

    /// <summary>A fence by its key; null: there is none.</summary>
    internal PreparedFence? Get(int key) => _slotOfKey.TryGetValue(key, out int slot) ? _fences[slot] : null;

    internal PreparedFence At(int slot) => _fences[slot]!;

    /// <summary>Adds the geofences that hold a point, in the order of their keys: where it lies, without hysteresis or schedule.</summary>
    public void Containing(GeoPoint point, ICollection<Geofence> geofences)
    {
        Span<int> slots = stackalloc int[64];
        int found = Find(point, slots, out _);
        if (found > slots.Length) found = Find(point, slots = new int[found], out _);
        SortByKey(slots = slots[..found]);
        foreach (int slot in slots) geofences.Add(At(slot).Definition);
    }

    /// <summary>Cells in use and bytes of the grid.</summary>
    internal (int Cells, long Bytes) Size => (_cells.Count, _cells.Bytes);

    /// <summary>Finds the fences that hold a point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="slots">Takes their slots, in no order.</param>
    /// <param name="clean">Whether the answer is the same everywhere in the point's cell.</param>
    /// <returns>How many there are; when that exceeds the room, ask again with more.</returns>
    internal int Find(GeoPoint point, Span<int> slots, out bool clean)
    {
        uint row = RowBits(point.LatitudeDeg), column = ColumnBits(point.LongitudeDeg);
        int found = 0;
        clean = true;
        for (uint levels = _levels; levels != 0; levels &= levels - 1)
        {
            int level = BitOperations.TrailingZeroCount(levels);
            ReadOnlySpan<int> items = _cells.Find(KeyOf(level, row >> (32 - level), column >> (32 - level)), out bool partial);
            clean &= !partial;
            foreach (int item in items)
            {
                int slot = item >> 1;
                if ((item & 1) == 0 && !(_boxes[slot].Holds(point) && _fences[slot]!.Contains(point))) continue;
                if (found < slots.Length) slots[found] = slot;
                found++;
            }
        }
        return found;
    }

    /// <summary>Finds the fences whose boundary the straight way between two points may meet; the same one may come more than once.</summary>
    internal int FindAlong(GeoPoint a, GeoPoint b, Span<int> slots)
    {
        int found = 0;
        for (uint levels = _levels; levels != 0; levels &= levels - 1)
        {
            int level = BitOperations.TrailingZeroCount(levels);
            var way = new CellWalk(a, b, level);
            while (way.Next(out uint row, out uint column))
            {
                ReadOnlySpan<int> items = _cells.Find(KeyOf(level, row, column), out bool partial);
                if (!partial) continue;
                foreach (int item in items)
                {
                    int slot = item >> 1;
                    if ((item & 1) != 0 || Seen(slots, Math.Min(found, slots.Length), slot)) continue;
                    if (found < slots.Length) slots[found] = slot;
                    found++;
                }
            }
        }
        return found;
    }

    /// <summary>Brings slots into the order of their fences' keys, which does not depend on the index's history.</summary>
    internal void SortByKey(Span<int> slots)
    {
        if (slots.Length > 64) slots.Sort((a, b) => At(a).Key.CompareTo(At(b).Key));
        for (int i = 1; i < slots.Length; i++)
        {
            int slot = slots[i], key = At(slot).Key, j = i;
            for (; j > 0 && At(slots[j - 1]).Key > key; j--) slots[j] = slots[j - 1];
            slots[j] = slot;
        }
    }

    // Neighbouring cells mostly hold the same fences: the last few are enough to look at.
    private static bool Seen(ReadOnlySpan<int> slots, int count, int slot) => slots[Math.Max(0, count - 16)..count].Contains(slot);
}
