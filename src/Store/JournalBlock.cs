using System.Buffers;

namespace Tracking.Store;

/// <summary>A group of durable records. Shared by its readers; each disposes what it was handed.</summary>
public sealed class JournalBlock : IDisposable
{
    private readonly JournalBlock? _whole;
    private readonly int _length, _skip;
    private byte[]? _bytes;
    private int _readers = 1;

    private JournalBlock(long firstSequence, int count, byte[] bytes, int length)
    {
        FirstSequence = firstSequence;
        Count = count;
        _bytes = bytes;
        _length = length;
    }

    private JournalBlock(JournalBlock whole, int skip)
    {
        _whole = whole;
        _skip = skip;
        FirstSequence = whole.FirstSequence + skip;
        Count = whole.Count - skip;
    }

    /// <summary>Sequence number of the first record.</summary>
    public long FirstSequence { get; }

    /// <summary>Sequence number of the last record.</summary>
    public long LastSequence => FirstSequence + Count - 1;

    /// <summary>How many records.</summary>
    public int Count { get; }

    /// <summary>What it holds of memory, in bytes.</summary>
    internal int MemoryBytes => (_bytes?.Length ?? 0) + 128;

    /// <summary>Makes a block of a copy of some bytes.</summary>
    internal static JournalBlock Copy(long firstSequence, int count, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        return new JournalBlock(firstSequence, count, copy, bytes.Length);
    }

    /// <summary>Makes a block of a rented array, which it gives back.</summary>
    internal static JournalBlock Take(long firstSequence, int count, byte[] rented, int length) => new(firstSequence, count, rented, length);

    /// <summary>Adds a reader, who disposes the block as well.</summary>
    /// <exception cref="ObjectDisposedException">All readers are done with it.</exception>
    public JournalBlock Share()
    {
        int readers = Volatile.Read(ref _readers);
        while (readers > 0)
        {
            int before = Interlocked.CompareExchange(ref _readers, readers + 1, readers);
            if (before == readers) return this;
            readers = before;
        }
        throw new ObjectDisposedException(nameof(JournalBlock));
    }

    /// <summary>The part behind a sequence number, for one more reader.</summary>
    internal JournalBlock ShareAfter(long sequence) =>
        sequence < FirstSequence ? Share() : new JournalBlock(Share(), (int)(sequence - FirstSequence + 1));

    /// <summary>Walks over the records in order, without allocating; their payloads live as long as the block.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Gives the memory back, when the last reader does it.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _readers) != 0) return;
        _whole?.Dispose();
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes) ArrayPool<byte>.Shared.Return(bytes);
    }

    private ReadOnlyMemory<byte> Memory()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _readers) <= 0, this);
        return _whole?.Memory() ?? _bytes.AsMemory(0, _length);
    }

    /// <summary>Walks over a block.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlyMemory<byte> _memory;
        private readonly long _last;
        private int _position;

        internal Enumerator(JournalBlock block)
        {
            _memory = block.Memory();
            _last = block.LastSequence;
            Sequence = block.FirstSequence - 1;
            for (int i = 0; i < block._skip; i++) JournalCodec.Read(_memory, ref _position);
        }

        /// <summary>The record.</summary>
        public JournalRecord Current { get; private set; }

        /// <summary>Its sequence number.</summary>
        public long Sequence { get; private set; }

        /// <summary>Steps on.</summary>
        public bool MoveNext()
        {
            if (Sequence == _last) return false;
            Current = JournalCodec.Read(_memory, ref _position);
            Sequence++;
            return true;
        }
    }
}
