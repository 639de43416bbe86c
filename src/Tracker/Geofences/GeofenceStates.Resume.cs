using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>A stay in a geofence that has not ended.</summary>
/// <param name="GeofenceKey">Where.</param>
/// <param name="EnteredAt">Since when.</param>
/// <param name="Dwelled">Whether its dwelling was told.</param>
public readonly record struct FenceStay(int GeofenceKey, Instant EnteredAt, bool Dwelled);

public sealed partial class GeofenceStates
{
    /// <summary>Begins with stays that are known from elsewhere; those in fences that there are not are left out.</summary>
    /// <param name="stays">Each fence once.</param>
    /// <param name="at">The instant from which fixes follow, by the device's clock.</param>
    /// <param name="index">The fences.</param>
    internal void Resume(IReadOnlyList<FenceStay> stays, Instant at, GeofenceIndex index)
    {
        foreach (FenceStay stay in stays)
        {
            if (index.Get(stay.GeofenceKey) is not { } fence || IndexOf(stay.GeofenceKey) >= 0) continue;
            // Adding may move the entries to another array.
            int place = Add(stay.GeofenceKey);
            ref Entry entry = ref _entries[place];
            entry.EnteredAt = stay.EnteredAt;
            entry.Dwelled = stay.Dwelled;
            if (!stay.Dwelled) entry.DwellAt = DwellAt(fence, stay.EnteredAt);
            entry.Phase = OpenAt(fence, ref entry, at) ? Phase.Inside : Phase.Closed;
        }
        _inside = null;
        Settle();
    }

    /// <summary>The stays that have not ended, by key.</summary>
    internal List<FenceStay> ListStays()
    {
        var stays = new List<FenceStay>();
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].IsInside) stays.Add(new FenceStay(_entries[i].Key, _entries[i].EnteredAt, _entries[i].Dwelled));
        }
        return stays;
    }
}
