using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>One rep in a host: its tracker, or its state while the tracker is folded, and what the host keeps beside it.</summary>
internal sealed class RepCell(RepTracker tracker)
{
    // A tracker takes twice the memory of the bytes that restore it.
    private object _state = tracker;

    /// <summary>Whose it is.</summary>
    public int RepKey { get; } = tracker.RepKey;

    /// <summary>The tracker; replaced when its state is put back. Not to be asked for while it is folded.</summary>
    public RepTracker Tracker
    {
        get => (RepTracker)_state;
        set => _state = value;
    }

    /// <summary>The state of a folded tracker; null: it is not folded.</summary>
    public byte[]? Folded => _state as byte[];

    /// <summary>Gives the tracker up for what <see cref="RepTurn.Save"/> wrote of this cell.</summary>
    public void Fold(byte[] saved)
    {
        _state = saved;
        HeldAttributes = null;
    }

    /// <summary>Epoch milliseconds of the partition's newest tick when the rep last changed.</summary>
    public long ChangedAtMs;

    /// <summary>Attributes of the fix that the tracker holds as a possible spike; they wait for its outcome.</summary>
    public byte[]? HeldAttributes;

    /// <summary>Epoch milliseconds of this rep's entry in the partition's queue of ticks; <see cref="long.MaxValue"/>: none.</summary>
    public long DueAtMs = long.MaxValue;

    /// <summary>Place in the partition's list of states before the segment; counts only when this rep stands there.</summary>
    public int Preimage;

    /// <summary>The status under which the rep is counted.</summary>
    public SignalStatus Status;

    /// <summary>Changed since the last checkpoint was marked.</summary>
    public bool IsDirty;

    /// <summary>Belongs to the checkpoint being taken and is not saved yet.</summary>
    public bool AwaitsSave;

    /// <summary>Changed in this segment, so the live map is to hear of it.</summary>
    public bool IsTouched;
}
