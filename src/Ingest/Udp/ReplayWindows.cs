using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Tracking.Ingest.Decoding;

namespace Tracking.Ingest.Udp;

/// <summary>
/// The replay windows of all devices, kept in a file across restarts: once a second while datagrams come, and at the end. A
/// process that was killed may have taken counters of its last second that the file does not know; since counters are
/// microseconds, the windows then start <see cref="MarginAfterKill"/> above what the file says.
/// </summary>
internal sealed class ReplayWindows
{
    /// <summary>Two seconds of counters.</summary>
    public const ulong MarginAfterKill = 2_000_000;

    private const ulong Magic = 0x54524b5355445031;
    private const int HeadBytes = 13, EntryBytes = 12;

    private readonly Dictionary<int, ReplayWindow> _windows = [];
    private readonly string? _path;
    private bool _changed;

    /// <summary>Reads the windows; a file that is missing or damaged is an empty one.</summary>
    public ReplayWindows(string? path)
    {
        _path = path;
        if (path is null || !File.Exists(path)) return;
        WasDamaged = !TryLoad(File.ReadAllBytes(path));
        // From here on a kill must be noticed, even one before the first datagram is saved.
        _changed = true;
        Save(isClean: false);
    }

    /// <summary>Whether there was a file that could not be read.</summary>
    public bool WasDamaged { get; }

    /// <summary>The window of a device; a new device may start with any counter.</summary>
    public bool TryGet(int deviceKey, [NotNullWhen(true)] out ReplayWindow? window) => _windows.TryGetValue(deviceKey, out window);

    /// <summary>Marks a counter as taken.</summary>
    public void Take(int deviceKey, ulong counter)
    {
        if (!_windows.TryGetValue(deviceKey, out ReplayWindow? window)) _windows.Add(deviceKey, window = new ReplayWindow());
        window.Take(counter);
        _changed = true;
    }

    /// <summary>Writes the file when anything changed.</summary>
    /// <param name="isClean">Whether no counter will be taken any more.</param>
    /// <exception cref="IOException">It cannot be written; what was there stays.</exception>
    public void Save(bool isClean)
    {
        if (_path is null || (!_changed && !isClean)) return;
        byte[] bytes = new byte[HeadBytes + _windows.Count * EntryBytes + 8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Magic);
        bytes[8] = isClean ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(9), _windows.Count);
        int at = HeadBytes;
        foreach ((int deviceKey, ReplayWindow window) in _windows)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), deviceKey);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at + 4), window.Highest);
            at += EntryBytes;
        }
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), Hashing.Of(bytes.AsSpan(0, at)));
        string fresh = _path + ".new";
        using (FileStream file = File.Create(fresh))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: isClean);
        }
        File.Move(fresh, _path, overwrite: true);
        _changed = false;
    }

    private bool TryLoad(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes + 8 || BinaryPrimitives.ReadUInt64BigEndian(bytes) != Magic) return false;
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes[9..]), end = bytes.Length - 8;
        if (count < 0 || HeadBytes + (long)count * EntryBytes != end) return false;
        if (BinaryPrimitives.ReadUInt64BigEndian(bytes[end..]) != Hashing.Of(bytes[..end])) return false;
        ulong margin = bytes[8] == 1 ? 0 : MarginAfterKill;
        for (int at = HeadBytes; at < end; at += EntryBytes)
        {
            var window = new ReplayWindow();
            ulong highest = BinaryPrimitives.ReadUInt64BigEndian(bytes[(at + 4)..]);
            window.RefuseUpTo(highest > ulong.MaxValue - margin ? ulong.MaxValue : highest + margin);
            _windows[BinaryPrimitives.ReadInt32BigEndian(bytes[at..])] = window;
        }
        return true;
    }
}
