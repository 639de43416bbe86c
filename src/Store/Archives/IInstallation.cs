namespace Tracking.Store.Archives;

/// <summary>All that a store keeps, for one who takes it away or brings it. Used by one thread; held alone meanwhile.</summary>
internal interface IInstallation : IDisposable
{
    /// <summary>Which kind of store, for people.</summary>
    string Kind { get; }

    /// <summary>The name of its node whose folder lies beside it.</summary>
    string Node { get; }

    /// <summary>How many rows a table has.</summary>
    long CountOf(ArchiveTable table);

    /// <summary>Reads a table in order; the array is used again for the next row.</summary>
    void Read(ArchiveTable table, Action<object?[]> take);

    /// <summary>How many fixes there are.</summary>
    long CountFixes();

    /// <summary>Reads all fixes in order.</summary>
    void ReadFixes(TakeFix take);

    /// <summary>The highest number that was given of each kind.</summary>
    List<object?[]> ReadCounters();

    /// <summary>Notes an act in the audit log.</summary>
    void Audit(in AuditEntry entry);

    /// <summary>What is there already, for people; null: nothing is.</summary>
    string? FindContent();

    /// <summary>The row as this store keeps it; null: it does not keep it.</summary>
    /// <param name="table">Whose row.</param>
    /// <param name="row">May be changed.</param>
    /// <param name="node">The node whose place this store's own one takes.</param>
    object?[]? Adapt(ArchiveTable table, object?[] row, string node);

    /// <summary>Writes the rows of a table.</summary>
    void Write(ArchiveTable table, IEnumerable<object?[]> rows);

    /// <summary>Writes fixes in their order.</summary>
    void WriteFixes(FixFrameReader frames, Action<long> progress);

    /// <summary>Sets the highest numbers.</summary>
    void WriteCounters(IReadOnlyList<object?[]> counters);

    /// <summary>Makes durable what was written; without it nothing of it stays, or it stays marked as unfinished.</summary>
    void Commit();
}
