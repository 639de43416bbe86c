using System.Security.Cryptography;
using Tracking.Store;

namespace Tracking.Ingest.Udp;

/// <summary>
/// Ready ciphers of the devices that send, at most so many; when there are more, some make room. A device whose secret was
/// changed is noticed with the registry's next change. For one thread only.
/// </summary>
internal sealed class SealKeys : IDisposable
{
    private const int KeyBytes = 32;

    private readonly Registry _registry;
    private readonly int _most;
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly List<int> _leaving = [];
    private int _generation;

    public SealKeys(Registry registry, int most)
    {
        (_registry, _most) = (registry, most);
        registry.Changed += OnChanged;
    }

    private sealed class Entry(AesGcm aes, byte[] key, int generation) : IDisposable
    {
        public AesGcm Aes { get; } = aes;
        public byte[] Key { get; } = key;
        public int Generation { get; set; } = generation;

        public void Dispose() => Aes.Dispose();
    }

    /// <summary>The cipher of a device; null: it has no secret.</summary>
    public AesGcm? Find(int deviceKey)
    {
        int generation = Volatile.Read(ref _generation);
        if (_entries.TryGetValue(deviceKey, out Entry? entry) && entry.Generation == generation) return entry.Aes;
        Span<byte> key = stackalloc byte[KeyBytes];
        bool known = _registry.TryGetSealKey(deviceKey, key);
        if (entry is not null && known && key.SequenceEqual(entry.Key))
        {
            entry.Generation = generation;
            return entry.Aes;
        }
        if (entry is not null)
        {
            _entries.Remove(deviceKey);
            entry.Dispose();
        }
        if (!known) return null;
        if (_entries.Count >= _most) MakeRoom();
        entry = new Entry(new AesGcm(key, SealedDatagram.TagBytes), key.ToArray(), generation);
        _entries.Add(deviceKey, entry);
        return entry.Aes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registry.Changed -= OnChanged;
        foreach (Entry entry in _entries.Values) entry.Dispose();
        _entries.Clear();
    }

    private void MakeRoom()
    {
        _leaving.Clear();
        foreach (int deviceKey in _entries.Keys)
        {
            if (_leaving.Count >= _most / 8) break;
            _leaving.Add(deviceKey);
        }
        foreach (int deviceKey in _leaving)
            if (_entries.Remove(deviceKey, out Entry? entry)) entry.Dispose();
    }

    private void OnChanged() => Interlocked.Increment(ref _generation);
}
