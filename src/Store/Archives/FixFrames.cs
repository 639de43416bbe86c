using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tracking.Store.Tracks;

namespace Tracking.Store.Archives;

/// <summary>Takes the fixes of an installation one by one: by rep, then by instant, then by arrival.</summary>
internal delegate void TakeFix(int rep, in StoredFix fix);

/// <summary>
/// Writes fixes as frames: four bytes of length, little endian, then as variable-length numbers the rep and the lengths of the two
/// parts that follow, a <see cref="ChunkWriter"/>'s chunk and its attributes. A frame is full unless it is its rep's last, so the
/// same fixes give the same bytes whatever store they come from.
/// </summary>
internal sealed class FixFrameWriter(Stream to)
{
    /// <summary>Fixes of a full frame.</summary>
    public const int FrameFixes = 4096;

    private readonly List<StoredFix> _open = new(FrameFixes);
    private readonly ChunkWriter _writer = new();
    private readonly ByteBuffer _frame = new(), _chunk = new();
    private int _rep;

    /// <summary>How many fixes were added.</summary>
    public long Count { get; private set; }

    public void Add(int rep, in StoredFix fix)
    {
        if (rep != _rep || _open.Count == FrameFixes) End();
        _rep = rep;
        _open.Add(fix);
        Count++;
    }

    /// <summary>Writes the frame that is open.</summary>
    public void End()
    {
        if (_open.Count == 0) return;
        ReadOnlySpan<StoredFix> fixes = CollectionsMarshal.AsSpan(_open);
        _chunk.Clear();
        _writer.Write(_chunk, fixes);
        int chunkBytes = _chunk.Length;
        ChunkWriter.WriteAttributes(_chunk, fixes);
        _frame.Clear();
        _frame.Varint((uint)_rep);
        _frame.Varint((uint)chunkBytes);
        _frame.Varint((uint)(_chunk.Length - chunkBytes));
        _frame.Bytes(_chunk.Written);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, _frame.Length);
        to.Write(length);
        to.Write(_frame.Written);
        _open.Clear();
    }
}

/// <summary>Reads what <see cref="FixFrameWriter"/> wrote.</summary>
internal sealed class FixFrameReader(Stream from)
{
    private const int MostBytes = 1 << 30;

    private readonly ChunkReader _reader = new();
    private byte[] _frame = [];

    /// <summary>Reads the next frame; false: there is none.</summary>
    /// <exception cref="InvalidDataException">The bytes are no frame.</exception>
    public bool TryRead(out int rep, List<StoredFix> fixes)
    {
        rep = 0;
        fixes.Clear();
        Span<byte> prefix = stackalloc byte[4];
        int read = from.ReadAtLeast(prefix, 4, throwOnEndOfStream: false);
        if (read == 0) return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (read < 4 || length is < 0 or > MostBytes) throw new InvalidDataException("A frame of fixes has no length.");
        if (_frame.Length < length) _frame = new byte[length];
        if (from.ReadAtLeast(_frame.AsSpan(0, length), length, throwOnEndOfStream: false) < length) throw new InvalidDataException("A frame of fixes is cut off.");
        ReadOnlySpan<byte> bytes = _frame.AsSpan(0, length);
        int at = 0;
        rep = (int)Varint.Read(bytes, ref at);
        ulong chunkBytes = Varint.Read(bytes, ref at), attributeBytes = Varint.Read(bytes, ref at);
        if (chunkBytes + attributeBytes != (ulong)(length - at)) throw new InvalidDataException("A frame of fixes has other lengths than it says.");
        _reader.Read(bytes.Slice(at, (int)chunkBytes), bytes[(at + (int)chunkBytes)..], fixes);
        return true;
    }
}
