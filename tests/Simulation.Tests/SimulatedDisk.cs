using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Simulation.Tests;

/// <summary>
/// The disk of the journal. What was not committed is lost at a crash; a crash within a commit leaves all of it, a part
/// whose damaged tail is cut off, or nothing.
/// </summary>
internal sealed class SimulatedDisk(World world) : IJournalFile
{
    private readonly List<Row> _rows = [];
    private readonly List<Row> _begun = [];
    private long _highest;

    private readonly record struct Row(long First, int Count, byte[] Bytes);

    /// <summary>Every record that is durable, in order, those that were cut off behind all consumers included.</summary>
    public List<JournalRecord> History { get; } = [];

    public bool IsFull { get; set; }

    /// <summary>Called in a commit; true: the process dies in it.</summary>
    public Func<bool> DiesInCommit { get; set; } = static () => false;

    public long UsedBytes => _rows.Sum(static r => (long)r.Bytes.Length);

    public void Begin()
    {
        _begun.Clear();
        if (IsFull) throw new StoreUnavailableException("disk full");
    }

    public void Insert(long firstSequence, int count, ReadOnlySpan<byte> bytes) => _begun.Add(new Row(firstSequence, count, bytes.ToArray()));

    public void Commit()
    {
        if (IsFull) throw new StoreUnavailableException("disk full");
        bool dies = _begun.Count > 0 && DiesInCommit();
        int kept = dies ? world.Dice.Below(_begun.Count + 1) : _begun.Count;
        for (int index = 0; index < kept; index++) Keep(_begun[index]);
        _begun.Clear();
        if (dies) throw new StoreUnavailableException("the process died");
    }

    public void Rollback() => _begun.Clear();

    public void KeepHighest(long sequence) => _highest = Math.Max(_highest, sequence);

    public bool DeleteSome(long sequence)
    {
        _rows.RemoveAll(r => r.First + r.Count - 1 <= sequence);
        return false;
    }

    public bool IsPinned(Instant now) => false;

    public void Shrink() { }

    public long RecoverTail(Action<string> report)
    {
        _begun.Clear();
        return _rows.Count == 0 ? _highest : Math.Max(_highest, _rows[^1].First + _rows[^1].Count - 1);
    }

    public IJournalReader OpenReader() => new Reader(this);

    public void Dispose() { }

    private void Keep(in Row row)
    {
        _rows.Add(row);
        int at = 0;
        for (int index = 0; index < row.Count; index++) History.Add(JournalCodec.Read(row.Bytes, ref at));
    }

    private sealed class Reader(SimulatedDisk disk) : IJournalReader
    {
        public JournalBlock? Read(long after, Action<string> report)
        {
            foreach (Row row in disk._rows)
            {
                if (row.First + row.Count - 1 <= after) continue;
                using JournalBlock block = JournalBlock.Copy(row.First, row.Count, row.Bytes);
                return block.ShareAfter(after);
            }
            return null;
        }

        public void Dispose() { }
    }
}
