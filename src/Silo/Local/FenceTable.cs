using Tracking.Contracts;
using Tracking.Tracker;

namespace Tracking.Silo.Local;

/// <summary>
/// The geofences as the trackers know them, in the order of the journal. Changed by the dispatcher while all partitions are
/// idle; read by them otherwise.
/// </summary>
internal sealed class FenceTable
{
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly Dictionary<int, Geofence> _deleted = [];

    /// <summary>The index that trackers ask.</summary>
    public GeofenceIndex Index { get; } = new();

    /// <summary>The fence with a key, one that the newest changes deleted included: its exits are told by name.</summary>
    public Geofence? Find(int key) => _fences.GetValueOrDefault(key) ?? _deleted.GetValueOrDefault(key);

    /// <summary>Takes a fence that the store restored.</summary>
    public void Restore(Geofence fence)
    {
        _fences[fence.Key] = fence;
        Index.Put(fence);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        foreach (int key in _fences.Keys) Index.Remove(key);
        _fences.Clear();
        _deleted.Clear();
    }

    /// <summary>Takes changes. Those that say nothing new are left out: a change may stand twice in the journal after a restart.</summary>
    /// <returns>What was new.</returns>
    public List<GeofenceChange> Apply(IReadOnlyList<GeofenceChange> changes)
    {
        _deleted.Clear();
        var applied = new List<GeofenceChange>(changes.Count);
        foreach (GeofenceChange change in changes)
        {
            _fences.TryGetValue(change.Key, out Geofence? known);
            if (change.Geofence is { } next)
            {
                if (known is not null && known.Version >= next.Version) continue;
                _fences[change.Key] = next;
                Index.Put(next);
            }
            else
            {
                if (known is null) continue;
                _fences.Remove(change.Key);
                _deleted[change.Key] = known;
                Index.Remove(change.Key);
            }
            applied.Add(change);
        }
        return applied;
    }

    /// <summary>What must be changed so that the trackers know what the registry has.</summary>
    public List<GeofenceChange> DifferencesTo(IReadOnlyList<Geofence> registered, Instant now)
    {
        var changes = new List<GeofenceChange>();
        var keys = new HashSet<int>();
        foreach (Geofence fence in registered)
        {
            keys.Add(fence.Key);
            if (!_fences.TryGetValue(fence.Key, out Geofence? known) || known.Version < fence.Version)
                changes.Add(new GeofenceChange(fence.Key, fence, now));
        }
        foreach (int key in _fences.Keys)
        {
            if (!keys.Contains(key)) changes.Add(new GeofenceChange(key, null, now));
        }
        return changes;
    }
}
