using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceStates
{
    /// <summary>Ends every stay, because the rep is watched no more; nothing of this state may be used afterwards.</summary>
    /// <param name="at">When.</param>
    /// <param name="confirmedAt">When that was known.</param>
    /// <param name="passages">Takes the exits, in the order of the fences' keys.</param>
    public void EndAll(Instant at, Instant confirmedAt, List<Passage> passages)
    {
        for (int i = 0; i < _count; i++)
        {
            ref Entry entry = ref _entries[i];
            if (entry.IsInside) Exit(ref entry, at, confirmedAt, null, GeofenceReason.ShiftEnded, passages);
        }
    }
}
