namespace Tracking.Store;

/// <summary>The newest blocks, oldest first, bounded in bytes. Not safe for two threads at once.</summary>
internal sealed class RecentBlocks(int maxBytes)
{
    private JournalBlock?[] _ring = new JournalBlock?[64];
    private int _head, _count;
    private long _bytes;

    private JournalBlock At(int index) => _ring[(_head + index) & (_ring.Length - 1)]!;

    /// <summary>Takes a block over; the oldest make room, but one is always kept.</summary>
    public void Add(JournalBlock block)
    {
        if (_count == _ring.Length) Grow();
        _ring[(_head + _count++) & (_ring.Length - 1)] = block;
        _bytes += block.MemoryBytes;
        while (_bytes > maxBytes && _count > 1) DropOldest();
    }

    /// <summary>The first block that reaches behind a sequence number, shared; null: none.</summary>
    /// <param name="after">The sequence number.</param>
    /// <param name="evenWithGap">Whether records between may be missing.</param>
    public JournalBlock? Find(long after, bool evenWithGap)
    {
        if (_count == 0 || At(_count - 1).LastSequence <= after || (!evenWithGap && after + 1 < At(0).FirstSequence)) return null;
        int low = 0, high = _count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (At(middle).LastSequence > after) high = middle;
            else low = middle + 1;
        }
        return At(low).ShareAfter(after);
    }

    public void Clear()
    {
        while (_count > 0) DropOldest();
    }

    private void DropOldest()
    {
        JournalBlock oldest = At(0);
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        _bytes -= oldest.MemoryBytes;
        oldest.Dispose();
    }

    private void Grow()
    {
        var larger = new JournalBlock?[_ring.Length * 2];
        for (int i = 0; i < _count; i++) larger[i] = At(i);
        (_ring, _head) = (larger, 0);
    }
}
