using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Silo;

/// <summary>One rep in a host: its tracker and what the host keeps beside it.</summary>
internal sealed class RepCell(RepTracker tracker)
{
    /// <summary>The tracker; replaced when its state is put back.</summary>
    public RepTracker Tracker = tracker;

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
