using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Finds the geofences around a point, exactly, among many; one fence changes without the rest being rebuilt.</summary>
public sealed class GeofenceIndex
{
    private readonly Dictionary<int, int> _slotOfKey = [];
    private readonly Stack<int> _freeSlots = [];
    private PreparedFence?[] _fences = new PreparedFence?[16];
    private int _slots;

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
        if (slot == _fences.Length) Array.Resize(ref _fences, slot * 2);
        _fences[slot] = fence;
        _slotOfKey[geofence.Key] = slot;
        Version++;
    }

    /// <summary>Removes a fence; false when there is none with that key.</summary>
    public bool Remove(int key)
    {
        if (!_slotOfKey.Remove(key, out int slot)) return false;
        _fences[slot] = null;
        _freeSlots.Push(slot);
        Version++;
        return true;
    }

    /// <summary>A fence by its key; null: there is none.</summary>
    internal PreparedFence? Get(int key) => _slotOfKey.TryGetValue(key, out int slot) ? _fences[slot] : null;

    internal PreparedFence At(int slot) => _fences[slot]!;

    /// <summary>Finds the fences that hold a point.</summary>
    /// <param name="point">The point.</param>
    /// <param name="slots">Takes their slots, in no order.</param>
    /// <param name="clean">Whether the answer is the same everywhere in the point's cell.</param>
    /// <returns>How many there are; when that exceeds the room, ask again with more.</returns>
    internal int Find(GeoPoint point, Span<int> slots, out bool clean)
    {
        clean = false;
        int found = 0;
        for (int slot = 0; slot < _slots; slot++)
        {
            if (_fences[slot] is not { } fence || !fence.Contains(point)) continue;
            if (found < slots.Length) slots[found] = slot;
            found++;
        }
        return found;
    }

    /// <summary>Finds the fences that the straight way between two points may touch; the same one may come more than once.</summary>
    internal int FindAlong(GeoPoint a, GeoPoint b, Span<int> slots)
    {
        int found = 0;
        for (int slot = 0; slot < _slots; slot++)
        {
            if (_fences[slot] is null) continue;
            if (found < slots.Length) slots[found] = slot;
            found++;
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

    /// <summary>The cell of a point; see <see cref="Find"/>.</summary>
    internal static ulong CellOf(GeoPoint point) => (ulong)(uint)point.LatitudeE7 << 32 | (uint)point.LongitudeE7;
}
