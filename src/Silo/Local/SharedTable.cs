using Tracking.Contracts;
using Tracking.Store;
using Tracking.Tracker;

namespace Tracking.Silo.Local;

/// <summary>One change of what all trackers share, as the journal has it: a geofence, or a definition that they obey.</summary>
internal readonly record struct SharedChange(GeofenceChange? Geofence, DefinitionChange? Definition)
{
    public Instant At => Geofence?.At ?? Definition!.At;

    /// <summary>
    /// Whether the two may be taken at once: geofences of one instant, which have nothing to do with each other. A shift decides
    /// what a geofence has to tell, so it is taken alone.
    /// </summary>
    public bool GoesWith(in SharedChange other) =>
        Geofence is { } fence && other.Geofence is { } next && fence.Key != next.Key && fence.At == next.At;

    public JournalRecord ToRecord()
    {
        var fix = new Fix { ReceivedAt = At };
        return Geofence is { } fence
            ? new JournalRecord(JournalRecordKind.GeofenceChanged, 0, 0, fix, GeofenceChangeJsonConverter.ToUtf8(fence))
            : new JournalRecord(JournalRecordKind.DefinitionChanged, 0, 0, fix, Definition!.ToUtf8());
    }
}

/// <summary>
/// The geofences and shifts as the trackers know them, in the order of the journal. Changed by the dispatcher while all
/// partitions are idle; read by them otherwise.
/// </summary>
internal sealed class SharedTable
{
    private readonly Dictionary<(DefinitionKind Kind, string Id), Definition> _definitions = [];
    private readonly Dictionary<int, Geofence> _fences = [];
    private readonly Dictionary<int, Geofence> _deleted = [];

    /// <summary>The index that trackers ask.</summary>
    public GeofenceIndex Index { get; } = new();

    /// <summary>The shifts that trackers ask.</summary>
    public ShiftIndex Shifts { get; } = new();

    /// <summary>The fence with a key, one that the newest changes deleted included: its exits are told by name.</summary>
    public Geofence? Find(int key) => _fences.GetValueOrDefault(key) ?? _deleted.GetValueOrDefault(key);

    /// <summary>Takes a fence that the store restored.</summary>
    public void Restore(Geofence fence)
    {
        _fences[fence.Key] = fence;
        Index.Put(fence);
    }

    /// <summary>Takes a definition that the store restored.</summary>
    public void Restore(Definition definition)
    {
        _definitions[(definition.Kind, definition.Id)] = definition;
        Put(definition);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        foreach ((DefinitionKind _, string id) in _definitions.Keys) Shifts.Remove(id);
        _definitions.Clear();
        foreach (int key in _fences.Keys) Index.Remove(key);
        _fences.Clear();
        _deleted.Clear();
    }

    /// <summary>Takes changes. Those that say nothing new are left out: a change may stand twice in the journal after a restart.</summary>
    /// <returns>What was new.</returns>
    public List<SharedChange> Apply(IReadOnlyList<SharedChange> changes)
    {
        _deleted.Clear();
        var applied = new List<SharedChange>(changes.Count);
        foreach (SharedChange change in changes)
        {
            if (change.Geofence is { } fence ? TryApply(fence) : TryApply(change.Definition!)) applied.Add(change);
        }
        return applied;
    }

    private bool TryApply(GeofenceChange change)
    {
        _fences.TryGetValue(change.Key, out Geofence? known);
        if (change.Geofence is { } next)
        {
            if (known is not null && known.Version >= next.Version) return false;
            _fences[change.Key] = next;
            Index.Put(next);
            return true;
        }
        if (known is null) return false;
        _fences.Remove(change.Key);
        _deleted[change.Key] = known;
        Index.Remove(change.Key);
        return true;
    }

    private bool TryApply(DefinitionChange change)
    {
        _definitions.TryGetValue((change.Kind, change.Id), out Definition? known);
        if (change.Definition is { } next)
        {
            if (known is not null && known.Version >= next.Version) return false;
            _definitions[(change.Kind, change.Id)] = next;
            Put(next);
            return true;
        }
        if (known is null) return false;
        _definitions.Remove((change.Kind, change.Id));
        Shifts.Remove(change.Id);
        return true;
    }

    // Checked before it was put; one that cannot be read all the same, such as of a later version, concerns nobody.
    private void Put(Definition definition)
    {
        if (definition.Kind == DefinitionKind.Shift && ShiftJson.TryRead(definition.Json, definition.Id, definition.Version, out Shift? shift, out _)) Shifts.Put(shift);
        else Shifts.Remove(definition.Id);
    }

    /// <summary>What must be changed so that the trackers know what the registry has.</summary>
    public List<SharedChange> DifferencesTo(IReadOnlyList<Geofence> registered, IReadOnlyList<Definition> shifts, Instant now)
    {
        var changes = new List<SharedChange>();
        var keys = new HashSet<int>();
        foreach (Geofence fence in registered)
        {
            keys.Add(fence.Key);
            if (!_fences.TryGetValue(fence.Key, out Geofence? known) || known.Version < fence.Version)
                changes.Add(new SharedChange(new GeofenceChange(fence.Key, fence, now), null));
        }
        foreach (int key in _fences.Keys)
        {
            if (!keys.Contains(key)) changes.Add(new SharedChange(new GeofenceChange(key, null, now), null));
        }
        var ids = new HashSet<(DefinitionKind, string)>();
        foreach (Definition shift in shifts)
        {
            ids.Add((shift.Kind, shift.Id));
            if (!_definitions.TryGetValue((shift.Kind, shift.Id), out Definition? known) || known.Version < shift.Version)
                changes.Add(new SharedChange(null, new DefinitionChange(shift.Kind, shift.Id, shift, now)));
        }
        foreach ((DefinitionKind Kind, string Id) id in _definitions.Keys)
        {
            if (!ids.Contains(id)) changes.Add(new SharedChange(null, new DefinitionChange(id.Kind, id.Id, null, now)));
        }
        return changes;
    }
}
