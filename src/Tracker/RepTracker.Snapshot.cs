using System.Buffers;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>The tracker's snapshot: a version byte, then the state of each rule in a fixed order.</content>
public sealed partial class RepTracker
{
    private const byte SnapshotVersion = 4;

    /// <summary>Writes the whole state.</summary>
    public void Save(IBufferWriter<byte> writer)
    {
        var snapshot = new SnapshotWriter(writer);
        snapshot.Byte(SnapshotVersion);
        _admission.Save(snapshot);
        SaveDuty(snapshot);
        SaveCheckIn(snapshot);
        _signal.Save(snapshot);
        _alarms.Save(snapshot);
        snapshot.Bool(_vague is not null);
        _vague?.Save(snapshot);
        _stops.Save(snapshot);
        _mock.Save(snapshot);
        _behaviour.Save(snapshot);
        snapshot.Bool(_hasNewest);
        if (_hasNewest) snapshot.Fix(_newest);
        snapshot.Int(_newestDevice);
        if (_admission.HasHeld) snapshot.Int(_heldDevice);
        _fences.Save(writer, _hasNewest ? _newest.FixedAt : Instant.Min);
    }

    /// <summary>Restores a tracker from what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no snapshot, or one of an unknown version.</exception>
    public static RepTracker Load(int repKey, ReadOnlySpan<byte> snapshot, TrackerContext context)
    {
        var reader = new SnapshotReader(snapshot);
        byte version = reader.Byte();
        if (version != SnapshotVersion)
            throw new InvalidDataException($"The tracker snapshot has version {version}; this program reads version {SnapshotVersion}.");
        var tracker = new RepTracker(repKey, context);
        tracker._admission.Load(ref reader);
        tracker.LoadDuty(ref reader);
        tracker.LoadCheckIn(ref reader);
        tracker._signal.Load(ref reader);
        tracker._alarms.Load(ref reader);
        if (reader.Bool()) tracker._vague = Marker.Load(ref reader);
        tracker._stops.Load(ref reader);
        tracker._mock.Load(ref reader);
        tracker._behaviour.Load(ref reader);
        tracker._hasNewest = reader.Bool();
        if (tracker._hasNewest) tracker._newest = reader.Fix();
        tracker._newestDevice = (int)reader.Int();
        if (tracker._admission.HasHeld) tracker._heldDevice = (int)reader.Int();
        ReadOnlySpan<byte> fences = reader.Rest;
        tracker._fences = GeofenceStates.Load(ref fences);
        if (!fences.IsEmpty) throw new InvalidDataException($"A tracker snapshot has {fences.Length} bytes too many.");
        return tracker;
    }
}
