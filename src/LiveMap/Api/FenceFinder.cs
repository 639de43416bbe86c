using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.LiveMap.Api;

/// <summary>Finds the geofences around the stops of a report. Tells where somebody stood, not whether they had entered: there is no hysteresis.</summary>
internal sealed class FenceFinder(Registry registry)
{
    private readonly Lock _gate = new();
    private readonly GeofenceIndex _index = new();
    private readonly Dictionary<int, long> _versionOfKey = [];
    private IReadOnlyList<Geofence>? _indexed;

    /// <summary>Ids of the geofences that contain a point and concern a rep.</summary>
    public List<string> Containing(GeoPoint point, Rep rep)
    {
        List<Geofence> found = [];
        lock (_gate)
        {
            Follow(registry.Geofences);
            _index.Containing(point, found);
        }
        return [.. found.Where(fence => fence.Concerns(rep)).Select(static fence => fence.Id)];
    }

    /// <summary>Takes over what has changed since the last question.</summary>
    private void Follow(IReadOnlyList<Geofence> geofences)
    {
        if (ReferenceEquals(_indexed, geofences)) return;
        var gone = new HashSet<int>(_versionOfKey.Keys);
        foreach (Geofence geofence in geofences)
        {
            gone.Remove(geofence.Key);
            if (_versionOfKey.TryGetValue(geofence.Key, out long version) && version == geofence.Version) continue;
            _index.Put(geofence);
            _versionOfKey[geofence.Key] = geofence.Version;
        }
        foreach (int key in gone)
        {
            _index.Remove(key);
            _versionOfKey.Remove(key);
        }
        _indexed = geofences;
    }
}
