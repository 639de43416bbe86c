using System.Collections.Concurrent;

namespace Tracking.Store;

/// <summary>
/// Things by number and by name, safe for many readers and one writer. The ordered list is made when it is asked for, by
/// merging what changed into the list before, so that many single additions stay cheap.
/// </summary>
internal sealed class OrderedMap<T> where T : class
{
    private readonly Func<T, int> _keyOf;
    private readonly Func<T, string> _idOf;
    private readonly ConcurrentDictionary<int, T> _byKey = new();
    private readonly ConcurrentDictionary<string, T> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _byChars;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _changedIds = new(StringComparer.Ordinal);
    private T[] _ordered = [];

    public OrderedMap(Func<T, int> keyOf, Func<T, string> idOf)
    {
        (_keyOf, _idOf) = (keyOf, idOf);
        _byChars = _byId.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _byKey.Count;

    public T? Find(int key) => _byKey.GetValueOrDefault(key);

    public T? Find(string id) => _byId.GetValueOrDefault(id);

    public T? Find(ReadOnlySpan<char> id) =>
        _byChars.TryGetValue(id, out T? found) ? found : null;

    public void Put(T thing)
    {
        _byKey[_keyOf(thing)] = thing;
        _byId[_idOf(thing)] = thing;
        lock (_gate) _changedIds.Add(_idOf(thing));
    }

    /// <summary>Takes a thing out by its number; its name may already stand for a newer one.</summary>
    public bool Remove(int key)
    {
        if (!_byKey.TryRemove(key, out T? removed)) return false;
        string id = _idOf(removed);
        ((ICollection<KeyValuePair<string, T>>)_byId).Remove(new(id, removed));
        lock (_gate) _changedIds.Add(id);
        return true;
    }

    /// <summary>All of them in ordinal order of their names.</summary>
    public IReadOnlyList<T> Ordered
    {
        get
        {
            lock (_gate)
            {
                if (_changedIds.Count > 0) Merge();
                return _ordered;
            }
        }
    }

    private void Merge()
    {
        string[] changed = [.. _changedIds];
        Array.Sort(changed, StringComparer.Ordinal);
        var merged = new List<T>(_ordered.Length + changed.Length);
        int next = 0;
        foreach (string id in changed)
        {
            while (next < _ordered.Length && string.CompareOrdinal(_idOf(_ordered[next]), id) < 0) merged.Add(_ordered[next++]);
            if (next < _ordered.Length && _idOf(_ordered[next]) == id) next++;
            if (_byId.TryGetValue(id, out T? now)) merged.Add(now);
        }
        merged.AddRange(_ordered.AsSpan(next));
        _changedIds.Clear();
        _ordered = [.. merged];
    }
}
