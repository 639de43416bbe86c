using System.Buffers;
using Tracking.Contracts;
using Tracking.Store;

namespace Tracking.Silo.Local;

/// <summary>What a partition is told to do.</summary>
internal enum WorkKind : byte
{
    /// <summary>Apply a part of a block.</summary>
    Segment,
    /// <summary>Let time decide.</summary>
    Tick,
    /// <summary>Evaluate geofences and shifts that changed.</summary>
    Changes,
    /// <summary>Hand over what came since the last checkpoint.</summary>
    Checkpoint,
    /// <summary>Publish every rep, and each change from now on.</summary>
    GoLive,
    /// <summary>Keep nothing for the store any more.</summary>
    RunAhead,
    /// <summary>Forget everything: the store's last checkpoint is about to be restored.</summary>
    Reset,
    /// <summary>Only tell that everything before is done.</summary>
    Barrier,
}

/// <summary>One item of a partition's mailbox.</summary>
internal readonly record struct PartitionWork(WorkKind Kind)
{
    /// <summary>The block, for a segment.</summary>
    public SharedBlock? Block { get; init; }

    /// <summary>First sequence number of the segment.</summary>
    public long From { get; init; }

    /// <summary>Last sequence number of the segment; for a reset, of what was counted before.</summary>
    public long To { get; init; }

    /// <summary>When a segment was posted, while fixes are traced; the default otherwise.</summary>
    public DateTimeOffset PostedAt { get; init; }

    /// <summary>The present, for a tick.</summary>
    public Instant Now { get; init; }

    /// <summary>The changes, in order.</summary>
    public IReadOnlyList<SharedChange>? Changes { get; init; }

    /// <summary>Completed when the item is done.</summary>
    public Countdown? Done { get; init; }
}

/// <summary>A task that completes when so many have signalled.</summary>
internal sealed class Countdown(int count, LoopTasks tasks)
{
    private readonly TaskCompletionSource _source = tasks.NewPromise();
    private int _left = count;

    /// <summary>Completes with the last signal.</summary>
    public Task Task => _source.Task;

    /// <summary>One is done.</summary>
    public void Signal()
    {
        if (Interlocked.Decrement(ref _left) == 0) _source.TrySetResult();
    }
}

/// <summary>A journal block that several partitions read; the last one gives it back. Its maker is its first user.</summary>
internal sealed class SharedBlock(JournalBlock block)
{
    private int _users = 1;

    /// <summary>The block.</summary>
    public JournalBlock Block { get; } = block;

    /// <summary>One user more.</summary>
    public void Retain() => Interlocked.Increment(ref _users);

    /// <summary>One user is done with it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) Block.Dispose();
    }
}

/// <summary>What one partition hands over for a checkpoint; two of them are used in turn.</summary>
internal sealed class PartitionShare
{
    private const int KeepBytes = 16 << 20;
    private readonly List<(int RepKey, int Offset, int Length)> _states = [];
    private ArrayBufferWriter<byte> _bytes = new(64 << 10);

    /// <summary>Fixes that were decided.</summary>
    public List<RepFix> Fixes { get; private set; } = [];

    /// <summary>What devices told.</summary>
    public List<RepDeviceEvent> DeviceEvents { get; private set; } = [];

    /// <summary>Fixes on their way into quarantine.</summary>
    public List<Task> Quarantined { get; } = [];

    /// <summary>Adds a rep's state.</summary>
    public void Save(RepCell cell)
    {
        int offset = _bytes.WrittenCount;
        RepTurn.Save(cell, _bytes);
        _states.Add((cell.RepKey, offset, _bytes.WrittenCount - offset));
    }

    /// <summary>Adds everything to what a checkpoint writes.</summary>
    public void CopyTo(List<RepFix> fixes, List<RepState> states, List<RepDeviceEvent> deviceEvents)
    {
        fixes.AddRange(Fixes);
        deviceEvents.AddRange(DeviceEvents);
        ReadOnlyMemory<byte> bytes = _bytes.WrittenMemory;
        foreach ((int repKey, int offset, int length) in _states) states.Add(new RepState(repKey, bytes.Slice(offset, length)));
    }

    /// <summary>Makes it ready for use again; the memory of an exceptional load is given back.</summary>
    public void Clear()
    {
        if (Fixes.Capacity > KeepBytes / 128) Fixes = [];
        Fixes.Clear();
        if (DeviceEvents.Capacity > KeepBytes / 128) DeviceEvents = [];
        DeviceEvents.Clear();
        _states.Clear();
        Quarantined.Clear();
        if (_bytes.Capacity > KeepBytes) _bytes = new ArrayBufferWriter<byte>(64 << 10);
        _bytes.ResetWrittenCount();
    }
}
