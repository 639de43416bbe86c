using Tracking.Contracts;

namespace Tracking.Store;

/// <summary>
/// The durable order of everything that was accepted. Records are committed in groups with fsync; devices are answered
/// after that. Consumers read behind it with cursors of their own; what all have passed is cut off. Bounded in memory
/// and on disk: when full it refuses, it never blocks and never drops.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    /// <summary>Opens the journal, or creates it.</summary>
    public static Journal Open(string path, JournalOptions options, Metrics metrics, TimeProvider clock) => throw new NotImplementedException();

    /// <summary>The sequence number of the last durable record; 0: none.</summary>
    public long DurableSequence => throw new NotImplementedException();

    /// <summary>
    /// Puts records in the next group; they are copied before it returns. Records of one call stay together and in order.
    /// </summary>
    public JournalTicket Append(ReadOnlySpan<JournalRecord> records) => throw new NotImplementedException();

    /// <summary>Declares a consumer, before it reads: records after its cursor are kept for it.</summary>
    /// <param name="consumer">Its name, used as a label in the metrics.</param>
    /// <param name="cursor">The last sequence number that it has durably dealt with.</param>
    public void Register(string consumer, long cursor) => throw new NotImplementedException();

    /// <summary>Tells that a consumer has durably dealt with everything up to and including a sequence number.</summary>
    public void Acknowledge(string consumer, long cursor) => throw new NotImplementedException();

    /// <summary>
    /// Reads the next durable block behind a sequence number, waiting for one if need be. Recent blocks come from memory.
    /// The caller disposes the block.
    /// </summary>
    public ValueTask<JournalBlock> ReadAsync(long after, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>The limits of a journal.</summary>
public sealed record JournalOptions
{
    /// <summary>Bytes that may wait for the disk; beyond, <see cref="Journal.Append"/> refuses.</summary>
    public int MaxPendingBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of one group at the most.</summary>
    public int MaxGroupBytes { get; init; } = 1 << 20;

    /// <summary>Bytes on disk beyond which <see cref="Journal.Append"/> refuses.</summary>
    public long MaxDiskBytes { get; init; } = 8L << 30;
}

/// <summary>What <see cref="Journal.Append"/> answers.</summary>
public readonly struct JournalTicket
{
    /// <summary>False: the journal is full or broken and nothing was taken; try later.</summary>
    public bool Accepted => throw new NotImplementedException();

    /// <summary>Completes when the records are on disk: true; false when the commit failed.</summary>
    public ValueTask<bool> WhenDurableAsync() => throw new NotImplementedException();
}

/// <summary>What a record is.</summary>
public enum JournalRecordKind : byte
{
    /// <summary>A fix or heartbeat; the payload holds attributes as a JSON object, or nothing.</summary>
    Fix = 1,
    /// <summary>A device event; the payload is a JSON object.</summary>
    DeviceEvent = 2,
    /// <summary>A geofence was created, changed or deleted; the payload is a <see cref="GeofenceChange"/> as JSON.</summary>
    GeofenceChanged = 3,
}

/// <summary>One record of the journal.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="RepKey">Whose; 0 for what concerns nobody in particular.</param>
/// <param name="DeviceKey">From which device; 0: none.</param>
/// <param name="Fix">The fix; for other kinds only <see cref="Fix.ReceivedAt"/> counts.</param>
/// <param name="Payload">See <see cref="JournalRecordKind"/>; 64 KiB at most.</param>
public readonly record struct JournalRecord(JournalRecordKind Kind, int RepKey, int DeviceKey, Fix Fix, ReadOnlyMemory<byte> Payload);

/// <summary>A group of durable records. Shared by its readers; each disposes what it was handed.</summary>
public sealed class JournalBlock : IDisposable
{
    /// <summary>Sequence number of the first record.</summary>
    public long FirstSequence => throw new NotImplementedException();

    /// <summary>Sequence number of the last record.</summary>
    public long LastSequence => throw new NotImplementedException();

    /// <summary>Walks over the records in order, without allocating; their payloads live as long as the block.</summary>
    public Enumerator GetEnumerator() => throw new NotImplementedException();

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => throw new NotImplementedException();

    /// <summary>Walks over a block.</summary>
    public ref struct Enumerator
    {
        /// <summary>The record.</summary>
        public JournalRecord Current => throw new NotImplementedException();

        /// <summary>Its sequence number.</summary>
        public long Sequence => throw new NotImplementedException();

        /// <summary>Steps on.</summary>
        public bool MoveNext() => throw new NotImplementedException();
    }
}
