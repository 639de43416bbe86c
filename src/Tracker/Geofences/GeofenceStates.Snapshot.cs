using System.Buffers;
using Tracking.Contracts;

namespace Tracking.Tracker;

public sealed partial class GeofenceStates
{
    private const byte SnapshotVersion = 2;
    private const int MaxEntries = 1_000_000;

    /// <summary>Writes the whole state.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="newest">
    /// The newest accepted fix. What was remembered of a fence only until before it is left out, whether a look has dropped it or none
    /// was needed since: the same state is the same bytes.
    /// </param>
    public void Save(IBufferWriter<byte> writer, Instant newest)
    {
        var snapshot = new SnapshotWriter(writer);
        snapshot.Byte(SnapshotVersion);
        snapshot.Bool(_hasBefore);
        if (_hasBefore)
        {
            snapshot.Time(_before.FixedAt);
            snapshot.Point(_before.Position);
            snapshot.Float(_before.AccuracyM);
        }
        _rest.Save(snapshot);
        snapshot.Time(_clock);
        int kept = 0;
        for (int i = 0; i < _count; i++) kept += IsOver(_entries[i], newest) ? 0 : 1;
        snapshot.UInt((ulong)kept);
        for (int i = 0; i < _count; i++)
        {
            if (!IsOver(_entries[i], newest)) SaveEntry(_entries[i], snapshot);
        }
    }

    private static bool IsOver(in Entry entry, Instant newest) => entry.Phase == Phase.Outside && entry.DoubtUntil < newest;

    /// <summary>Restores what <see cref="Save"/> wrote and moves <paramref name="bytes"/> behind it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such state.</exception>
    public static GeofenceStates Load(ref ReadOnlySpan<byte> bytes)
    {
        var reader = new SnapshotReader(bytes);
        byte version = reader.Byte();
        if (version != SnapshotVersion)
            throw new InvalidDataException($"The geofence states have version {version}; this program reads version {SnapshotVersion}.");
        var states = new GeofenceStates { _hasBefore = reader.Bool() };
        if (states._hasBefore) states._before = new Past(reader.Time(), reader.Point(), reader.Float());
        states._rest.Load(ref reader);
        states._clock = reader.Time();
        int count = reader.Count(MaxEntries);
        for (int i = 0; i < count; i++)
        {
            Entry entry = LoadEntry(ref reader);
            if (states.IndexOf(entry.Key) >= 0) throw new InvalidDataException($"The geofence states hold fence {entry.Key} twice.");
            int at = states.Add(entry.Key);
            states._entries[at] = entry;
        }
        states._inside = null;
        states.Settle();
        bytes = reader.Rest;
        return states;
    }

    private static void SaveEntry(in Entry entry, SnapshotWriter snapshot)
    {
        snapshot.Int(entry.Key);
        snapshot.Byte((byte)entry.Phase);
        snapshot.Byte(entry.Doubt);
        snapshot.Byte(entry.Returns);
        snapshot.Byte(entry.Support);
        snapshot.Bool(entry.Dwelled);
        snapshot.Bool(entry.Left);
        snapshot.Float(entry.Score);
        snapshot.Time(entry.PendingAt);
        snapshot.Point(entry.PendingPosition);
        snapshot.Time(entry.SupportedSince);
        snapshot.Time(entry.EnteredAt);
        snapshot.Time(entry.DoubtUntil);
        snapshot.Time(entry.DwellAt);
        snapshot.Time(entry.ConfirmAt);
        snapshot.Time(entry.SwitchAt);
    }

    private static Entry LoadEntry(ref SnapshotReader reader)
    {
        var entry = new Entry((int)reader.Int()) { Phase = (Phase)reader.Byte() };
        if (entry.Phase >= Phase.Gone) throw new InvalidDataException($"The geofence states hold phase {(byte)entry.Phase}.");
        entry.Doubt = reader.Byte();
        entry.Returns = reader.Byte();
        entry.Support = reader.Byte();
        entry.Dwelled = reader.Bool();
        entry.Left = reader.Bool();
        entry.Score = reader.Float();
        entry.PendingAt = reader.Time();
        entry.PendingPosition = reader.Point();
        entry.SupportedSince = reader.Time();
        entry.EnteredAt = reader.Time();
        entry.DoubtUntil = reader.Time();
        entry.DwellAt = reader.Time();
        entry.ConfirmAt = reader.Time();
        entry.SwitchAt = reader.Time();
        return entry;
    }
}
