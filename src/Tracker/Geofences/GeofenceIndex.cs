using Tracking.Contracts;

namespace Tracking.Tracker;

/// <summary>Finds the geofences around a point, exactly, among many; one fence changes without the rest being rebuilt.</summary>
public sealed class GeofenceIndex
{
    /// <summary>How many fences there are.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Adds a fence or replaces the one with the same key.</summary>
    public void Put(Geofence geofence) => throw new NotImplementedException();

    /// <summary>Removes a fence; false when there is none with that key.</summary>
    public bool Remove(int key) => throw new NotImplementedException();
}
