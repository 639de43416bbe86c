using System.Collections.Concurrent;
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
    private FenceDisc[] _discs = new FenceDisc[16];
    private CompactEdges?[] _compacts = new CompactEdges?[16];
    private int[] _keys = new int[16];
    private readonly List<PreparedFence> _workAreas = [];
    private readonly ConcurrentDictionary<int, bool> _hasWorkArea = new();
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
            Array.Resize(ref _keys, slot * 2);
            Array.Resize(ref _discs, slot * 2);
            Array.Resize(ref _compacts, slot * 2);
        }
        _fences[slot] = fence;
        _keys[slot] = geofence.Key;
        _discs[slot] = fence.Disc;
        _compacts[slot] = fence.Compact;
        _slotOfKey[geofence.Key] = slot;
        if (geofence.Purpose == GeofencePurpose.WorkArea)
        {
            _workAreas.Add(fence);
            _hasWorkArea.Clear();
        }
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
        if (fence.Definition.Purpose == GeofencePurpose.WorkArea)
        {
            _workAreas.Remove(fence);
            _hasWorkArea.Clear();
        }
        int level = LevelOf(fence.Box);
        Rasterise(fence, slot, level, add: false);
        if (--_fencesOfLevel[level] == 0) _levels &= ~(1u << level);
        _fences[slot] = null;
        _compacts[slot] = null;
        _freeSlots.Push(slot);
        Version++;
        return true;
    }

    /// <summary>Whether there is a fence with a key.</summary>
    public bool Has(int key) => _slotOfKey.ContainsKey(key);

    /// <summary>Whether a work area concerns a rep; found out once, until a fence changes.</summary>
    internal bool HasWorkArea(int repKey, Func<int, Rep?> findRep)
    {
        if (_workAreas.Count == 0) return false;
        if (_hasWorkArea.TryGetValue(repKey, out bool known)) return known;
        Rep? rep = findRep(repKey);
        bool has = false;
        for (int i = 0; i < _workAreas.Count && !has; i++) has = _workAreas[i].Concerns(rep);
        _hasWorkArea[repKey] = has;
        return has;
    }

    /// <summary>A fence by its key; null: there is none.</summary>
    internal PreparedFence? Get(int key) => _slotOfKey.TryGetValue(key, out int slot) ? _fences[slot] : null;

    internal PreparedFence At(int slot) => _fences[slot]!;

    internal int KeyAt(int slot) => _keys[slot];

    /// <summary>Adds the geofences that hold a point, in the order of their keys: where it lies, without hysteresis or schedule.</summary>
    public void Containing(GeoPoint point, ICollection<Geofence> geofences)
    {
        Span<int> items = stackalloc int[64];
        int near = Gather(point, items), found = 0;
        if (near > items.Length) near = Gather(point, items = new int[near]);
        foreach (int item in items[..near])
        {
            if (Holds(item, point)) items[found++] = SlotOf(item);
        }
        SortByKey(items[..found]);
        foreach (int slot in items[..found]) geofences.Add(At(slot).Definition);
    }

    /// <summary>Cells in use and bytes of the grid.</summary>
    internal (int Cells, long Bytes) Size => (_cells.Count, _cells.Bytes);

    /// <summary>Finds the fences that have something in common with the finest cell of a point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="items">Takes a slot each, see <see cref="SlotOf"/>, and whether the fence covers the cell as a whole.</param>
    /// <returns>How many there are; when that exceeds the room, ask again with more.</returns>
    internal int Gather(GeoPoint point, Span<int> items)
    {
        uint row = RowBits(point.LatitudeDeg), column = ColumnBits(point.LongitudeDeg);
        int found = 0;
        for (uint levels = _levels; levels != 0; levels &= levels - 1)
        {
            int level = BitOperations.TrailingZeroCount(levels);
            foreach (int item in _cells.Find(KeyOf(level, row >> (32 - level), column >> (32 - level)), out _))
            {
                if (found < items.Length) items[found] = item;
                found++;
            }
        }
        return found;
    }

    /// <summary>The slot of what <see cref="Gather"/> found.</summary>
    internal static int SlotOf(int item) => item >> 1;

    /// <summary>Whether the fence of an item that <see cref="Gather"/> found covers the cell as a whole.</summary>
    internal static bool IsWhole(int item) => (item & 1) != 0;

    /// <summary>Whether a fence holds a point of the cell for which <see cref="Gather"/> found it.</summary>
    internal bool Holds(int item, GeoPoint point)
    {
        if (IsWhole(item)) return true;
        int slot = SlotOf(item);
        ref readonly FenceDisc disc = ref _discs[slot];
        double square = disc.Square(point);
        if (square > disc.Outer * disc.Outer || square < disc.Inner * disc.Inner) return square < disc.Inner * disc.Inner;
        return _compacts[slot]?.Encloses(point) ?? _fences[slot]!.Contains(point);
    }

    /// <summary>Around a point: how far from it no boundary of a cell's fences can be.</summary>
    /// <param name="items">What <see cref="Gather"/> found for the cell.</param>
    /// <param name="point">A point of the cell.</param>
    /// <param name="eastScale">Degrees of latitude that one of longitude is taken for; never too few.</param>
    /// <returns>Degrees of latitude; 0 or less: a boundary may be anywhere.</returns>
    internal double ClearDeg(ReadOnlySpan<int> items, GeoPoint point, out double eastScale)
    {
        double clear = double.PositiveInfinity;
        eastScale = 0;
        foreach (int item in items)
        {
            if (IsWhole(item)) continue;
            ref readonly FenceDisc disc = ref _discs[SlotOf(item)];
            clear = Math.Min(clear, disc.ClearDeg(point));
            eastScale = Math.Max(eastScale, disc.EastScale);
        }
        return clear;
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
                    int slot = SlotOf(item);
                    if (IsWhole(item) || Seen(slots, Math.Min(found, slots.Length), slot)) continue;
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
            int slot = slots[i], key = _keys[slot], j = i;
            for (; j > 0 && _keys[slots[j - 1]] > key; j--) slots[j] = slots[j - 1];
            slots[j] = slot;
        }
    }

    // Neighbouring cells mostly hold the same fences: the last few are enough to look at.
    private static bool Seen(ReadOnlySpan<int> slots, int count, int slot) => slots[Math.Max(0, count - 16)..count].Contains(slot);
}
